"""Cases about unidirectional streams: the control stream, those of QPACK, pushes, and the unknown (RFC 9114 6, RFC 9204 4.2)."""

from collections.abc import Callable

from workbench.api import CheckFailed, Peer, StreamData, StreamReset
from workbench_http3.checks.talk import CONTROL, DECODER, ENCODER, Talk, greet, listen
from workbench_http3.checks.verdicts import case, ends, expect_answer, expect_connection_error
from workbench_http3.names import StreamType, Type
from workbench_http3.server_frames import ErrorCode, build, goaway, reserved, settings

__all__ = ["CHECKS"]

SPARE = 6
"""The second of our unidirectional streams: servers must allow three (RFC 9114 6.2), and need not allow more."""

_OPEN = StreamData(CONTROL, bytes((StreamType.CONTROL,)) + settings())
_CREATION = (ErrorCode.H3_STREAM_CREATION_ERROR,)
_CLOSED = (ErrorCode.H3_CLOSED_CRITICAL_STREAM,)
_MISSING = (ErrorCode.H3_MISSING_SETTINGS,)


def _begins(*first: bytes, also: tuple[ErrorCode, ...] = ()) -> Callable[[Peer], None]:
    """Our control stream begins with these frames, and the connection has to end because SETTINGS are missing."""

    def run(peer: Peer) -> None:
        talk = listen(peer)
        talk.send(StreamData(CONTROL, bytes((StreamType.CONTROL,)) + b"".join(first)))
        expect_connection_error(talk, *_MISSING, *also)

    return run


def _greeted(*frames: StreamData | StreamReset) -> Callable[[Peer], None]:
    """A client that begins like this is served."""

    def run(peer: Peer) -> None:
        talk = listen(peer)
        talk.send(*frames, talk.request(0))
        expect_answer(talk, 0)

    return run


def _second(kind: StreamType, behind: bytes = b"") -> Callable[[Peer], None]:
    """A stream of this kind too many ends the connection."""

    def run(peer: Peer) -> None:
        talk = listen(peer)
        talk.send(_OPEN)
        if kind in (StreamType.ENCODER, StreamType.DECODER):
            talk.send(StreamData(SPARE, bytes((kind,))))
        talk.send(StreamData(SPARE + 4, bytes((kind,)) + behind))
        expect_connection_error(talk, *_CREATION)

    return run


def _unprompted(peer: Peer) -> None:
    talk = listen(peer)
    if talk.control[0][0] != Type.SETTINGS:
        raise CheckFailed(f"expected SETTINGS as the first frame, got {talk.heard()}")


def _observed(wrong: Callable[[Talk], str]) -> Callable[[Peer], None]:
    """A request is answered, and what the target opened meanwhile is as it must be."""

    def run(peer: Peer) -> None:
        talk = greet(peer)
        talk.send(talk.request(0))
        expect_answer(talk, 0)
        if text := wrong(talk):
            raise CheckFailed(f"{text}; {talk.heard()}")

    return run


def _twice(talk: Talk) -> str:
    kinds = list(talk.opened.values())
    doubled = [kind.name for kind in StreamType if kinds.count(kind) > 1]
    return f"expected one stream of each kind, got several: {', '.join(doubled)}" if doubled else ""


def _pushes(talk: Talk) -> str:
    promised = any(Type.PUSH_PROMISE in answer.kinds for answer in talk.answers.values())
    return "expected no push, as no push ID was allowed" if promised or StreamType.PUSH in talk.opened.values() else ""


def _bidirectional(talk: Talk) -> str:
    numbers = [number for number in talk.answers if number & 1]
    return f"expected no bidirectional stream of the server, got {numbers}" if numbers else ""


def _typed_in_pieces(peer: Peer) -> None:
    talk = listen(peer)
    said = b"\x40\x00" + settings()
    for place in range(len(said)):
        talk.send(StreamData(CONTROL, said[place : place + 1]))
    talk.send(talk.request(0))
    expect_answer(talk, 0)


def _late_settings(peer: Peer) -> None:
    talk = listen(peer)
    talk.send(talk.request(0))
    talk.send(StreamData(CONTROL, bytes((StreamType.CONTROL,)) + settings()))
    expect_answer(talk, 0)


_UNKNOWN = bytes((reserved(0),))

