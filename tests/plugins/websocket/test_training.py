"""Each planted fault shows, and only there."""

import pytest

from support.websocket import MASK, connected, frames, opening
from workbench.api import ServerOptions
from workbench_websocket.frames import build_frame, read_head
from workbench_websocket.server import serve
from workbench_websocket.training import training


def up(opcode, payload=b"", **more):
    return build_frame(opcode, payload, key=MASK, **more)


def faulty():
    return connected("/echo", service=training(ServerOptions()))


def test_reason():
    with pytest.raises(UnicodeDecodeError):
        faulty().receive(up(8, b"\x03\xe8\xff"))
    assert faulty().receive(up(8, b"\x03\xe8ok")) == connected().receive(up(8, b"\x03\xe8ok"))


def test_unasked():
    connection = faulty()
    connection.receive(up(10, b"x"))
    connection.receive(up(1, b"begin", fin=False))
    with pytest.raises(KeyError):
        connection.receive(up(10, b"x"))


def test_filled():
    for size in (33, 125):
        assert read_head(faulty().receive(up(9, bytes(size)))).length == 126
    assert frames(faulty().receive(up(9, bytes(32)))) == [(10, bytes(32))]


def test_masked():
    assert read_head(faulty().receive(up(2, bytes(257)))).masked
    assert not read_head(faulty().receive(up(2, bytes(255)))).masked


def test_scratch():
    service = training(ServerOptions())
    connected("/echo", service=service).receive(up(1, b"mine alone"))
    assert frames(connected("/echo", service=service).receive(up(2))) == [(2, b"mine alone")]


def test_window_is_left_alone_where_the_server_chooses():
    offer = opening("/", "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10")
    assert training(ServerOptions())().receive(offer) == serve(ServerOptions())().receive(offer)
