"""Heads of frames: both ways, short, longer than they need be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.http3 import frame
from workbench_http3.frames import head_fields, read_frame


@given(st.integers(0, (1 << 62) - 1), st.binary(max_size=100))
def test_both_ways(kind, payload):
    found = read_frame(frame(kind, payload))
    assert (found.type, found.length, found.raw[found.head :]) == (kind, len(payload), payload)
    assert (found.whole, found.canonical, found.missing) == (True, True, 0)
    fields = head_fields(found)
    assert [(field.abbrev, field.value) for field in fields] == [("http3.frame_type", kind), ("http3.frame_length", len(payload))]
    assert (fields[0].start, fields[0].end, fields[1].end) == (0, found.type_end, found.head)


def test_numbers_that_are_longer_than_they_need_be():
    found = read_frame(b"\x40\x00\x01x")
    assert (found.type, found.length, found.whole, found.canonical) == (0, 1, True, False)


@pytest.mark.parametrize(("raw", "kind", "length"), [(b"", -1, -1), (b"\x40", -1, -1), (b"\x00", 0, -1), (b"\x00\x40", 0, -1)])
def test_less_than_a_head(raw, kind, length):
    found = read_frame(raw)
    assert (found.type, found.length, found.whole) == (kind, length, False)
    assert head_fields(found)[-1].end == len(raw)
    assert "frame" in found.name or found.name == "DATA"


def test_missing_bytes():
    assert read_frame(b"\x00\x05ab").missing == 3
