"""What a target may answer, and cases made of it.

The RFC leaves a choice in four places, which hold for every case here: H3_GENERAL_PROTOCOL_ERROR may stand for any more specific code
(RFC 9114 8.1); a stream error may be treated as a connection error (8); a malformed request may be answered with 4xx before its stream
ends (4.1.2); and who has answered need not read the rest of a request (4.1), so that its mistakes stay unseen.
"""

from collections.abc import Callable, Iterable

from workbench.api import CarriedFrame, Check, CheckFailed, CheckSkipped, Level, Peer
from workbench_http3.checks.talk import Answer, Talk, greet
from workbench_http3.names import error_name
from workbench_http3.server_frames import ErrorCode

__all__ = [
    "ConcealedError",
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
Said = CarriedFrame | Callable[[Talk], CarriedFrame]
Settings = Iterable[tuple[int, int]]

LATER = 396
"""The stream of requests that only ask whether the connection goes on: the hundredth, which every server must allow (RFC 9114 6.1) and
no case uses."""


TRIES = 3
"""How often a case is tried whose connection ended without a code: one that is closed while the handshake is being confirmed may hide the
application's code behind the transport's APPLICATION_ERROR (RFC 9000 10.2.3)."""


class ConcealedError(CheckFailed):
    """The connection ended, and nobody said why."""


def case(name: str, section: str, rule: str, run: Run) -> Check:
    """A case from a MUST; `section` begins with the number of the RFC."""
    return Check(name=name, section=f"RFC {section}", rule=rule, run=_patient(run))


def should(name: str, section: str, rule: str, run: Run) -> Check:
    """A case from a SHOULD."""
    return Check(name=name, section=f"RFC {section}", rule=rule, run=_patient(run), level=Level.SHOULD)


def _patient(run: Run) -> Run:
    def tried(peer: Peer) -> None:
        for _ in range(TRIES - 1):
            try:
                return run(peer)
            except ConcealedError:
                peer = peer.again()
        return run(peer)

    return tried


def ends(*said: Said, codes: tuple[ErrorCode, ...], first: Settings = ()) -> Run:
    """After the greeting (with our settings `first`) this is said, and the connection has to end with one of `codes`."""

    def run(peer: Peer) -> None:
        talk = greet(peer, first)
        _say(talk, said)
        expect_connection_error(talk, *codes)

    return run


def resets(*said: Said, codes: tuple[ErrorCode, ...], stream: int = 0, first: Settings = ()) -> Run:
    """The stream has to end with one of `codes`."""

    def run(peer: Peer) -> None:
        talk = greet(peer, first)
        _say(talk, said)
        expect_stream_error(talk, stream, *codes)

    return run


def refuses(*said: Said, stream: int = 0) -> Run:
    """A malformed request has to be refused."""

    def run(peer: Peer) -> None:
        talk = greet(peer)
        _say(talk, said)
        expect_malformed(talk, stream)

    return run


def ignores(*said: Said, first: Settings = (), stream: int = 4) -> Run:
    """What was said must change nothing: a request on `stream` behind it is answered as ever."""

    def run(peer: Peer) -> None:
        talk = greet(peer, first)
        _say(talk, said)
        talk.send(talk.request(stream))
        expect_answer(talk, stream)

    return run


def _say(talk: Talk, said: Iterable[Said]) -> None:
    talk.send(*(part(talk) if callable(part) else part for part in said))


def expect_connection_error(talk: Talk, *codes: ErrorCode) -> None:
    """CONNECTION_CLOSE with one of the codes, or the general one."""
    talk.until(lambda: talk.closed is not None)
    if talk.closed is None or talk.closed.code not in (*codes, ErrorCode.H3_GENERAL_PROTOCOL_ERROR):
        _expect_told(talk)
        raise CheckFailed(f"expected CONNECTION_CLOSE with {_names(codes)}, got {talk.heard()}")


def expect_stream_error(talk: Talk, stream: int, *codes: ErrorCode) -> None:
    """RESET_STREAM or STOP_SENDING with one of the codes, or the whole connection ending with it."""
    wanted = {*codes, ErrorCode.H3_GENERAL_PROTOCOL_ERROR}
    talk.until(lambda: talk.closed is not None or talk.over(stream) or bool(_faults(talk, stream) & wanted))
    if not _faults(talk, stream) & wanted:
        _expect_told(talk)
        raise CheckFailed(f"expected stream {stream} to be reset with {_names(codes)}, got {talk.heard()}")


def expect_malformed(talk: Talk, stream: int) -> None:
    """An error H3_MESSAGE_ERROR of the stream or the connection, or a response 4xx; 501 where the method is not looked into at all."""
    talk.until(lambda: talk.closed is not None or talk.over(stream))
    refused = talk.answer(stream).status in (*range(400, 500), 501)
    if not refused and not _faults(talk, stream) & {ErrorCode.H3_MESSAGE_ERROR, ErrorCode.H3_GENERAL_PROTOCOL_ERROR}:
        _expect_told(talk)
        raise CheckFailed(
            f"expected H3_MESSAGE_ERROR on stream {stream} or a response 4xx, got {_status(talk, stream)}{talk.heard()}"
        )


def expect_answer(talk: Talk, stream: int, *, below: int = 400) -> None:
    """A whole response, with a status below that. Its fields may have to wait for the table, even behind its end."""
    answer = talk.answers.setdefault(stream, Answer())
    talk.until(lambda: talk.closed is not None or answer.reset is not None or (answer.ended and answer.status > 0))
    if not answer.ended or not 200 <= answer.status < below:
        raise CheckFailed(f"expected a whole response on stream {stream}, got {_status(talk, stream)}{talk.heard()}")


def expect_alive(talk: Talk) -> None:
    """The connection still answers a request."""
    talk.send(talk.request(LATER))
    talk.until_over(LATER)
    if not talk.answer(LATER).ended:
        raise CheckFailed(f"expected the connection to go on and answer another request, got {talk.heard()}")


def _expect_told(talk: Talk) -> None:
    """Nothing hides what the target thinks: neither an end without a code, nor content that it did not look at."""
    if talk.closed is None and talk.peer.ended:
        raise ConcealedError(f"expected the connection to end with a code of HTTP/3, got {talk.heard()}")
    if talk.closed is None and any(answer.stopped == ErrorCode.H3_NO_ERROR for answer in talk.answers.values()):
        raise CheckSkipped("the target answers without reading the content; name a path that does with the option upload")


def _faults(talk: Talk, stream: int) -> set[int]:
    """The codes with which the target gave up a stream or the connection."""
    answer = talk.answer(stream)
    found = (answer.reset, answer.stopped, None if talk.closed is None else talk.closed.code)
    return {code for code in found if code is not None}


def _status(talk: Talk, stream: int) -> str:
    answer = talk.answer(stream)
    return f"status {answer.status}{'' if answer.ended else ' unfinished'}; " if answer.status else ""


def _names(codes: Iterable[ErrorCode]) -> str:
    return " or ".join(error_name(code) for code in codes)