CHECKS = (
    case("settings-unprompted", "9114 7.2.4.2", "SETTINGS come without waiting for anything from the client.", _unprompted),
    case("streams-one-of-each", "9114 6.2.1", "The server opens no second control stream, nor one of QPACK.", _observed(_twice)),
    case("streams-no-bidirectional", "9114 6.1", "The server opens no bidirectional streams.", _observed(_bidirectional)),
    case("push-not-allowed", "9114 7.2.7", "Nothing is pushed to a client that sent no MAX_PUSH_ID.", _observed(_pushes)),
    case("control-without-settings", "9114 6.2.1", "GOAWAY as the first frame is H3_MISSING_SETTINGS.", _begins(goaway(0))),
    case("control-reserved-first", "9114 6.2.1", "Even a reserved frame before SETTINGS is H3_MISSING_SETTINGS.",
         _begins(build(reserved(1), b"x"), settings())),
    case("control-data-first", "9114 6.2.1", "DATA as the first frame of the control stream ends the connection.",
         _begins(build(Type.DATA, b"x"), also=(ErrorCode.H3_FRAME_UNEXPECTED,))),
    case("control-second", "9114 6.2.1", "A second control stream is H3_STREAM_CREATION_ERROR.",
         _second(StreamType.CONTROL, settings())),
    case("control-ended", "9114 6.2.1", "The end of the control stream is H3_CLOSED_CRITICAL_STREAM.",
         ends(StreamData(CONTROL, end=True), codes=_CLOSED)),
    case("control-reset", "9114 6.2.1", "A reset of the control stream is H3_CLOSED_CRITICAL_STREAM.",
         ends(StreamReset(CONTROL, ErrorCode.H3_NO_ERROR), codes=_CLOSED)),
    case("control-in-pieces", "9114 6.2", "A stream's type may come in pieces, and in more bytes than it needs.",
         _typed_in_pieces),
    case("control-behind-request", "9114 7.2.4.2", "A request that overtakes the client's SETTINGS is answered.", _late_settings),
    case("push-by-client", "9114 6.2.2", "A push stream of a client is H3_STREAM_CREATION_ERROR.",
         _second(StreamType.PUSH, b"\x00")),
    case("unknown-stream", "9114 6.2.3", "A stream of a reserved type does not disturb the connection.",
         _greeted(_OPEN, StreamData(SPARE, _UNKNOWN + b"whatever"))),
    case("unknown-stream-ended", "9114 6.2", "A stream of unknown type may end.",
         _greeted(_OPEN, StreamData(SPARE, b"\x4a\xbcwhatever", end=True))),
    case("unknown-stream-reset", "9114 6.2", "A stream of unknown type may be reset.",
         _greeted(_OPEN, StreamData(SPARE, _UNKNOWN), StreamReset(SPARE, ErrorCode.H3_NO_ERROR, 1))),
    case("stream-without-type", "9114 6.2", "A stream may end before it has said its type.", _greeted(_OPEN, StreamData(SPARE, end=True))),
    case("stream-with-half-a-type", "9114 6.2", "A stream may be reset in the middle of its type.",
         _greeted(_OPEN, StreamData(SPARE, b"\x40"), StreamReset(SPARE, ErrorCode.H3_NO_ERROR, 1))),
    case("qpack-no-streams", "9204 4.2", "A client without a dynamic table need not open QPACK's streams.", _greeted(_OPEN)),
    case("qpack-encoder-second", "9204 4.2", "A second encoder stream is H3_STREAM_CREATION_ERROR.", _second(StreamType.ENCODER)),
    case("qpack-decoder-second", "9204 4.2", "A second decoder stream is H3_STREAM_CREATION_ERROR.", _second(StreamType.DECODER)),
    case("qpack-encoder-ended", "9204 4.2", "The end of the encoder stream is H3_CLOSED_CRITICAL_STREAM.",
         ends(StreamData(ENCODER, end=True), codes=_CLOSED)),
    case("qpack-decoder-ended", "9204 4.2", "The end of the decoder stream is H3_CLOSED_CRITICAL_STREAM.",
         ends(StreamData(DECODER, end=True), codes=_CLOSED)),
    case("qpack-encoder-reset", "9204 4.2", "A reset of the encoder stream is H3_CLOSED_CRITICAL_STREAM.",
         ends(StreamReset(ENCODER, ErrorCode.H3_NO_ERROR, 1), codes=_CLOSED)),
    case("qpack-decoder-reset", "9204 4.2", "A reset of the decoder stream is H3_CLOSED_CRITICAL_STREAM.",
         ends(StreamReset(DECODER, ErrorCode.H3_NO_ERROR, 1), codes=_CLOSED)),
)  # fmt: skip
