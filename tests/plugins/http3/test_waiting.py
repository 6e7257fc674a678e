"""Which pieces wait for inserts, and which do not (RFC 9204 2.2.1)."""

import pytest

from support.http3 import CLIENT, data, frame, headers
from workbench.api import varint
from workbench_http3.connection import Connection
from workbench_http3.limits import MAX_BLOCKED_BYTES
from workbench_http3.names import Type
from workbench_http3.streams import new_stream
from workbench_http3.waiting import ready
from workbench_http3.wire import Kind, Piece

BLOCKED = frame(Type.HEADERS, b"\2\0\x80")


def waiting(raw, kind=Kind.FRAME, number=0):
    """A stream that holds a piece, and its connection."""
    connection, stream = Connection(), new_stream(number, 1 << 20)
    connection.peers[CLIENT].table.resize(1_000)
    stream.halves[CLIENT].hold([Piece(kind, 0, len(raw), raw)])
    return connection, stream


@pytest.mark.parametrize("raw", [BLOCKED, frame(Type.PUSH_PROMISE, varint(70) + b"\2\0\x80")])
def test_sections_wait_until_their_inserts_came(raw):
    connection, stream = waiting(raw)
    assert not ready(connection, stream, CLIENT, "stream 0")
    assert stream.waiting
    assert connection.peers[CLIENT].waiting == {"stream 0": 1}
    connection.peers[CLIENT].table.add(b"n", b"v")
    assert ready(connection, stream, CLIENT, "stream 0")


@pytest.mark.parametrize(
    ("raw", "kind", "number"),
    [
        (headers(), Kind.FRAME, 0),
        (data(b"x"), Kind.FRAME, 0),
        (BLOCKED[:-1], Kind.FRAME, 0),
        (BLOCKED, Kind.OPAQUE, 0),
        (BLOCKED, Kind.FRAME, 2),
    ],
    ids=["no reference", "no section", "not whole", "no frame", "not a stream of messages"],
)
def test_what_does_not_wait(raw, kind, number):
    assert ready(*waiting(raw, kind, number), CLIENT, "stream")


def test_nothing_waits_at_the_end():
    assert ready(*waiting(BLOCKED), CLIENT, "stream", final=True)


def test_nothing_waits_for_a_table_that_is_lost():
    connection, stream = waiting(BLOCKED)
    connection.peers[CLIENT].table.forget()
    assert ready(connection, stream, CLIENT, "stream")


def test_nothing_waits_behind_too_many_bytes():
    connection, stream = waiting(BLOCKED)
    stream.halves[CLIENT].hold([Piece(Kind.FRAME, 5, 6, bytes(MAX_BLOCKED_BYTES))])
    assert ready(connection, stream, CLIENT, "stream")


def test_nothing_is_ready_where_nothing_is_held():
    connection, stream = Connection(), new_stream(0, 100)
    assert not ready(connection, stream, CLIENT, "stream")
