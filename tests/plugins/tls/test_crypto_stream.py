"""Handshake messages without records, cut into pieces."""

from hypothesis import given
from hypothesis import strategies as st

from support.tls import client_hello, handshake
from workbench_tls.crypto_stream import CryptoStream
from workbench_tls.limits import MAX_JUNK

HELLO = client_hello()
FINISHED = handshake(20, bytes(32))
VERIFY = handshake(15, b"\4\3" + b"\0\x40" + b"s" * 64)


def cut(*parts, size=0, longest=4096):
    """(kind, bytes there are, bytes they stand for) of the pieces; an int is so many lost bytes."""
    stream = CryptoStream(longest=longest)
    found = []
    for part in parts:
        if isinstance(part, int):
            found += stream.gap(part)
            continue
        step = size or len(part)
        for at in range(0, len(part), step):
            stream.data += part[at : at + step]
            found += stream.pieces()
    found += stream.finish()
    assert [piece.start for piece in found] == [0, *(piece.end for piece in found[:-1])][: len(found)]
    return [(piece.kind, len(piece.raw), piece.end - piece.start) for piece in found]


def whole(*messages):
    return [("record", len(message), len(message)) for message in messages]


def test_messages_follow_each_other():
    assert cut(HELLO + FINISHED, VERIFY) == whole(HELLO, FINISHED, VERIFY)


@given(st.integers(1, 200))
def test_splits_do_not_matter(size):
    parts = (HELLO + FINISHED + VERIFY, 7, b"rest" + FINISHED, handshake(11, bytes(9000)), b"junk" * 5000)
    assert cut(*parts, size=size) == cut(*parts)


def test_a_message_breaks_off():
    assert cut(HELLO[:20]) == [("cut", 20, 20)]
    assert cut(HELLO[:3]) == [("data", 3, 3)]


def test_a_hole_inside_of_a_message():
    """Where the rest of it arrives, the next one begins where the length says."""
    size = len(VERIFY)
    assert cut(VERIFY[:10], 20, VERIFY[30:] + FINISHED) == [("cut", 10, 10), ("data", size - 30, size - 10), *whole(FINISHED)]
    assert cut(VERIFY[:10], size - 10, FINISHED) == [("cut", 10, 10), ("lost", 0, size - 10), *whole(FINISHED)]


def test_a_hole_that_swallows_a_beginning():
    """The next message is looked for."""
    assert cut(HELLO, 5, b"leftover" + FINISHED + VERIFY) == [*whole(HELLO), ("data", 8, 13), *whole(FINISHED, VERIFY)]
    assert cut(HELLO, 5, FINISHED) == [*whole(HELLO), ("lost", 0, 5), *whole(FINISHED)]
    assert cut(9, FINISHED) == [("lost", 0, 9), *whole(FINISHED)]
    assert cut(HELLO, 5) == [*whole(HELLO), ("lost", 0, 5)]


def test_a_message_that_is_too_long():
    long = handshake(11, bytes(5000))
    assert cut(long + FINISHED) == [("cut", 4, 4), ("data", 5000, 5000), *whole(FINISHED)]


def test_what_is_kept_is_bounded():
    stream = CryptoStream(longest=4096)
    for _ in range(100):
        stream.data += b"\x0b\xff\xff\xff" + b"\x0b" * 2000
        list(stream.pieces())
        assert len(stream.data) <= MAX_JUNK
