"""Cases about frames: where each may come, how long it may be, and what is ignored (RFC 9114 4.1, 7, 9)."""

import re
from collections.abc import Callable

from workbench.api import CheckFailed, Peer, StreamData, StreamReset, varint
from workbench_http3.checks.literals import section
from workbench_http3.checks.talk import CONTROL, Talk, data, greet, headers
from workbench_http3.checks.verdicts import (
    case,
    ends,
    expect_alive,
    expect_answer,
    expect_stream_error,
    ignores,
    should,
)
from workbench_http3.names import HTTP2_FRAMES, Type
from workbench_http3.server_frames import ErrorCode, build, goaway, reserved, settings

__all__ = ["CHECKS"]

_UNEXPECTED = (ErrorCode.H3_FRAME_UNEXPECTED,)
_FRAME = (ErrorCode.H3_FRAME_ERROR,)
_TRAILERS = headers([(b"x-test", b"ok")])
_GREASE = build(reserved(2), b"to be ignored")


def _with(*behind: bytes, end: bool = True) -> Callable[[Talk], StreamData]:
    """An upload's head, and what follows it on its stream."""
    return lambda talk: StreamData(0, talk.request(0, b"POST").data + b"".join(behind), end)


def _before(frame: bytes) -> Callable[[Talk], StreamData]:
    """A request with a frame before its head."""
    return lambda talk: StreamData(0, frame + talk.request(0).data, True)


def _control(*frames: bytes) -> StreamData:
    return StreamData(CONTROL, b"".join(frames))


def _served(*pieces: Callable[[Talk], bytes]) -> Callable[[Peer], None]:
    """An upload that comes like this is answered."""

    def run(peer: Peer) -> None:
        talk = greet(peer)
        said = [piece(talk) for piece in pieces]
        talk.send(*(StreamData(0, piece, place == len(said) - 1) for place, piece in enumerate(said)))
        expect_answer(talk, 0, below=500)

    return run


def _byte_by_byte(peer: Peer) -> None:
    talk = greet(peer)
    said = talk.request(0).data
    for place in range(len(said)):
        talk.send(StreamData(0, said[place : place + 1]))
    talk.send(StreamData(0, end=True))
    expect_answer(talk, 0)


def _long_numbers(talk: Talk) -> bytes:
    """A request head whose type and length take eight bytes each (RFC 9000 16)."""
    payload = section(talk.fields(b"POST"))
    return b"\xc0" + Type.HEADERS.to_bytes(7, "big") + b"\xc0" + len(payload).to_bytes(7, "big") + payload


def _reset_inside(peer: Peer) -> None:
    talk = greet(peer)
    half = talk.request(0).data[:10]
    talk.send(StreamData(0, half), StreamReset(0, ErrorCode.H3_REQUEST_CANCELLED, len(half)))
    expect_alive(talk)


def _incomplete(*frames: bytes) -> Callable[[Peer], None]:
    """A stream that ends without a request: its response is given up, the connection goes on."""

    def run(peer: Peer) -> None:
        talk = greet(peer)
        talk.send(StreamData(0, b"".join(frames), True))
        expect_stream_error(talk, 0, ErrorCode.H3_REQUEST_INCOMPLETE)

    return run


