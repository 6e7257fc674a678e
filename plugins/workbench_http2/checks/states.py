"""Cases about streams: identifiers, states, concurrency (RFC 9113 sections 5.1 and 6)."""

from workbench.api import CheckFailed, CheckSkipped, Peer
from workbench_http2.checks.talk import Talk, greet
from workbench_http2.checks.verdicts import (
    case,
    ends,
    expect_alive,
    expect_answer,
    expect_connection_error,
    expect_stream_error,
    ignores,
    resets,
)
from workbench_http2.server_frames import (
    END_HEADERS,
    END_STREAM,
    ErrorCode,
    FrameType,
    SettingId,
    build,
    rst_stream,
    settings,
    window_update,
)

__all__ = ["CHECKS"]

_PROTOCOL = (ErrorCode.PROTOCOL_ERROR,)
_CLOSED = (ErrorCode.STREAM_CLOSED,)
_NO_WINDOW = ((SettingId.INITIAL_WINDOW_SIZE, 0),)
_DATA = build(FrameType.DATA, END_STREAM, 1, b"test")

MOST_STREAMS = 1_000
"""Streams that a case opens to go beyond a target's limit; with a higher limit it is skipped."""


def _get(talk: Talk) -> bytes:
    return talk.request(1)


def _post(talk: Talk) -> bytes:
    return talk.request(1, b"POST", end=False)


def _naked(talk: Talk) -> bytes:
    return build(FrameType.CONTINUATION, END_HEADERS, 1, talk.request(1)[9:])


def _answered(peer: Peer) -> Talk:
    """A conversation in which stream 1 is closed because both sides ended it."""
    talk = greet(peer)
    talk.send(talk.request(1))
    expect_answer(talk, 1)
    return talk


def _data_when_closed(peer: Peer) -> None:
    talk = _answered(peer)
    talk.send(_DATA)
    expect_stream_error(talk, 1, *_CLOSED)


def _headers_when_closed(peer: Peer) -> None:
    talk = _answered(peer)
    talk.send(talk.request(1))
    expect_stream_error(talk, 1, *_CLOSED, *_PROTOCOL)


def _continuation_when_closed(peer: Peer) -> None:
    talk = _answered(peer)
    talk.send(_naked(talk))
    expect_connection_error(talk, *_CLOSED, *_PROTOCOL)


def _late_frames(peer: Peer) -> None:
    talk = _answered(peer)
    talk.send(window_update(1, 1), rst_stream(1, ErrorCode.CANCEL), build(FrameType.PRIORITY, 0, 1, b"\0\0\0\0\x0f"))
    expect_alive(talk)


def _reset(talk: Talk) -> bytes:
    return talk.request(1, b"POST", end=False) + rst_stream(1, ErrorCode.CANCEL)


def _after_reset(peer: Peer) -> None:
    talk = greet(peer, _NO_WINDOW)
    talk.send(
        talk.request(1), rst_stream(1, ErrorCode.CANCEL), settings([(SettingId.INITIAL_WINDOW_SIZE, 65_535)]), talk.request(3)
    )
    expect_answer(talk, 3)
    if talk.answer(1).body:
        raise CheckFailed(f"expected no DATA on a stream that was reset, got {len(talk.answer(1).body)} bytes")


