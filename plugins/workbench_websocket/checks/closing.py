"""The closing handshake: what a Close may carry, and what must follow (RFC 6455 5.5.1, 7)."""

from collections.abc import Callable

from workbench.api import Check, CheckFailed, Level, Peer
from workbench_websocket.checks.talk import MASK, case, closing, failing_case, open_talk
from workbench_websocket.frames import LONGEST_CONTROL, build_frame
from workbench_websocket.opcodes import CLOSE, CONTINUATION, PING, TEXT

__all__ = ["CHECKS"]

_LEGAL = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)
_ILLEGAL = (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535)


def _closed(payload: bytes, *codes: int) -> Callable[[Peer], None]:
    def run(peer: Peer) -> None:
        talk = open_talk(peer)
        talk.send(CLOSE, payload)
        talk.closes(*codes)

    return run


def _behind(data: bytes) -> Callable[[Peer], None]:
    """What comes behind a Close is not answered."""

    def run(peer: Peer) -> None:
        talk = open_talk(peer)
        talk.raw(build_frame(CLOSE, closing(1000), key=MASK) + data)
        talk.closes(1000)

    return run


def _echo_first(peer: Peer) -> None:
    talk = open_talk(peer)
    talk.raw(build_frame(TEXT, b"last words", key=MASK) + build_frame(CLOSE, closing(1000), key=MASK))
    talk.hears(TEXT, b"last words")
    talk.closes(1000)


def _in_a_message(peer: Peer) -> None:
    talk = open_talk(peer)
    talk.send(TEXT, b"never complete", fin=False)
    talk.send(CLOSE, closing(1000))
    talk.closes()


def _in_pieces(peer: Peer) -> None:
    talk = open_talk(peer)
    talk.raw(build_frame(CLOSE, closing(1000, "byte by byte"), key=MASK), step=1)
    talk.closes(1000)


def _tcp_end(peer: Peer) -> None:
    talk = open_talk(peer)
    peer.finish()
    while talk.frame() is not None:
        pass
    if not peer.ended:
        raise CheckFailed("expected the target to close when the client's stream has ended")


def _bad(payload: bytes) -> bytes:
    return build_frame(CLOSE, payload, key=MASK)


CHECKS: tuple[Check, ...] = (
    case("close-empty", "5.5.1", "A Close without code is answered with a Close.", _closed(b"", 0, 1000, 1005)),
    *(
        case(
            f"close-{code}", "7.4", f"A Close with {code} is legal and answered with a Close.", _closed(closing(code), code, 1000)
        )
        for code in _LEGAL
    ),
    case("close-reason", "5.5.1", "A Close may have a reason.", _closed(closing(1000, "that is all"), 1000)),
    case("close-long-reason", "5.5", "A reason may have 123 bytes.", _closed(closing(1000, "x" * (LONGEST_CONTROL - 2)), 1000)),
    case("close-utf8-reason", "5.5.1", "A reason is UTF-8.", _closed(closing(1000, "ἀντίο \U0001f44b"), 1000)),
    case("close-chopped", "5.5.1", "A Close that comes byte by byte is the same Close.", _in_pieces),
    case("close-then-text", "5.5.1", "A text behind a Close is not answered.", _behind(build_frame(TEXT, b"too late", key=MASK))),
    case("close-then-ping", "5.5.2", "A Ping behind a Close is not answered.", _behind(build_frame(PING, b"too late", key=MASK))),
    case("close-twice", "5.5.1", "A second Close is not answered.", _behind(build_frame(CLOSE, closing(1000), key=MASK))),
    case(
        "close-then-continuation",
        "5.5.1",
        "A fragment behind a Close is not answered.",
        _behind(build_frame(CONTINUATION, b"x", key=MASK)),
    ),
    case("close-behind-text", "7.1.5", "What was said before the Close is answered before it.", _echo_first, Level.SHOULD),
    case("close-in-message", "5.4", "A Close may come inside a fragmented message.", _in_a_message),
    case("close-by-tcp", "7.1.4", "A client that just ends its stream gets its end, too.", _tcp_end, Level.SHOULD),
    failing_case("close-one-byte", "5.5.1", "A Close with one byte fails the connection.", _bad(b"\x03"), 1002),
    *(
        failing_case(f"close-bad-{code}", "7.4", f"The code {code} must not stand in a Close.", _bad(closing(code)), 1002)
        for code in _ILLEGAL
    ),
    failing_case(
        "close-bad-reason",
        "5.5.1",
        "A reason that is not UTF-8 fails the connection.",
        _bad(closing(1000, b"\xff\xfe")),
        1007,
        1002,
    ),
    failing_case(
        "close-cut-reason",
        "5.5.1",
        "A reason that ends inside a character fails the connection.",
        _bad(closing(1000, b"a\xce")),
        1007,
        1002,
    ),
)
