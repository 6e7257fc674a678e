"""Cases about each frame type by itself: its stream, its length, its padding (RFC 9113 section 6)."""

from workbench.api import CheckFailed, Peer
from workbench_http2.checks.talk import Talk, greet
from workbench_http2.checks.verdicts import case, ends, expect_alive, expect_answer, ignores, resets
from workbench_http2.server_frames import (
    ACK,
    END_HEADERS,
    END_STREAM,
    PADDED,
    PRIORITY,
    ErrorCode,
    FrameType,
    build,
    goaway,
    rst_stream,
)

__all__ = ["CHECKS"]

_PROTOCOL = (ErrorCode.PROTOCOL_ERROR,)
_SIZE = (ErrorCode.FRAME_SIZE_ERROR,)
_EITHER = _PROTOCOL + _SIZE
_SOME_PRIORITY = b"\0\0\0\0\x0f"


def _post(talk: Talk) -> bytes:
    return talk.request(1, b"POST", end=False)


def _headers(talk: Talk, flags: int, before: bytes = b"", after: bytes = b"", stream: int = 1) -> bytes:
    return build(FrameType.HEADERS, END_HEADERS | END_STREAM | flags, stream, before + talk.request(1)[9:] + after)


def _padded_data(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(
        _post(talk),
        build(FrameType.DATA, PADDED, 1, b"\x06test" + bytes(6)),
        build(FrameType.DATA, PADDED, 1, b"\x03" + bytes(3)),
    )
    talk.send(build(FrameType.DATA, END_STREAM | PADDED, 1, b"\0end"))
    expect_answer(talk, 1, below=500)


def _padded_headers(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(_headers(talk, PADDED, b"\x05", bytes(5)), _headers(talk, PADDED | PRIORITY, b"\x05" + _SOME_PRIORITY, bytes(5), 3))
    expect_answer(talk, 1)
    expect_answer(talk, 3)


def _ping_payload(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(build(FrameType.PING, 0, 0, b"\0\1\2\3\xfc\xfd\xfe\xff"))
    if not talk.until_frame(FrameType.PING, ack=True):
        raise CheckFailed(f"expected PING with ACK, got {talk.heard()}")
    found = talk.all(FrameType.PING, ack=True)[0]
    if found.payload != b"\0\1\2\3\xfc\xfd\xfe\xff" or found.stream:
        raise CheckFailed(f"expected the same eight bytes on stream 0, got {found.payload.hex()} on stream {found.stream}")


def _ping_ack(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(build(FrameType.PING, ACK, 0, b"unasked."))
    expect_alive(talk)
    if any(frame.payload == b"unasked." for frame in talk.all(FrameType.PING)):
        raise CheckFailed("expected no answer to a PING with ACK, got one")


def _goaway_finishes(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(talk.request(1), goaway(0, ErrorCode.NO_ERROR))
    talk.until_over(1)
    if not talk.answer(1).ended:
        raise CheckFailed(f"expected the response to a request before GOAWAY, got {talk.heard()}")


def _continued(peer: Peer) -> None:
    talk = greet(peer)
    payload = talk.request(1)[9:]
    third = len(payload) // 3
    talk.send(
        build(FrameType.HEADERS, END_STREAM, 1, payload[:third]), build(FrameType.CONTINUATION, 0, 1, payload[third : 2 * third])
    )
    talk.send(build(FrameType.CONTINUATION, 0, 1), build(FrameType.CONTINUATION, END_HEADERS, 1, payload[2 * third :]))
    expect_answer(talk, 1)


def _continued_from_nothing(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(build(FrameType.HEADERS, END_STREAM, 1), build(FrameType.CONTINUATION, END_HEADERS, 1, talk.request(1)[9:]))
    expect_answer(talk, 1)


CHECKS = (
    case("data-stream-0", "9113 6.1", "DATA on stream 0 is a PROTOCOL_ERROR.",
         ends(build(FrameType.DATA, 0, 0, b"x"), codes=_PROTOCOL)),
    case("data-padded", "9113 6.1", "Padding of DATA is taken off.", _padded_data),
    case("data-padding-too-long", "9113 6.1", "DATA with as much padding as payload, or more, is a PROTOCOL_ERROR.",
         ends(_post, build(FrameType.DATA, PADDED | END_STREAM, 1, b"\x05test"), codes=_PROTOCOL)),
    case("data-padding-much-too-long", "9113 6.1", "DATA with more padding than frame is a PROTOCOL_ERROR.",
         ends(_post, build(FrameType.DATA, PADDED | END_STREAM, 1, b"\xffx"), codes=_PROTOCOL)),
    case("data-padding-no-room", "9113 6.1", "DATA without room for the length of its padding is an error of the connection.",
         ends(_post, build(FrameType.DATA, PADDED, 1), codes=_EITHER)),
    case("headers-stream-0", "9113 6.2", "HEADERS on stream 0 is a PROTOCOL_ERROR.",
         ends(lambda talk: _headers(talk, 0, stream=0), codes=_PROTOCOL)),
    case("headers-padded", "9113 6.2", "Padding and priority of HEADERS are taken off.", _padded_headers),
    case("headers-padding-too-long", "9113 6.2", "HEADERS with more padding than payload is a PROTOCOL_ERROR.",
         ends(lambda talk: build(FrameType.HEADERS, END_HEADERS | END_STREAM | PADDED, 1, b"\x30" + talk.request(1)[9:40]),
              codes=_PROTOCOL)),
    case("headers-priority-no-room", "9113 6.2", "HEADERS without room for the priority it announces is an error of the connection.",
         ends(build(FrameType.HEADERS, END_HEADERS | END_STREAM | PRIORITY, 1, b"\0\0\0"), codes=_EITHER)),
    case("headers-continued", "9113 6.10", "A header block may be cut anywhere into HEADERS and CONTINUATION frames.",
         _continued),
    case("headers-empty-continued", "9113 6.2", "HEADERS may be empty where CONTINUATION has the fields.",
         _continued_from_nothing),
    case("priority-stream-0", "9113 6.3", "PRIORITY on stream 0 is a PROTOCOL_ERROR.",
         ends(build(FrameType.PRIORITY, 0, 0, _SOME_PRIORITY), codes=_PROTOCOL)),
    case("priority-too-short", "9113 6.3", "PRIORITY of 4 bytes is a stream error FRAME_SIZE_ERROR.",
         resets(lambda talk: _post(talk), build(FrameType.PRIORITY, 0, 1, bytes(4)), codes=_SIZE)),
    case("priority-too-long", "9113 6.3", "PRIORITY of 6 bytes is a stream error FRAME_SIZE_ERROR.",
         resets(lambda talk: _post(talk), build(FrameType.PRIORITY, 0, 1, bytes(6)), codes=_SIZE)),
    case("rst-stream-stream-0", "9113 6.4", "RST_STREAM on stream 0 is a PROTOCOL_ERROR.",
         ends(rst_stream(0, ErrorCode.CANCEL), codes=_PROTOCOL)),
    case("rst-stream-too-short", "9113 6.4", "RST_STREAM of 3 bytes ends the connection with FRAME_SIZE_ERROR.",
         ends(_post, build(FrameType.RST_STREAM, 0, 1, bytes(3)), codes=_SIZE)),
    case("rst-stream-too-long", "9113 6.4", "RST_STREAM of 5 bytes ends the connection with FRAME_SIZE_ERROR.",
         ends(_post, build(FrameType.RST_STREAM, 0, 1, bytes(5)), codes=_SIZE)),
    case("rst-stream-unknown-code", "9113 7", "An unknown error code has no special effect.",
         ignores(_post, rst_stream(1, 0xFFFF_FFFF), stream=3)),
    case("ping-answered", "9113 6.7", "PING is answered with ACK and the same payload.", _ping_payload),
    case("ping-ack-not-answered", "9113 6.7", "PING with ACK is not answered.", _ping_ack),
    case("ping-on-a-stream", "9113 6.7", "PING on a stream is a PROTOCOL_ERROR.",
         ends(build(FrameType.PING, 0, 1, bytes(8)), codes=_PROTOCOL)),
    case("ping-too-short", "9113 6.7", "PING of 6 bytes is a FRAME_SIZE_ERROR.",
         ends(build(FrameType.PING, 0, 0, bytes(6)), codes=_SIZE)),
    case("ping-too-long", "9113 6.7", "PING of 9 bytes is a FRAME_SIZE_ERROR.",
         ends(build(FrameType.PING, 0, 0, bytes(9)), codes=_SIZE)),
    case("goaway-on-a-stream", "9113 6.8", "GOAWAY on a stream is a PROTOCOL_ERROR.",
         ends(build(FrameType.GOAWAY, 0, 1, bytes(8)), codes=_PROTOCOL)),
    case("goaway-too-short", "9113 6.8", "GOAWAY shorter than its two fields is a FRAME_SIZE_ERROR.",
         ends(build(FrameType.GOAWAY, 0, 0, bytes(7)), codes=_EITHER)),
    case("goaway-finishes-requests", "9113 6.8", "A request that came before GOAWAY is still answered.", _goaway_finishes),
    case("window-update-too-short", "9113 6.9", "WINDOW_UPDATE of 3 bytes is a FRAME_SIZE_ERROR.",
         ends(build(FrameType.WINDOW_UPDATE, 0, 0, bytes(3)), codes=_SIZE)),
    case("window-update-too-long", "9113 6.9", "WINDOW_UPDATE of 5 bytes is a FRAME_SIZE_ERROR.",
         ends(build(FrameType.WINDOW_UPDATE, 0, 0, b"\0\0\0\1\0"), codes=_SIZE)),
    case("continuation-stream-0", "9113 6.10", "CONTINUATION on stream 0 is a PROTOCOL_ERROR.",
         ends(lambda talk: build(FrameType.HEADERS, END_STREAM, 1, talk.request(1)[9:]), build(FrameType.CONTINUATION, END_HEADERS, 0),
              codes=_PROTOCOL)),
    case("continuation-other-stream", "9113 6.10", "CONTINUATION on another stream than its HEADERS is a PROTOCOL_ERROR.",
         ends(lambda talk: build(FrameType.HEADERS, END_STREAM, 1, talk.request(1)[9:]), build(FrameType.CONTINUATION, END_HEADERS, 3),
              codes=_PROTOCOL)),
    case("continuation-alone", "9113 6.10", "CONTINUATION behind a finished header block is a PROTOCOL_ERROR.",
         ends(_post, build(FrameType.CONTINUATION, END_HEADERS, 1, b"\x88"), codes=_PROTOCOL)),
    case("continuation-behind-data", "9113 6.10", "CONTINUATION behind DATA is a PROTOCOL_ERROR.",
         ends(_post, build(FrameType.DATA, 0, 1, b"x"), build(FrameType.CONTINUATION, END_HEADERS, 1, b"\x88"), codes=_PROTOCOL)),
)  # fmt: skip
