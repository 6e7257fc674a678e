"""Invariant: bounded parses give construct's values, and stop where construct would go on for ever."""

import bz2
import gzip
import io
import lzma
import zlib

import pytest
from construct import (
    Byte,
    Compressed,
    Construct,
    CString,
    GreedyBytes,
    IntegerError,
    NullTerminated,
    StreamError,
    Struct,
    VarInt,
    ZigZag,
)
from hypothesis import given
from hypothesis import strategies as st

from dissectors import bounded
from dissectors.copies import GrammarCopy
from dissectors.tracing import trace

PACKERS = {"zlib": zlib.compress, "gzip": gzip.compress, "bzip2": bz2.compress, "lzma": lzma.compress}
TERMINATED = (
    NullTerminated(GreedyBytes),
    NullTerminated(GreedyBytes, term=b"\r\n"),
    NullTerminated(GreedyBytes, include=True),
    NullTerminated(GreedyBytes, consume=False),
    NullTerminated(GreedyBytes, require=False, term=b"ab"),
)


def _same(grammar: Construct, data: bytes) -> None:
    """The bounded copy gives the same value and stops at the same place, or both fail."""
    copied = GrammarCopy(grammar).root
    plain, watched = io.BytesIO(data), io.BytesIO(data)
    try:
        expected = grammar.parse_stream(plain)
    except StreamError:
        with pytest.raises(StreamError):
            copied.parse_stream(watched)
        return
    assert copied.parse_stream(watched) == expected
    assert watched.tell() == plain.tell()


@given(st.sampled_from(TERMINATED), st.binary(max_size=300))
def test_terminated_like_construct(construct: Construct, data: bytes):
    _same(Struct("t" / construct, "rest" / GreedyBytes), data)
    _same(Struct("t" / construct, "rest" / GreedyBytes), data + b"\0" + data + b"\r\nab")


@given(st.sampled_from((VarInt, ZigZag)), st.binary(max_size=12))
def test_varints_like_construct(construct: Construct, data: bytes):
    _same(Struct("v" / construct), data)


@pytest.mark.parametrize("encoding", sorted(PACKERS))
def test_decompression_like_construct(encoding: str):
    packed = PACKERS[encoding](b"content " * 50)
    _same(Struct("z" / Compressed(GreedyBytes, encoding)), packed)
    with pytest.raises(StreamError, match="it is not"):
        bounded.decompress(packed[:-9], encoding)
    with pytest.raises(StreamError, match="it is not"):
        bounded.decompress(b"nonsense", encoding)


@pytest.mark.parametrize("encoding", sorted(PACKERS))
def test_decompression_ends_at_the_limit(encoding: str):
    packed = PACKERS[encoding](bytes(100_000))
    assert bounded.decompress(packed, encoding, most=100_000) == bytes(100_000)
    with pytest.raises(StreamError, match="more than 99999 bytes"):
        bounded.decompress(packed, encoding, most=99_999)


def test_a_bomb_inside_a_message_is_an_error_of_its_field():
    packed = zlib.compress(bytes(bounded.MOST_DECOMPRESSED + 1))
    traced = trace(Struct("z" / Compressed(GreedyBytes, "zlib")), packed, "x")
    assert traced.error == f"z: it decompresses to more than {bounded.MOST_DECOMPRESSED} bytes"


def test_an_endless_varint_ends():
    data = b"\xff" * 100_000
    for construct in (VarInt, ZigZag):
        with pytest.raises(IntegerError, match="more than 4096 bytes"):
            GrammarCopy(construct).root.parse(data)


def test_the_end_of_a_string_is_looked_for_in_growing_steps():
    reads = []

    class Stream(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            found = super().read(size)
            reads.append(len(found))
            return found

    copied = GrammarCopy(Struct("s" / CString("ascii"), "n" / Byte))
    copied.recorder.start(10, 0)
    with pytest.raises(StreamError):
        copied.root.parse_stream(Stream(b"x" * 1_000_000))
    # construct itself reads a million times and copies half a terabyte
    assert sum(reads) == 1_000_000
    assert len(reads) < 20
