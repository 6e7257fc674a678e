"""Contents are read in parts; equal content has equal tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench_http.content import PIECE, fixed, pattern


@given(st.integers(0, 70_000), st.integers(0, 70_000), st.sampled_from([0, 1, PIECE, PIECE + 1, 60_000]))
def test_parts_of_a_pattern(start, stop, length):
    found = pattern(length)
    start, stop = min(start, length), min(max(start, stop), length)
    pieces = list(found.read(start, stop))
    assert b"".join(pieces) == found.whole()[start:stop]
    assert all(0 < len(piece) <= PIECE for piece in pieces)


def test_pattern_is_numbered_lines():
    assert pattern(40).whole() == b"000000000000000\n000000000000001\n00000000"


def test_fixed_content():
    found = fixed(b"x" * (PIECE + 5), "text/plain")
    assert [len(piece) for piece in found.read(0, found.length)] == [PIECE, 5]
    assert found.etag == fixed(b"x" * (PIECE + 5), "text/html").etag
    assert found.etag != fixed(b"y", "text/plain").etag
    assert found.etag.startswith('"')


@pytest.mark.parametrize("length", [0, 5])
def test_whole(length):
    assert len(pattern(length).whole()) == length


def test_patterns_are_the_same_wherever_reading_begins():
    whole = b"".join(pattern(50_000).read(0, 50_000))
    assert b"".join(pattern(50_000).read(33_333, 44_444)) == whole[33_333:44_444]
    assert max(map(len, pattern(50_000).read(0, 50_000))) <= PIECE