def _lower_id(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(talk.request(5), talk.request(3))
    expect_connection_error(talk, *_PROTOCOL)


def _skipped_ids(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(talk.request(7), talk.request(101))
    expect_answer(talk, 7)
    expect_answer(talk, 101)


def _too_many(peer: Peer) -> None:
    talk = greet(peer, _NO_WINDOW)
    most = talk.settings.get(SettingId.MAX_CONCURRENT_STREAMS)
    if most is None or most > MOST_STREAMS:
        raise CheckSkipped("the target limits its streams to " + ("nothing" if most is None else str(most)))
    last = 2 * most + 1
    talk.send(*(talk.request(number) for number in range(1, last + 1, 2)))
    expect_stream_error(talk, last, ErrorCode.PROTOCOL_ERROR, ErrorCode.REFUSED_STREAM)


def _room_again(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(window_update(0, 2**30))
    most = min(talk.settings.get(SettingId.MAX_CONCURRENT_STREAMS, 100), 100)
    for number in range(1, 2 * most + 20, 2):
        talk.send(talk.request(number))
        expect_answer(talk, number)


def _interleaved(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(*(talk.request(number, b"POST", end=False) for number in (1, 3, 5)))
    talk.send(*(build(FrameType.DATA, END_STREAM, number, b"test") for number in (5, 1, 3)))
    for number in (1, 3, 5):
        expect_answer(talk, number, below=500)


CHECKS = (
    case("idle-data", "9113 5.1", "DATA on an idle stream ends the connection with PROTOCOL_ERROR.",
         ends(_DATA, codes=_PROTOCOL + _CLOSED)),
    case("idle-rst-stream", "9113 6.4", "RST_STREAM on an idle stream ends the connection with PROTOCOL_ERROR.",
         ends(rst_stream(1, ErrorCode.CANCEL), codes=_PROTOCOL)),
    case("idle-window-update", "9113 5.1", "WINDOW_UPDATE on an idle stream ends the connection with PROTOCOL_ERROR.",
         ends(window_update(1, 100), codes=_PROTOCOL)),
    case("idle-continuation", "9113 6.10", "CONTINUATION on an idle stream ends the connection with PROTOCOL_ERROR.",
         ends(_naked, codes=_PROTOCOL)),
    case("idle-priority", "9113 6.3", "PRIORITY may come on an idle stream.",
         ignores(build(FrameType.PRIORITY, 0, 3, b"\0\0\0\0\x0f"))),
    case("half-closed-data", "9113 5.1", "DATA behind END_STREAM is a stream error STREAM_CLOSED.",
         resets(_get, _DATA, codes=_CLOSED, first=_NO_WINDOW)),
    case("half-closed-headers", "9113 5.1", "HEADERS behind END_STREAM is a stream error STREAM_CLOSED.",
         resets(_get, _get, codes=_CLOSED, first=_NO_WINDOW)),
    case("half-closed-continuation", "9113 6.10", "CONTINUATION behind a header block that has ended is a PROTOCOL_ERROR.",
         ends(_get, _naked, codes=_PROTOCOL + _CLOSED, first=_NO_WINDOW)),
    case("half-closed-window-update", "9113 5.1", "WINDOW_UPDATE is allowed behind END_STREAM.",
         ignores(_get, window_update(1, 100), stream=3)),
    case("half-closed-priority", "9113 5.1", "PRIORITY is allowed behind END_STREAM.",
         ignores(_get, build(FrameType.PRIORITY, 0, 1, b"\0\0\0\0\x0f"), stream=3)),
    case("closed-data", "9113 6.1", "DATA on a closed stream is an error STREAM_CLOSED.", _data_when_closed),
    case("closed-headers", "9113 5.1.1", "HEADERS on a stream that was used and closed is an error.", _headers_when_closed),
    case("closed-continuation", "9113 6.10", "CONTINUATION on a closed stream ends the connection.", _continuation_when_closed),
    case("closed-late-frames", "9113 5.1", "WINDOW_UPDATE, RST_STREAM and PRIORITY may arrive late on a closed stream.",
         _late_frames),
    case("reset-data", "9113 5.1", "DATA behind RST_STREAM of the same side is an error STREAM_CLOSED.",
         resets(_reset, _DATA, codes=_CLOSED)),
    case("reset-headers", "9113 5.1", "HEADERS behind RST_STREAM of the same side is an error STREAM_CLOSED.",
         resets(_reset, _get, codes=_CLOSED + _PROTOCOL)),
    case("reset-stops-sending", "9113 5.1", "Nothing but PRIORITY is sent on a stream that was reset.", _after_reset),
    case("id-even", "9113 5.1.1", "A client that opens an even stream ends the connection with PROTOCOL_ERROR.",
         ends(lambda talk: talk.request(2), codes=_PROTOCOL)),
    case("id-decreasing", "9113 5.1.1", "A new stream with a lower identifier ends the connection with PROTOCOL_ERROR.",
         _lower_id),
    case("id-skipped", "9113 5.1.1", "Identifiers may be left out.", _skipped_ids),
    case("id-largest", "9113 5.1.1", "The last identifier, 2^31-1, can be used.", ignores(stream=2**31 - 1)),
    case("streams-too-many", "9113 5.1.2", "A stream beyond SETTINGS_MAX_CONCURRENT_STREAMS is refused.", _too_many),
    case("streams-one-after-another", "9113 5.1.2", "Closed streams do not count as concurrent.", _room_again),
    case("streams-interleaved", "9113 5", "Frames of several streams may be interleaved.", _interleaved),
)  # fmt: skip
