"""Streams: their numbers, states, final sizes and flow control (RFC 9000 2 to 4, 19.4 to 19.14)."""

from collections.abc import Callable

from workbench.api import CheckFailed, Peer
from workbench_quic.checks.building import Parameter, frame, stream
from workbench_quic.checks.talk import greet
from workbench_quic.checks.verdicts import Code, case, closes, expect_alive, expect_close, goes_on, require, should
from workbench_quic.frame_items import Numbers, Stream
from workbench_quic.frame_types import Type

__all__ = ["CHECKS"]

_BIDI, _SERVER_BIDI, _UNI, _SERVER_UNI = 0, 1, 2, 3
"""The first stream of each kind (RFC 9000 2.1)."""

_FAR = (1 << 62) - 1
_DATA = b"\x01"
"""The first byte of many messages, and the whole of none: an application waits for more."""


def _beyond(limit: int, step: Callable[[int], bytes], *codes: int) -> Callable[[Peer], None]:
    """What lies just beyond a limit of the server's."""

    def run(peer: Peer) -> None:
        talk = greet(peer)
        value = talk.limits.get(limit, 0)
        require(value < 1 << 30, f"its limit ({value}) is too large to be reached")
        talk.send(step(value))
        expect_close(talk, *codes)

    return run


def _many(value: int) -> bytes:
    return stream(4 * value, _DATA)


def _many_uni(value: int) -> bytes:
    return stream(4 * value + _UNI, _DATA)


def _at(value: int) -> bytes:
    return stream(_BIDI, _DATA, value)


