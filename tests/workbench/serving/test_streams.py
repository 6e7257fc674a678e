"""TCP as it is: what would block is None or 0, never a wait."""

import socket

from workbench.serving.streams import NOTHING, PlainStream


def test_bytes_ends_and_nothing():
    ours, theirs = socket.socketpair()
    stream = PlainStream(ours)
    assert stream.establish()
    assert (stream.needs, stream.session) == (NOTHING, None)
    assert stream.receive(10) is None
    theirs.sendall(b"hello")
    assert stream.receive(3) == b"hel"
    assert stream.send(bytearray(b"back")) == 4
    assert theirs.recv(10) == b"back"
    assert stream.end()
    assert theirs.recv(10) == b""
    assert stream.waste(10) == b"lo"
    theirs.close()
    assert stream.waste(10) == b""
    stream.close()
    assert ours.fileno() == -1


def test_a_full_socket_takes_nothing():
    ours, theirs = socket.socketpair()
    with theirs:
        stream = PlainStream(ours)
        while stream.send(bytearray(1_000_000)):
            pass
        stream.close()
