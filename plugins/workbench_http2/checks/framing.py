"""Cases about the beginning of a connection and about frames as such (RFC 9113 sections 3, 4 and 5.5)."""

from workbench.api import CheckFailed, CheckSkipped, Peer
from workbench_http2.checks.literals import literal
from workbench_http2.checks.talk import Talk, greet
from workbench_http2.checks.verdicts import case, ends, expect_alive, expect_answer, expect_connection_error, ignores, resets
from workbench_http2.server_frames import ACK, END_HEADERS, END_STREAM, PREFACE, ErrorCode, FrameType, SettingId, build, settings

__all__ = ["CHECKS"]

_SIZE = ErrorCode.FRAME_SIZE_ERROR
_PROTOCOL = ErrorCode.PROTOCOL_ERROR
_MANY = [(b"x-long-%d" % number, b"v" * 3000) for number in range(4)]


def _bad_preface(peer: Peer) -> None:
    talk = Talk(peer)
    talk.send(PREFACE[:16] + b"XX\r\n\r\n\r\n\r\n", settings())
    expect_connection_error(talk, _PROTOCOL)


def _settings_come_first(peer: Peer) -> None:
    talk = Talk(peer)
    talk.send(PREFACE, settings())
    if not talk.until(lambda: bool(talk.frames)) or talk.frames[0].type != FrameType.SETTINGS or talk.frames[0].flags & ACK:
        raise CheckFailed(f"expected SETTINGS as the first frame, got {talk.heard()}")


def _no_settings(peer: Peer) -> None:
    talk = Talk(peer)
    talk.send(PREFACE, talk.request(1))
    expect_connection_error(talk, _PROTOCOL)


def _early_request(peer: Peer) -> None:
    talk = Talk(peer)
    talk.send(PREFACE, settings(), talk.request(1))
    expect_answer(talk, 1)


def _byte_by_byte(peer: Peer) -> None:
    talk = Talk(peer)
    for byte in PREFACE + settings() + talk.request(1):
        talk.send(bytes((byte,)))
    expect_answer(talk, 1)


