"""One socket's outgoing half."""

import socket
from collections.abc import Iterator

import pytest

from captures.tap.side import Side


@pytest.fixture
def pair() -> Iterator[tuple[Side, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname(), timeout=5)
        server, _ = listener.accept()
    with client, server:
        yield Side(server), client


def test_what_waits_is_sent_and_the_end_after_it(pair):
    side, peer = pair
    side.waiting += b"last words"
    side.finish()
    assert not side.shut
    side.flush()
    assert side.shut
    assert (peer.recv(100), peer.recv(100)) == (b"last words", b"")


def test_a_full_socket_keeps_the_rest_and_its_end(pair):
    side, peer = pair
    side.waiting += bytes(20 << 20)
    side.finish()
    side.flush()
    assert 0 < len(side.waiting) < 20 << 20
    assert not side.shut
    got = 0
    while got < 20 << 20:
        got += len(peer.recv(1 << 20))
        side.flush()
    assert side.shut


def test_an_abort_is_a_reset(pair):
    side, peer = pair
    side.abort()
    side.sock.close()
    with pytest.raises(ConnectionResetError):
        peer.recv(1)


def test_a_peer_that_is_gone(pair):
    side, peer = pair
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    peer.close()
    side.waiting += b"x"
    with pytest.raises(OSError):
        side.flush()


def test_any_kind_of_socket_will_do():
    one, two = socket.socketpair()  # without the options of TCP
    with one, two:
        assert Side(one).sock.getblocking() is False
