"""Representations are read in parts; equal content has equal tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench_http1.representation import PIECE, pattern, stored


@given(st.integers(0, 70_000), st.integers(0, 70_000), st.sampled_from([0, 1, PIECE, PIECE + 1, 60_000]))
def test_parts_of_a_pattern(start, stop, length):
    found = pattern(length)
    start, stop = min(start, length), min(max(start, stop), length)
    pieces = list(found.read(start, stop))
    assert b"".join(pieces) == found.whole()[start:stop]
    assert all(0 < len(piece) <= PIECE for piece in pieces)


def test_pattern_is_numbered_lines():
    assert pattern(40).whole() == b"000000000000000\n000000000000001\n00000000"


def test_stored_content():
    found = stored(b"x" * (PIECE + 5), "text/plain")
    assert [len(piece) for piece in found.read(0, found.length)] == [PIECE, 5]
    assert found.etag == stored(b"x" * (PIECE + 5), "text/html").etag
    assert found.etag != stored(b"y", "text/plain").etag
    assert found.etag.startswith('"')


@pytest.mark.parametrize("length", [0, 5])
def test_whole(length):
    assert len(pattern(length).whole()) == length