def _response_frames(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(talk.request(0))
    expect_answer(talk, 0)
    kinds = "".join(
        _LETTERS.get(kind, "x" if kind in _CONTROL_ONLY or kind in HTTP2_FRAMES else "") for kind in talk.answer(0).kinds
    )
    interim = sum(dict(head).get(b":status", b"")[:1] == b"1" for head in talk.answer(0).heads)
    if re.fullmatch(f"H{{{interim + 1}}}D*H?", kinds) is None:
        raise CheckFailed(f"expected HEADERS, DATA and perhaps trailers, got frames {talk.answer(0).kinds}")


_LETTERS: dict[int, str] = {Type.HEADERS: "H", Type.DATA: "D"}
_CONTROL_ONLY = (Type.CANCEL_PUSH, Type.SETTINGS, Type.GOAWAY, Type.MAX_PUSH_ID)
_ON_REQUEST = {
    "cancel-push": (build(Type.CANCEL_PUSH, b"\x00"), "7.2.3"),
    "settings": (settings(), "7.2.4"),
    "push-promise": (build(Type.PUSH_PROMISE, b"\x00\x00\x00"), "7.2.5"),
    "goaway": (goaway(0), "7.2.6"),
    "max-push-id": (build(Type.MAX_PUSH_ID, b"\x01"), "7.2.7"),
}
_ON_CONTROL = {
    "data": ("DATA", data(b"x"), "7.2.1"),
    "headers": ("HEADERS", _TRAILERS, "7.2.2"),
    "settings-again": ("A second SETTINGS", settings(), "7.2.4"),
    "push-promise": ("PUSH_PROMISE", build(Type.PUSH_PROMISE, b"\x00\x00\x00"), "7.2.5"),
}
_WRONG_SIZE = {
    "goaway-empty": build(Type.GOAWAY),
    "goaway-too-long": build(Type.GOAWAY, b"\x00\x00"),
    "goaway-cut-off": build(Type.GOAWAY, b"\x40"),
    "max-push-id-too-long": build(Type.MAX_PUSH_ID, b"\x01\x00"),
}
_HTTP2 = {kind: name.lower().replace("_", "-") for kind, name in HTTP2_FRAMES.items()}

CHECKS = (
    case("data-before-headers", "9114 4.1", "DATA before HEADERS is H3_FRAME_UNEXPECTED.",
         ends(StreamData(0, data(b"x")), codes=_UNEXPECTED)),
    case("headers-behind-trailers", "9114 4.1", "HEADERS behind the trailers is H3_FRAME_UNEXPECTED.",
         ends(_with(data(b"test"), _TRAILERS, _TRAILERS), codes=_UNEXPECTED)),
    case("data-behind-trailers", "9114 4.1", "DATA behind the trailers is H3_FRAME_UNEXPECTED.",
         ends(_with(data(b"test"), _TRAILERS, data(b"x")), codes=_UNEXPECTED)),
    *(case(f"request-{name}", f"9114 {section}", f"{name.upper().replace('-', '_')} on a request stream is H3_FRAME_UNEXPECTED.",
           ends(_before(frame), codes=_UNEXPECTED)) for name, (frame, section) in _ON_REQUEST.items()),
    *(case(f"control-{name}", f"9114 {section}", f"{what} on the control stream is H3_FRAME_UNEXPECTED.",
           ends(_control(frame), codes=_UNEXPECTED)) for name, (what, frame, section) in _ON_CONTROL.items()),
    *(case(f"request-http2-{name}", "9114 7.2.8", f"HTTP/2's frame type {kind:#04x} on a request stream is H3_FRAME_UNEXPECTED.",
           ends(_before(build(kind, bytes(8))), codes=_UNEXPECTED)) for kind, name in _HTTP2.items()),
    *(case(f"control-http2-{name}", "9114 7.2.8", f"HTTP/2's frame type {kind:#04x} on the control stream is H3_FRAME_UNEXPECTED.",
           ends(_control(build(kind, bytes(8))), codes=_UNEXPECTED)) for kind, name in _HTTP2.items()),
    *(case(f"size-{name}", "9114 7.1", "A frame that is longer or shorter than its fields is H3_FRAME_ERROR.",
           ends(_control(frame), codes=_FRAME)) for name, frame in _WRONG_SIZE.items()),
    case("cut-off-headers", "9114 7.1", "A stream that ends inside HEADERS is H3_FRAME_ERROR.",
         ends(lambda talk: StreamData(0, talk.request(0).data[:-3], True), codes=_FRAME)),
    case("cut-off-data", "9114 7.1", "A stream that ends inside DATA is H3_FRAME_ERROR.",
         ends(_with(data(b"test")[:-1]), codes=_FRAME)),
    case("cut-off-unknown", "9114 7.1", "A stream that ends inside an unknown frame is H3_FRAME_ERROR.",
         ends(_with(data(b"test"), _GREASE[:-1]), codes=_FRAME)),
    case("cut-off-head", "9114 7.1", "A stream that ends behind a frame's type is H3_FRAME_ERROR.",
         ends(_with(bytes((Type.DATA,))), codes=_FRAME)),
    case("reset-inside-frame", "9114 7.1", "A stream may be reset inside a frame, and the connection goes on.", _reset_inside),
    case("unknown-frame-first", "9114 9", "A reserved frame before a request's HEADERS is ignored.",
         _served(lambda talk: _GREASE + talk.request(0, b"POST").data, lambda _: data(b"test"))),
    case("unknown-frame-between", "9114 9", "A reserved frame between DATA frames is ignored.",
         _served(lambda talk: _with(data(b"te"), _GREASE, data(b"st"))(talk).data)),
    case("unknown-frame-last", "9114 9", "A reserved frame behind the trailers is ignored.",
         _served(lambda talk: _with(data(b"test"), _TRAILERS, _GREASE)(talk).data)),
    case("unknown-frame-empty", "9114 7.2.8", "A reserved frame may have no payload.",
         _served(lambda talk: build(reserved(3)) + talk.request(0, b"POST").data, lambda _: data(b"test"))),
    case("unknown-frame-large", "9114 9", "A large frame of unknown type is read past.",
         _served(lambda talk: talk.request(0, b"POST").data, lambda _: build(0xF42, bytes(100_000)), lambda _: data(b"test"))),
    case("unknown-frame-on-control", "9114 9", "Reserved and unknown frames on the control stream are ignored.",
         ignores(_control(_GREASE, build(0xF42, b"x" * 40)))),
    case("priority-update", "9114 9", "PRIORITY_UPDATE is followed or ignored.",
         ignores(_control(build(Type.PRIORITY_UPDATE, varint(4) + b"u=1")))),
    case("long-numbers", "9114 7.1", "Types and lengths of frames may have more bytes than they need.",
         _served(_long_numbers, lambda _: data(b"test"))),
    case("data-empty", "9114 7.2.1", "DATA may be empty.",
         _served(lambda talk: talk.request(0, b"POST").data, lambda _: data(), lambda _: data(b"test"), lambda _: data())),
    case("data-over-pieces", "9114 7.1", "A frame may come in several pieces, and a piece may have several frames.",
         _served(lambda talk: talk.request(0, b"POST").data + data(b"test")[:3], lambda _: data(b"test")[3:] + data(b"te"),
                 lambda _: data(b"st"))),
    case("byte-by-byte", "9114 7.1", "A request may come byte by byte.", _byte_by_byte),
    case("response-frames", "9114 4.1", "A response is HEADERS, DATA and perhaps trailers, without frames of other streams.",
         _response_frames),
    should("request-nothing", "9114 4.1", "A stream that ends without a request is given up with H3_REQUEST_INCOMPLETE.",
           _incomplete()),
    should("request-only-unknown", "9114 4.1", "A stream with nothing but unknown frames is given up with H3_REQUEST_INCOMPLETE.",
           _incomplete(_GREASE)),
)  # fmt: skip
