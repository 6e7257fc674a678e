"""Capsules: any split, what is cut, what is lost, and who speaks them (RFC 9297 3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.api import varint
from workbench_http3.capsules import CapsuleReader, capsule_fields, speaks_capsules
from workbench_http3.limits import MAX_CAPSULE


def capsule(kind, value):
    return varint(kind) + varint(len(value)) + value


@given(st.lists(st.tuples(st.integers(0, 1 << 40), st.binary(max_size=80))), st.integers(1, 50))
def test_any_split(capsules, step):
    raw = b"".join(capsule(*each) for each in capsules)
    reader = CapsuleReader()
    found = [each for at in range(0, len(raw), step) for each in reader.receive(raw[at : at + step])]
    assert [(each.type, each.raw[each.value_at :]) for each in found] == capsules
    assert reader.waiting == 0


def test_a_long_one_is_cut_and_the_next_is_found():
    reader = CapsuleReader()
    raw = capsule(0, bytes(MAX_CAPSULE + 100)) + capsule(0, b"x")
    found = [each for at in range(0, len(raw), 10_000) for each in reader.receive(raw[at : at + 10_000])]
    assert [(each.cut, len(each.raw)) for each in found] == [(True, MAX_CAPSULE), (False, 3)]


def test_behind_a_loss_there_are_none():
    reader = CapsuleReader()
    reader.receive(b"\0")
    reader.lose()
    assert reader.receive(capsule(0, b"x")) == []
    assert reader.dead


def test_fields():
    (found,) = CapsuleReader().receive(capsule(0x2843, b"\0\0\0\7bye"))
    field = capsule_fields(found, 10, 2)
    assert [(node.abbrev, node.value) for _, node in field.walk() if node.abbrev.startswith("http3.webtransport")] == [
        ("http3.webtransport.error", 7),
        ("http3.webtransport.reason", "bye"),
    ]
    assert (field.start, field.end, field.view, field.text) == (10, 10 + len(found.raw), 2, "CLOSE_WEBTRANSPORT_SESSION")


@pytest.mark.parametrize(
    ("protocol", "lines", "speaks"),
    [
        (b"connect-udp", (), True),
        (b"WebTransport", (), True),
        (b"websocket", (), False),
        (b"other", ((b"capsule-protocol", b"?1"),), True),
        (b"other", ((b"capsule-protocol", b"?0"),), False),
    ],
)
def test_who_speaks_them(protocol, lines, speaks):
    assert speaks_capsules(protocol, lines) is speaks
