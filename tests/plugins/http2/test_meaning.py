"""Rules about all frames, and every connection and stream error that RFC 9113 names, each with its section."""

import pytest

from support.http2 import ASK, CLIENT, OK, SERVER, after_hello, block, data, frame, headers, last, raw, said, sections, settings
from workbench_http2.names import Type

END = 1
PUSH = frame(Type.PUSH_PROMISE, 1, 4, promised_stream_id=2, fragment=block(ASK))
BIG = frame(Type.WINDOW_UPDATE, 0, window_size_increment=2**31 - 1)


def reset(stream, code=8):
    return frame(Type.RST_STREAM, stream, error=code)


def update(stream, size=10):
    return frame(Type.WINDOW_UPDATE, stream, window_size_increment=size)


def goaway(stream):
    return frame(Type.GOAWAY, last_stream_id=stream, error=0, addata=b"")


ERRORS = {
    "frame size": ([(CLIENT, raw(0x55, 1, 0, b"x" * 16_385))], "FRAME_SIZE_ERROR", "RFC 9113 4.2"),
    "block interrupted": ([(CLIENT, headers(1, flags=0) + data(1))], "within a header block", "RFC 9113 6.10"),
    "block interrupted by the unknown": (
        [(CLIENT, headers(1, flags=0) + raw(0x55, 0, 0, b""))],
        "within a header",
        "RFC 9113 6.10",
    ),
    "continuation of another stream": (
        [(CLIENT, headers(1, flags=0) + frame(Type.CONTINUATION, 3, 4, fragment=b""))],
        "within a header block",
        "RFC 9113 6.10",
    ),
    "continuation alone": ([(CLIENT, frame(Type.CONTINUATION, 1, 4, fragment=b""))], "without a block", "RFC 9113 6.10"),
    "data on 0": ([(CLIENT, data(0))], "DATA on stream 0", "RFC 9113 6.1"),
    "headers on 0": ([(CLIENT, headers(0))], "HEADERS on stream 0", "RFC 9113 6.2"),
    "priority on 0": ([(CLIENT, frame(Type.PRIORITY, 0))], "PRIORITY on stream 0", "RFC 9113 6.3"),
    "reset on 0": ([(CLIENT, reset(0))], "RST_STREAM on stream 0", "RFC 9113 6.4"),
    "settings on 1": ([(CLIENT, raw(Type.SETTINGS, 1, 0, b""))], "SETTINGS on stream 1", "RFC 9113 6.5"),
    "push on 0": ([(SERVER, PUSH[:5] + bytes(4) + PUSH[9:])], "PUSH_PROMISE on stream 0", "RFC 9113 6.6"),
    "ping on 1": ([(CLIENT, frame(Type.PING, 1, opaque=bytes(8)))], "PING on stream 1", "RFC 9113 6.7"),
    "goaway on 1": ([(CLIENT, raw(Type.GOAWAY, 1, 0, bytes(8)))], "GOAWAY on stream 1", "RFC 9113 6.8"),
    "goaway goes up": ([(SERVER, goaway(1) + goaway(3))], "went up from 1 to 3", "RFC 9113 6.8"),
    "idle data": ([(CLIENT, data(1))], "DATA on stream 1, which is idle", "RFC 9113 5.1"),
    "idle reset": ([(CLIENT, reset(1))], "RST_STREAM on stream 1, which is idle", "RFC 9113 6.4"),
    "idle update": ([(CLIENT, update(1))], "WINDOW_UPDATE on stream 1, which is idle", "RFC 9113 5.1"),
    "data behind the end": ([(CLIENT, headers(1, end=True) + data(1))], "STREAM_CLOSED: DATA", "RFC 9113 5.1"),
    "headers behind the end": ([(CLIENT, headers(1, end=True) + headers(1, end=True))], "STREAM_CLOSED: HEADERS", "RFC 9113 5.1"),
    "data behind one's own reset": ([(CLIENT, headers(1) + reset(1) + data(1))], "STREAM_CLOSED: DATA", "RFC 9113 5.1"),
    "server opens": ([(SERVER, headers(1, OK))], "not for this side to open", "RFC 9113 5.1.1"),
    "even stream": ([(CLIENT, headers(2))], "not for this side to open", "RFC 9113 5.1.1"),
    "numbers go down": ([(CLIENT, headers(5) + headers(3))], "stream 3 behind stream 5", "RFC 9113 5.1.1"),
    "too many": (
        [(SERVER, settings((3, 1))), (CLIENT, settings(ack=True) + headers(1) + headers(3))],
        "2 streams where 1 are allowed",
        "RFC 9113 5.1.2",
    ),
    "connection window": ([(CLIENT, headers(1) + data(1, bytes(16_384)) * 4)], "1 bytes beyond the window", "RFC 9113 6.9.1"),
    "connection window overflow": ([(CLIENT, BIG)], "FLOW_CONTROL_ERROR: a window of", "RFC 9113 6.9.1"),
    "increment 0": ([(CLIENT, update(0, 0))], "an increment of 0", "RFC 9113 6.9"),
    "stream window": (
        [(SERVER, settings((4, 20))), (CLIENT, settings(ack=True) + headers(1) + data(1, bytes(21)))],
        "1 bytes beyond the window of stream 1",
        "RFC 9113 6.9.1",
    ),
    "enable push 2": ([(CLIENT, settings((2, 2)))], "ENABLE_PUSH = 2", "RFC 9113 6.5.2"),
    "server enables push": ([(SERVER, settings((2, 1)))], "ENABLE_PUSH = 1", "RFC 9113 6.5.2"),
    "window setting": ([(CLIENT, settings((4, 2**31)))], "FLOW_CONTROL_ERROR", "RFC 9113 6.5.2"),
    "frame size setting": ([(CLIENT, settings((5, 16_383)))], "MAX_FRAME_SIZE = 16383", "RFC 9113 6.5.2"),
    "connect protocol back": ([(SERVER, settings((8, 1)) + settings((8, 0)))], "CONNECT_PROTOCOL = 0", "RFC 8441 3"),
    "priorities change": ([(CLIENT, settings((9, 1)))], "changed behind the first SETTINGS", "RFC 9218 2.1.1"),
    "priority update from the server": (
        [(SERVER, raw(Type.PRIORITY_UPDATE, 0, 0, b"\0\0\0\1u=1"))],
        "from a server",
        "RFC 9218 7.1",
    ),
    "priority update of 0": ([(CLIENT, raw(Type.PRIORITY_UPDATE, 0, 0, bytes(4)))], "for stream 0", "RFC 9218 7.1"),
    "priority update on 1": ([(CLIENT, raw(Type.PRIORITY_UPDATE, 1, 0, b"\0\0\0\1"))], "on stream 1", "RFC 9218 7.1"),
    "priority update of an idle push": (
        [(CLIENT, raw(Type.PRIORITY_UPDATE, 0, 0, b"\0\0\0\2"))],
        "push stream 2",
        "RFC 9218 7.1",
    ),
    "client pushes": ([(CLIENT, headers(1) + PUSH)], "from a client", "RFC 9113 8.4"),
    "push is disabled": (
        [(CLIENT, settings((2, 0))), (SERVER, settings(ack=True)), (CLIENT, headers(1)), (SERVER, PUSH)],
        "the client has disabled it",
        "RFC 9113 6.6",
    ),
    "push on an idle stream": ([(SERVER, PUSH)], "which is idle", "RFC 9113 6.6"),
    "odd promise": (
        [(CLIENT, headers(1)), (SERVER, frame(Type.PUSH_PROMISE, 1, 4, promised_stream_id=3, fragment=block(ASK)))],
        "stream 3 cannot be promised",
        "RFC 9113 6.6",
    ),
    "second promise": ([(CLIENT, headers(1)), (SERVER, PUSH + PUSH)], "stream 2 cannot be promised", "RFC 9113 6.6"),
    "trailers without end": ([(CLIENT, headers(1) + headers(1, [(b"a", b"b")]))], "trailers without END_STREAM", "RFC 9113 8.1"),
    "interim ends": ([(CLIENT, headers(1)), (SERVER, headers(1, [(b":status", b"103")], end=True))], "interim", "RFC 9113 8.1"),
    "data before headers": ([(CLIENT, headers(1)), (SERVER, data(1, b"x"))], "before the header section", "RFC 9113 8.1"),
    "content-length": (
        [(CLIENT, headers(1, (*ASK, (b"content-length", b"5"))) + data(1, b"four", end=True))],
        "4 bytes of content where content-length says 5",
        "RFC 9113 8.1.1",
    ),
    "compression": (
        [(CLIENT, frame(Type.HEADERS, 1, 5, fragment=b"\xff\xff\xff\xff\xff\xff\xff"))],
        "COMPRESSION_ERROR",
        "RFC 7541 5.1",
    ),
    "no size update": (
        [(SERVER, settings((1, 0))), (CLIENT, settings(ack=True) + headers(1))],
        "no size update",
        "RFC 7541 4.2",
    ),
    "protocol without leave": (
        [(CLIENT, headers(1, ((b":method", b"CONNECT"), *ASK[1:], (b":protocol", b"websocket"))))],
        "the server did not enable it",
        "RFC 8441 3",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    turns, text, section = ERRORS[name]
    message = last(*turns)
    assert text in "; ".join(message.errors)
    assert section in sections(message)


LEGAL = {
    "unknown type": [(CLIENT, raw(0x55, 1, 0xFF, b"abc"))],
    "priority of an idle stream": [(CLIENT, frame(Type.PRIORITY, 9, stream_dependency=0, weight=1))],
    "window of a closed stream": [(CLIENT, headers(1, end=True)), (SERVER, headers(1, OK, end=True)), (CLIENT, update(1))],
    "on its way when the other side reset": [(CLIENT, headers(1)), (SERVER, reset(1)), (CLIENT, data(1, b"late", end=True))],
    "answer before the end of the request": [
        (CLIENT, headers(1)),
        (SERVER, headers(1, OK, end=True)),
        (CLIENT, data(1, end=True)),
    ],
    "trailers": [(CLIENT, headers(1) + data(1, b"x") + headers(1, [(b"a", b"b")], end=True))],
    "interim and final": [
        (CLIENT, headers(1, end=True)),
        (SERVER, headers(1, [(b":status", b"103")]) + headers(1, OK, end=True)),
    ],
    "a body that HEAD does not get": [
        (CLIENT, headers(1, ((b":method", b"HEAD"), *ASK[1:]), end=True)),
        (SERVER, headers(1, (*OK, (b"content-length", b"9")), end=True)),
    ],
    "push": [(CLIENT, headers(1, end=True)), (SERVER, PUSH + headers(1, OK, end=True) + headers(2, OK, end=True))],
    "window used and given": [(CLIENT, headers(1) + data(1, bytes(16_384)) * 3), (SERVER, update(0) + update(1))],
    "settings before the acknowledgement": [
        (SERVER, settings((4, 0x7FFF_FFFF), (5, 20_000))),
        (CLIENT, headers(1) + data(1, bytes(17_000))),
    ],
}


@pytest.mark.parametrize("name", LEGAL)
def test_legal_things_are_not_remarked_on(name):
    assert [said(message) for message in after_hello(*LEGAL[name])] == [""] * len(after_hello(*LEGAL[name]))


ODD = {
    "acknowledgement of nothing": ([(CLIENT, settings(ack=True))], "no SETTINGS frame waits"),
    "new stream behind goaway": ([(SERVER, goaway(1)), (CLIENT, headers(3))], "behind the other side's GOAWAY"),
    "window used up": ([(CLIENT, headers(1) + data(1, bytes(16_384)) * 3 + data(1, bytes(16_383)))], "is used up"),
    "large list": ([(SERVER, settings((6, 10))), (CLIENT, settings(ack=True) + headers(1))], "more than its receiver wants"),
    "altsvc from a client": ([(CLIENT, frame(Type.ALTSVC, 0, origin=b"o", field_value=b""))], "means nothing"),
    "altsvc without origin": ([(SERVER, frame(Type.ALTSVC, 0, origin=b"", field_value=b"x"))], "without an origin"),
    "origin on a stream": ([(SERVER, frame(Type.ORIGIN, 1, origins=[]))], "is ignored"),
    "origin from a client": ([(CLIENT, frame(Type.ORIGIN, 0, origins=[]))], "is ignored"),
    "no room in the window": ([(CLIENT, settings((4, 0)))], "zero-window stall"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_things_are_remarks(name):
    turns, text = ODD[name]
    message = last(*turns)
    assert text in said(message)
    assert message.errors == ()
