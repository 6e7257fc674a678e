"""What a target may answer, and cases made of it.

The RFC leaves a choice in three places, which hold for every case here: GOAWAY before closing is a SHOULD, so closing alone
will do (RFC 9113 5.4.1); a stream error may be treated as a connection error of the same code (5.4.1); a malformed request may be
answered with 4xx before its stream ends (8.1.1).
"""

from collections.abc import Callable, Iterable

from workbench.api import Check, CheckFailed, Level, Peer
from workbench_http2.checks.talk import Talk, greet
from workbench_http2.server_frames import ErrorCode, FrameType, build

__all__ = [
    "case",
    "ends",
    "expect_alive",
    "expect_answer",
    "expect_connection_error",
    "expect_malformed",
    "expect_stream_error",
    "ignores",
    "refuses",
    "resets",
    "should",
]

Run = Callable[[Peer], None]
Said = bytes | Callable[[Talk], bytes]
Settings = Iterable[tuple[int, int]]

_PING = b"workbnch"


def case(name: str, section: str, rule: str, run: Run) -> Check:
    """A case from a MUST; `section` begins with the number of the RFC."""
    return Check(name=name, section=f"RFC {section}", rule=rule, run=run)


def should(name: str, section: str, rule: str, run: Run) -> Check:
    """A case from a SHOULD."""
    return Check(name=name, section=f"RFC {section}", rule=rule, run=run, level=Level.SHOULD)


def ends(*said: Said, codes: tuple[ErrorCode, ...], first: Settings = ()) -> Run:
    """After the greeting (with our settings `first`) this is said, and the connection has to end with one of `codes`."""

    def run(peer: Peer) -> None:
        talk = greet(peer, first)
        _say(talk, said)
        expect_connection_error(talk, *codes)

    return run


def resets(*said: Said, codes: tuple[ErrorCode, ...], stream: int = 1, first: Settings = ()) -> Run:
    """The stream has to end with one of `codes`."""

    def run(peer: Peer) -> None:
        talk = greet(peer, first)
        _say(talk, said)
        expect_stream_error(talk, stream, *codes)

    return run


def refuses(*said: Said, stream: int = 1) -> Run:
    """A malformed request has to be refused."""

    def run(peer: Peer) -> None:
        talk = greet(peer)
        _say(talk, said)
        expect_malformed(talk, stream)

    return run


def ignores(*said: Said, first: Settings = (), stream: int = 1) -> Run:
    """What was said must change nothing: a request on `stream` behind it is answered as ever."""

    def run(peer: Peer) -> None:
        talk = greet(peer, first)
        _say(talk, said)
        talk.send(talk.request(stream))
        expect_answer(talk, stream)
        expect_alive(talk)

    return run


def _say(talk: Talk, said: Iterable[Said]) -> None:
    talk.send(*(part if isinstance(part, bytes) else part(talk) for part in said))


def expect_connection_error(talk: Talk, *codes: ErrorCode) -> None:
    """GOAWAY with one of the codes, or the end of the connection."""
    talk.until(lambda: bool(_goaways(talk)))
    found = _goaways(talk)
    if (found[:1] and found[0] not in codes) or (not found and not talk.peer.ended):
        raise CheckFailed(f"expected GOAWAY with {_names(codes)} or the end of the connection, got {talk.heard()}")


def expect_stream_error(talk: Talk, stream: int, *codes: ErrorCode) -> None:
    """RST_STREAM with one of the codes, or the whole connection ending with it."""
    talk.until(lambda: bool(_goaways(talk)) or talk.answer(stream).reset is not None)
    found = _goaways(talk) + [code for code in (talk.answer(stream).reset,) if code is not None]
    if (found and not set(found) & set(codes)) or (not found and not talk.peer.ended):
        raise CheckFailed(f"expected RST_STREAM on stream {stream} with {_names(codes)} (or GOAWAY with it), got {talk.heard()}")


def expect_malformed(talk: Talk, stream: int) -> None:
    """A stream error PROTOCOL_ERROR, or a whole response 4xx."""
    talk.until(lambda: bool(_goaways(talk)) or talk.over(stream))
    answer, goaways = talk.answer(stream), _goaways(talk)
    refused = 400 <= answer.status < 500 and talk.over(stream)
    if not refused and not (talk.peer.ended and not goaways) and ErrorCode.PROTOCOL_ERROR not in (answer.reset, *goaways):
        raise CheckFailed(
            f"expected PROTOCOL_ERROR on stream {stream} or a response 4xx, got {_status(talk, stream)}{talk.heard()}"
        )


def expect_answer(talk: Talk, stream: int, *, below: int = 400) -> None:
    """A whole response, with a status below that."""
    talk.until(lambda: bool(_goaways(talk)) or talk.over(stream))
    answer = talk.answer(stream)
    if not answer.ended or not 200 <= answer.status < below:
        raise CheckFailed(f"expected a whole response on stream {stream}, got {_status(talk, stream)}{talk.heard()}")


def expect_alive(talk: Talk) -> None:
    """The connection still answers PING."""
    before = len(talk.all(FrameType.PING, ack=True))
    talk.send(build(FrameType.PING, 0, 0, _PING))
    if not talk.until_frame(FrameType.PING, ack=True, count=before + 1):
        raise CheckFailed(f"expected the connection to go on and answer PING, got {talk.heard()}")


def _goaways(talk: Talk) -> list[int]:
    """The error codes of what GOAWAY frames came."""
    return [int.from_bytes(frame.payload[4:8], "big") for frame in talk.all(FrameType.GOAWAY)]


def _status(talk: Talk, stream: int) -> str:
    answer = talk.answer(stream)
    return f"status {answer.status}{'' if answer.ended else ' unfinished'}; " if answer.status else ""


def _names(codes: Iterable[ErrorCode]) -> str:
    return " or ".join(code.name for code in codes)
