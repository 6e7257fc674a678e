"""Cases about flow control (RFC 9113 sections 5.2 and 6.9)."""

from functools import partial

from workbench.api import CheckFailed, CheckSkipped, Peer
from workbench_http2.checks.talk import Talk, greet
from workbench_http2.checks.verdicts import case, ends, expect_alive, expect_answer, expect_stream_error, resets
from workbench_http2.server_frames import (
    DEFAULT_WINDOW,
    END_STREAM,
    MAX_WINDOW,
    ErrorCode,
    FrameType,
    SettingId,
    build,
    settings,
    window_update,
)

__all__ = ["CHECKS"]

_FLOW = (ErrorCode.FLOW_CONTROL_ERROR,)
_PROTOCOL = (ErrorCode.PROTOCOL_ERROR,)
_INITIAL = SettingId.INITIAL_WINDOW_SIZE

ENOUGH = 20
"""Bytes that the page must have, so that windows of a few bytes cut it."""

MOST_REQUESTS = 10_000
"""Streams of requests for one small page until the connection's window is used up."""

UPLOAD = 262_144
"""Bytes of an upload that cannot be sent without the target's WINDOW_UPDATE frames, unless its windows are larger from the start."""


def _post(talk: Talk) -> bytes:
    return talk.request(1, b"POST", end=False)


def _gets(talk: Talk, size: int, stream: int = 1) -> None:
    """Exactly `size` bytes of DATA have come on the stream, and no more come by themselves."""
    talk.until(lambda: len(talk.answer(stream).body) >= size or talk.over(stream))
    expect_alive(talk)
    found = len(talk.answer(stream).body)
    if talk.answer(stream).ended and found < size:
        raise CheckSkipped(f"the page has {found} bytes only; name one of at least {ENOUGH} with the option path")
    if found != size:
        raise CheckFailed(f"expected {size} bytes of DATA within the window, got {found} ({talk.heard()})")


def _stream_window(peer: Peer) -> None:
    talk = greet(peer, [(_INITIAL, 1)])
    talk.send(talk.request(1))
    _gets(talk, 1)
    talk.send(window_update(1, 4))
    _gets(talk, 5)
    talk.send(window_update(1, MAX_WINDOW - 10))
    expect_answer(talk, 1)


def _zero_window(peer: Peer) -> None:
    talk = greet(peer, [(_INITIAL, 0)])
    talk.send(talk.request(1))
    talk.until(lambda: bool(talk.answer(1).heads))
    _gets(talk, 0)
    if not talk.answer(1).heads:
        raise CheckFailed(f"expected HEADERS in spite of an empty window, got {talk.heard()}")


def _grown_window(peer: Peer) -> None:
    talk = greet(peer, [(_INITIAL, 0)])
    talk.send(talk.request(1))
    _gets(talk, 0)
    talk.send(settings([(_INITIAL, 3)]))
    _gets(talk, 3)


def _negative_window(peer: Peer) -> None:
    talk = greet(peer, [(_INITIAL, 8)])
    talk.send(talk.request(1))
    _gets(talk, 8)
    talk.send(settings([(_INITIAL, 3)]))  # the window is now -5
    _gets(talk, 8)
    talk.send(window_update(1, 5))
    _gets(talk, 8)
    talk.send(window_update(1, 2))
    _gets(talk, 10)


def _connection_window(peer: Peer) -> None:
    talk = greet(peer, [(_INITIAL, MAX_WINDOW)])
    for stream in range(1, MOST_REQUESTS, 2):
        talk.send(talk.request(stream))
        talk.until(partial(_held_back, talk, stream))
        if not talk.answer(stream).heads:
            raise CheckFailed(f"expected HEADERS, which no window holds back, got {talk.heard()}")
        if talk.flow >= DEFAULT_WINDOW:
            break
        if not talk.answer(stream).body:
            raise CheckSkipped("the page has no content")
    expect_alive(talk)
    if talk.flow != DEFAULT_WINDOW:
        raise CheckFailed(f"expected {DEFAULT_WINDOW} bytes within the connection's window, got {talk.flow}")
    talk.send(window_update(0, 1_000_000))
    expect_answer(talk, stream)


def _held_back(talk: Talk, stream: int) -> bool:
    return talk.over(stream) or talk.flow >= DEFAULT_WINDOW


def _stream_unaffected(peer: Peer) -> None:
    talk = greet(peer, [(_INITIAL, 2)])
    talk.send(talk.request(1), talk.request(3))
    _gets(talk, 2, 1)
    _gets(talk, 2, 3)
    talk.send(window_update(3, 3))
    _gets(talk, 5, 3)
    _gets(talk, 2, 1)


