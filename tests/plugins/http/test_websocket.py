"""The echo: messages, fragments, control frames, and what breaks the protocol."""

import pytest

from workbench_http.websocket import MAX_MESSAGE, EchoSocket, refusal


def frame(first: int, payload: bytes) -> bytes:
    length = bytes((0x80 | len(payload),)) if len(payload) < 126 else b"\xff" + len(payload).to_bytes(8, "big")
    return bytes((first,)) + length + bytes(4) + payload


def test_messages_come_back():
    socket = EchoSocket()
    assert socket.receive(frame(0x81, "grüß".encode())) == b"\x81\x06" + "grüß".encode()
    assert socket.receive(frame(0x82, b"\xff")) == b"\x82\x01\xff"


def test_fragments_and_a_ping_between_them():
    socket = EchoSocket()
    data = frame(0x01, b"\xc3") + frame(0x89, b"?") + frame(0x80, b"\xbc")
    out = b"".join(socket.receive(data[start : start + 1]) for start in range(len(data)))
    assert out == b"\x01\x01\xc3" + b"\x8a\x01?" + b"\x80\x01\xbc"


def test_closing():
    socket = EchoSocket()
    assert socket.receive(frame(0x88, b"\x03\xe8")) == b"\x88\x02\x03\xe8"
    assert socket.over
    assert socket.receive(frame(0x81, b"late")) == b""


@pytest.mark.parametrize(
    ("data", "code"),
    [(frame(0x81, b"\xff"), 1007), (frame(0xC1, b"x"), 1002), (b"\x81\x01x", 1002), (frame(0x82, bytes(MAX_MESSAGE + 1)), 1009)],
)
def test_what_breaks_the_protocol(data, code):
    socket = EchoSocket()
    out = socket.receive(data)
    assert out[:1] == b"\x88"
    assert int.from_bytes(out[2:4], "big") == code
    assert socket.over


def test_a_stream_that_just_ends():
    socket = EchoSocket()
    socket.receive(b"")
    assert socket.over


def test_leaving():
    socket = EchoSocket()
    assert socket.leave() == b"\x88\x02\x03\xe9"
    assert socket.leave() == b""
    socket.receive(frame(0x88, b"\x03\xe9"))
    assert socket.over


def test_handshakes():
    assert refusal({"sec-websocket-version": "13"}) == 0
    assert refusal({}) == 400