def _connection_limit(peer: Peer) -> None:
    """Data on several streams, each within its own limit, which together exceed the connection's."""
    talk = greet(peer)
    limits = talk.limits
    whole, each, count = (limits.get(n, 0) for n in (Parameter.DATA, Parameter.STREAM_BIDI_REMOTE, Parameter.STREAMS_BIDI))
    require(bool(each) and whole // each < count, "its streams together cannot exceed the connection's limit")
    # offsets count, not bytes that came: the last byte within each stream's limit uses it up (RFC 9000 4.1)
    talk.send(*(stream(4 * number, _DATA, each - 1) for number in range(whole // each + 1)))
    expect_close(talk, Code.FLOW_CONTROL_ERROR)


def _stop(peer: Peer) -> None:
    """RFC 9000 3.5: whoever is told to stop sending resets the stream, with the code it was given."""
    talk = greet(peer)
    talk.send(stream(_BIDI, _DATA), frame(Type.STOP_SENDING, _BIDI, 0x10C))
    talk.until(lambda: talk.closed is not None or bool(talk.items(Type.RESET_STREAM)))
    resets = [item for item in talk.items(Type.RESET_STREAM) if isinstance(item, Numbers) and item.values[0] == _BIDI]
    ended = any(isinstance(item, Stream) and item.fin and item.stream == _BIDI for item in talk.items())
    if not resets and not ended:
        raise CheckFailed(f"expected RESET_STREAM in answer to STOP_SENDING, got {talk.heard()}")


def _reset_then_alive(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(stream(_BIDI, _DATA), frame(Type.RESET_STREAM, _BIDI, 0x10C, len(_DATA)))
    expect_alive(talk)


_GROWS = stream(_BIDI, _DATA, end=True) + stream(_BIDI, _DATA, 1)


_STATE = (Code.STREAM_STATE_ERROR,)
_FINAL = (Code.FINAL_SIZE_ERROR,)

CHECKS = (
    case(
        "stream-of-server-uni",
        "9000 19.8",
        "STREAM on a stream that only the server sends on is STREAM_STATE_ERROR",
        closes(stream(_SERVER_UNI, _DATA), codes=_STATE),
    ),
    case(
        "stream-of-server-bidi",
        "9000 19.8",
        "STREAM on a server's stream that does not exist is STREAM_STATE_ERROR",
        closes(stream(_SERVER_BIDI + 400, _DATA), codes=_STATE),
    ),
    case(
        "stream-limit-bidi",
        "9000 4.6",
        "A bidirectional stream beyond the limit is STREAM_LIMIT_ERROR",
        _beyond(Parameter.STREAMS_BIDI, _many, Code.STREAM_LIMIT_ERROR),
    ),
    case(
        "stream-limit-uni",
        "9000 4.6",
        "A unidirectional stream beyond the limit is STREAM_LIMIT_ERROR",
        _beyond(Parameter.STREAMS_UNI, _many_uni, Code.STREAM_LIMIT_ERROR),
    ),
    case(
        "stream-limit-by-reset",
        "9000 4.6",
        "RESET_STREAM for a stream beyond the limit is STREAM_LIMIT_ERROR",
        _beyond(Parameter.STREAMS_BIDI, lambda value: frame(Type.RESET_STREAM, 4 * value, 0, 0), Code.STREAM_LIMIT_ERROR),
    ),
    case(
        "stream-flow-control",
        "9000 4.1",
        "Data beyond a stream's limit are FLOW_CONTROL_ERROR",
        _beyond(Parameter.STREAM_BIDI_REMOTE, _at, Code.FLOW_CONTROL_ERROR),
    ),
    case(
        "stream-flow-control-reset",
        "9000 4.5",
        "A final size beyond the limit is FLOW_CONTROL_ERROR",
        _beyond(
            Parameter.STREAM_BIDI_REMOTE,
            lambda value: frame(Type.RESET_STREAM, _BIDI, 0, value + 1),
            Code.FLOW_CONTROL_ERROR,
            Code.FINAL_SIZE_ERROR,
        ),
    ),
    case(
        "stream-flow-control-connection",
        "9000 4.1",
        "Data beyond the connection's limit are FLOW_CONTROL_ERROR",
        _connection_limit,
    ),
    case(
        "stream-offset-far",
        "9000 19.8",
        "Data beyond 2^62-1 are FRAME_ENCODING_ERROR or FLOW_CONTROL_ERROR",
        closes(stream(_BIDI, b"xx", _FAR), codes=(Code.FRAME_ENCODING_ERROR, Code.FLOW_CONTROL_ERROR)),
    ),
    should("stream-after-end", "9000 4.5", "Data behind the final size are FINAL_SIZE_ERROR", closes(_GROWS, codes=_FINAL)),
    should(
        "stream-end-moves",
        "9000 4.5",
        "A final size that changes is FINAL_SIZE_ERROR",
        closes(stream(_BIDI, b"", 1, end=True) + stream(_BIDI, b"", 2, end=True), codes=_FINAL),
    ),
    should(
        "stream-end-too-small",
        "9000 4.5",
        "A final size below data that came is FINAL_SIZE_ERROR",
        closes(stream(_BIDI, _DATA, 5) + stream(_BIDI, b"", 2, end=True), codes=_FINAL),
    ),
    should(
        "stream-reset-too-small",
        "9000 4.5",
        "A RESET_STREAM whose final size is below data that came is FINAL_SIZE_ERROR",
        closes(stream(_BIDI, _DATA, 5) + frame(Type.RESET_STREAM, _BIDI, 0, 2), codes=_FINAL),
    ),
    case(
        "stream-reset-of-server",
        "9000 19.4",
        "RESET_STREAM for a stream that only the server sends on is STREAM_STATE_ERROR",
        closes(frame(Type.RESET_STREAM, _SERVER_UNI, 0, 0), codes=_STATE),
    ),
    case(
        "stream-stop-own",
        "9000 19.5",
        "STOP_SENDING for a stream that only the client sends on is STREAM_STATE_ERROR",
        closes(stream(_UNI) + frame(Type.STOP_SENDING, _UNI, 0), codes=_STATE),
    ),
    case(
        "stream-stop-unborn",
        "9000 19.5",
        "STOP_SENDING for a server's stream that does not exist is STREAM_STATE_ERROR",
        closes(frame(Type.STOP_SENDING, _SERVER_BIDI + 400, 0), codes=_STATE),
    ),
    case("stream-stop-answered", "9000 3.5", "STOP_SENDING is answered with RESET_STREAM", _stop),
    case(
        "stream-window-own",
        "9000 19.10",
        "MAX_STREAM_DATA for a stream that only the client sends on is STREAM_STATE_ERROR",
        closes(stream(_UNI) + frame(Type.MAX_STREAM_DATA, _UNI, 1 << 20), codes=_STATE),
    ),
    case(
        "stream-window-unborn",
        "9000 19.10",
        "MAX_STREAM_DATA for a server's stream that does not exist is STREAM_STATE_ERROR",
        closes(frame(Type.MAX_STREAM_DATA, _SERVER_BIDI + 400, 1 << 20), codes=_STATE),
    ),
    case(
        "stream-blocked-of-server",
        "9000 19.13",
        "STREAM_DATA_BLOCKED for a stream that only the server sends on is STREAM_STATE_ERROR",
        closes(frame(Type.STREAM_DATA_BLOCKED, _SERVER_UNI, 0), codes=_STATE),
    ),
    case("stream-empty", "9000 19.8", "A STREAM frame without data opens a stream, no more", goes_on(stream(_BIDI))),
    case(
        "stream-again",
        "9000 2.2",
        "The same data again change nothing",
        goes_on(stream(_BIDI, _DATA), stream(_BIDI, _DATA), apart=True),
    ),
    case(
        "stream-backwards",
        "9000 2.2",
        "Data out of order are put in order",
        goes_on(stream(_BIDI, b"\x40", 1), stream(_BIDI, _DATA), apart=True),
    ),
    case("stream-reset", "9000 3.2", "A stream that is reset is over, and the connection goes on", _reset_then_alive),
)
