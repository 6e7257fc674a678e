"""What lies in frames: fields and values of every type, and what cannot be acted on (RFC 9114 7.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.http3 import frame
from workbench.api import varint
from workbench_http3.frames import read_frame
from workbench_http3.names import Type
from workbench_http3.payloads import read_payload
from workbench_http3.values import build_piece


def payload_of(raw):
    return read_payload(read_frame(raw))


@pytest.mark.parametrize(
    "value",
    [
        {"type": Type.DATA, "data": b"abc"},
        {"type": Type.CANCEL_PUSH, "push_id": 70},
        {"type": Type.SETTINGS, "settings": [{"id": 1, "value": 4096}, {"id": 0x4242, "value": 1 << 40}]},
        {"type": Type.GOAWAY, "id": 4},
        {"type": Type.MAX_PUSH_ID, "push_id": 0},
        {"type": Type.PRIORITY_UPDATE, "element_id": 8, "field_value": b"u=3, i"},
        {"type": Type.PRIORITY_UPDATE_PUSH, "element_id": 8, "field_value": b""},
        {"type": 0x21, "payload": b"anything"},
        {"type": 0x02, "payload": b""},
    ],
    ids=lambda value: hex(value["type"]),
)
def test_values_both_ways(value):
    raw = build_piece(value)
    found = payload_of(raw)
    assert {"type": value["type"], **found.value} == value
    assert (found.broken, found.canonical, found.notes) == (False, True, [])
    assert found.fields[-1].end == len(raw)


@pytest.mark.parametrize(
    ("kind", "payload", "why", "rule"),
    [
        (Type.CANCEL_PUSH, b"", "ends before its Push ID does", "RFC 9114 7.2.3"),
        (Type.GOAWAY, b"\x40", "ends before its ID does", "RFC 9114 7.2.6"),
        (Type.GOAWAY, b"\0\0", "goes on behind its ID", "RFC 9114 7.2.6"),
        (Type.MAX_PUSH_ID, b"\1\2", "goes on behind its Push ID", "RFC 9114 7.2.7"),
        (Type.PUSH_PROMISE, b"", "ends before its Push ID does", "RFC 9114 7.2.5"),
        (Type.SETTINGS, b"\1", "ends within a setting", "RFC 9114 7.2.4"),
        (Type.SETTINGS, b"\1\1\x40", "ends within a setting", "RFC 9114 7.2.4"),
        (Type.PRIORITY_UPDATE, b"", "ends before its Priority Update Element ID does", "RFC 9218 7.2"),
    ],
)
def test_frames_that_do_not_hold_what_they_must(kind, payload, why, rule):
    found = payload_of(frame(kind, payload))
    assert found.broken
    assert (found.notes[0].text.endswith(why), found.notes[0].section) == (True, rule)
    assert found.notes[0].text.startswith("H3_FRAME_ERROR")


def test_settings_have_names():
    found = payload_of(frame(Type.SETTINGS, varint(1) + varint(4096) + varint(0x21) + varint(5)))
    first, second = found.fields
    assert [(part.abbrev, part.value) for part in first.children] == [
        ("http3.settings.id", 1),
        ("http3.settings.value", 4096),
        ("http3.settings.qpack.max_table_capacity", 4096),
    ]
    assert (first.text, second.text, len(second.children)) == ("QPACK_MAX_TABLE_CAPACITY = 4096", "reserved setting 0x21 = 5", 2)
    assert found.pairs == [(1, 4096, 2, 5), (0x21, 5, 5, 7)]


def test_numbers_that_are_longer_than_they_need_be():
    found = payload_of(frame(Type.GOAWAY, b"\x40\x04"))
    assert (found.value["id"], found.canonical, found.broken) == (4, False, False)


@given(st.sampled_from(Type), st.binary(max_size=40), st.integers(0, 40))
def test_nothing_raises_and_fields_stay_inside(kind, payload, lost):
    raw = frame(kind, payload)[: max(0, len(payload) + 2 - lost)]
    found = payload_of(raw)
    for field in found.fields:
        for _, node in field.walk():
            assert 0 <= node.start <= node.end <= len(raw)