def _largest_data(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(talk.request(1, b"POST", end=False), build(FrameType.DATA, END_STREAM, 1, b"d" * 16_384))
    expect_answer(talk, 1, below=500)


def _large_headers(peer: Peer) -> None:
    talk = greet(peer)
    payload = talk.request(1, extra=[*_MANY, (b"x-last", b"v" * 4000)])[9:]
    talk.send(build(FrameType.HEADERS, END_HEADERS | END_STREAM, 1, payload[:16_384]))
    expect_answer(talk, 1, below=500)


def _reserved_bit(peer: Peer) -> None:
    talk = greet(peer)
    frame = bytearray(talk.request(1))
    frame[5] |= 0x80
    talk.send(bytes(frame))
    expect_answer(talk, 1)
    expect_alive(talk)


CHECKS = (
    case("preface-wrong", "9113 3.4", "Anything but the preface at the beginning ends the connection with PROTOCOL_ERROR.",
         _bad_preface),
    case("preface-server-settings", "9113 3.4", "The first frame of a server is its SETTINGS.", _settings_come_first),
    case("preface-without-settings", "9113 3.4", "A client preface without its SETTINGS frame is a PROTOCOL_ERROR.",
         _no_settings),
    case("preface-early-request", "9113 3.4", "Requests may follow the preface before the server's SETTINGS arrived.",
         _early_request),
    case("frames-byte-by-byte", "9113 4.1", "Frames are read however the bytes are split on their way.", _byte_by_byte),
    case("frame-type-unknown", "9113 4.1", "A frame of unknown type is ignored on stream 0.",
         ignores(build(0xEE, 0xFF, 0, b"extension"))),
    case("frame-type-unknown-on-stream", "9113 4.1", "A frame of unknown type is ignored on an idle stream.",
         ignores(build(0xEE, 0xFF, 5, b"extension"))),
    case("frame-flags-unknown", "9113 4.1", "Flags that a frame type does not define are ignored.",
         ignores(build(FrameType.PING, 0xF6, 0, b"unflaged"))),
    case("frame-reserved-bit", "9113 4.1", "The reserved bit before the stream identifier is ignored.", _reserved_bit),
    case("frame-largest-data", "9113 4.2", "Frames of 16,384 bytes are accepted.", _largest_data),
    case("frame-large-headers", "9113 4.2", "A HEADERS frame of nearly 16,384 bytes is accepted.", _large_headers),
    case("frame-too-large-data", "9113 4.2", "DATA beyond the announced frame size is a FRAME_SIZE_ERROR.",
         resets(lambda talk: talk.request(1, b"POST", end=False), lambda talk: build(FrameType.DATA, END_STREAM, 1, _beyond(talk)),
                codes=(_SIZE,))),
    case("frame-too-large-headers", "9113 4.2", "A header block beyond the announced frame size ends the connection.",
         ends(lambda talk: build(FrameType.HEADERS, END_HEADERS | END_STREAM, 1, _beyond(talk)), codes=(_SIZE,))),
    case("frame-too-large-settings", "9113 4.2", "SETTINGS beyond the announced frame size end the connection.",
         ends(lambda talk: build(FrameType.SETTINGS, 0, 0, _beyond(talk, 6)), codes=(_SIZE,))),
    case("frame-too-large-goaway", "9113 4.2", "A frame on stream 0 beyond the announced frame size ends the connection.",
         ends(lambda talk: build(FrameType.GOAWAY, 0, 0, _beyond(talk)), codes=(_SIZE,))),
    case("block-interrupted-by-data", "9113 4.3", "Nothing may come between HEADERS and its CONTINUATION: DATA on the stream.",
         ends(lambda talk: _unfinished(talk), build(FrameType.DATA, 0, 1, b"x"), codes=(_PROTOCOL,))),
    case("block-interrupted-by-headers", "9113 4.3", "Nothing may come between HEADERS and its CONTINUATION: another HEADERS.",
         ends(lambda talk: _unfinished(talk), lambda talk: talk.request(3), codes=(_PROTOCOL,))),
    case("block-interrupted-by-unknown", "9113 5.5", "An extension frame inside a header block is an error, not ignored.",
         ends(lambda talk: _unfinished(talk), build(0xEE, 0, 1, b"extension"), codes=(_PROTOCOL,))),
    case("block-interrupted-by-settings", "9113 4.3", "Nothing may come between HEADERS and its CONTINUATION: SETTINGS.",
         ends(lambda talk: _unfinished(talk), settings(), codes=(_PROTOCOL,))),
    case("block-interrupted-by-priority", "9113 4.3", "Nothing may come between HEADERS and its CONTINUATION: PRIORITY.",
         ends(lambda talk: _unfinished(talk), build(FrameType.PRIORITY, 0, 3, bytes(5)), codes=(_PROTOCOL,))),
    case("block-interrupted-by-ping", "9113 4.3", "Nothing may come between HEADERS and its CONTINUATION: PING.",
         ends(lambda talk: _unfinished(talk), build(FrameType.PING, 0, 0, bytes(8)), codes=(_PROTOCOL,))),
    case("push-promise-from-client", "9113 8.4", "A client cannot push; PUSH_PROMISE is a PROTOCOL_ERROR.",
         ends(lambda talk: talk.request(1, b"POST", end=False),
              lambda talk: build(FrameType.PUSH_PROMISE, END_HEADERS, 1, b"\0\0\0\2" + talk.request(2)[9:]), codes=(_PROTOCOL,))),
)  # fmt: skip


def _beyond(talk: Talk, unit: int = 1) -> bytes:
    """One byte (or unit) more than the target accepts; for blocks of fields, some that are sound."""
    size = talk.settings.get(SettingId.MAX_FRAME_SIZE, 16_384) // unit * unit + unit
    if size >= 2**24:
        raise CheckSkipped("the target takes frames of any length")
    return (literal(b"x-filler", b"v") * (size // 12 + 1))[:size] if unit == 1 else bytes(size)


def _unfinished(talk: Talk) -> bytes:
    """HEADERS without END_HEADERS."""
    return build(FrameType.HEADERS, END_STREAM, 1, talk.request(1)[9:])