def _upload(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(_post(talk))
    sent = 0
    while sent < UPLOAD and not talk.over(1):
        room = min(_their_room(talk) - sent, UPLOAD - sent, 16_384)
        if room > 0:
            talk.send(build(FrameType.DATA, END_STREAM if sent + room == UPLOAD else 0, 1, bytes(room)))
            sent += room
        elif not talk.until(partial(_more_room, talk, sent)):
            raise CheckFailed(f"expected WINDOW_UPDATE after {sent} bytes of an upload, got {talk.heard()}")
    talk.until_over(1)
    if not talk.answer(1).status:
        raise CheckFailed(f"expected a response to an upload, got {talk.heard()}")


def _their_room(talk: Talk) -> int:
    """Bytes that stream 1 may have carried until now."""
    initial = talk.settings.get(_INITIAL, DEFAULT_WINDOW)
    return min(initial + _granted(talk, 1), DEFAULT_WINDOW + _granted(talk, 0))


def _more_room(talk: Talk, sent: int) -> bool:
    return talk.over(1) or _their_room(talk) > sent


def _granted(talk: Talk, stream: int) -> int:
    return sum(int.from_bytes(frame.payload, "big") for frame in talk.all(FrameType.WINDOW_UPDATE, stream))


def _beyond_their_window(peer: Peer) -> None:
    talk = greet(peer)
    initial = min(talk.settings.get(_INITIAL, DEFAULT_WINDOW), DEFAULT_WINDOW)
    if talk.all(FrameType.WINDOW_UPDATE):
        raise CheckSkipped("the target's windows are larger than the case can fill in one go")
    talk.send(_post(talk), *(build(FrameType.DATA, 0, 1, bytes(16_384)) for _ in range(initial // 16_384 + 1)))
    talk.until(lambda: bool(_errors(talk) or _granted(talk, 0) or _granted(talk, 1) or talk.over(1)))
    if not _errors(talk) and (_granted(talk, 0) or _granted(talk, 1) or talk.over(1)):
        raise CheckSkipped("the target gave more window, or answered, before the case could exceed it")
    expect_stream_error(talk, 1, *_FLOW)


def _errors(talk: Talk) -> bool:
    return talk.answer(1).reset == ErrorCode.FLOW_CONTROL_ERROR or bool(talk.all(FrameType.GOAWAY))


def _settings_overflow(talk: Talk) -> bytes:
    return _post(talk) + window_update(1, 1_000) + settings([(_INITIAL, MAX_WINDOW)])


CHECKS = (
    case("window-of-a-stream", "9113 6.9.1", "No more DATA is sent than the stream's window allows, and more after WINDOW_UPDATE.",
         _stream_window),
    case("window-empty", "9113 6.9", "An empty window holds back DATA but not HEADERS.", _zero_window),
    case("window-grown-by-settings", "9113 6.9.2", "A new INITIAL_WINDOW_SIZE changes the windows of open streams.",
         _grown_window),
    case("window-negative", "9113 6.9.2", "A window may become negative; nothing is sent until it is positive again.",
         _negative_window),
    case("window-of-the-connection", "9113 6.9.1", "All streams together keep to the connection's window, whatever SETTINGS say.",
         _connection_window),
    case("window-per-stream", "9113 6.9", "The window of one stream does not hold back another.", _stream_unaffected),
    case("window-for-uploads", "9113 6.9", "A receiver gives window back while it takes an upload.", _upload),
    case("window-exceeded-by-client", "9113 6.9.1", "DATA beyond the announced window is a FLOW_CONTROL_ERROR.",
         _beyond_their_window),
    case("window-update-by-0", "9113 6.9", "WINDOW_UPDATE by nothing is a PROTOCOL_ERROR of the connection on stream 0.",
         ends(window_update(0, 0), codes=_PROTOCOL)),
    case("window-update-by-0-on-a-stream", "9113 6.9", "WINDOW_UPDATE by nothing is a PROTOCOL_ERROR of its stream.",
         resets(_post, window_update(1, 0), codes=_PROTOCOL)),
    case("window-overflow", "9113 6.9.1", "A connection window beyond 2^31-1 is a FLOW_CONTROL_ERROR of the connection.",
         ends(window_update(0, MAX_WINDOW), window_update(0, MAX_WINDOW), codes=_FLOW)),
    case("window-overflow-on-a-stream", "9113 6.9.1", "A stream window beyond 2^31-1 is a FLOW_CONTROL_ERROR of the stream.",
         resets(_post, window_update(1, MAX_WINDOW), window_update(1, MAX_WINDOW), codes=_FLOW)),
    case("window-overflow-by-settings", "9113 6.9.2", "SETTINGS that lift a window beyond 2^31-1 are a FLOW_CONTROL_ERROR.",
         ends(_settings_overflow, codes=_FLOW, first=[(_INITIAL, 0)])),
)  # fmt: skip
