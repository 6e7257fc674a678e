"""Fragmented messages, with control frames in between, and sequences that are none (RFC 6455 5.4)."""

from collections.abc import Callable

from workbench.api import Check, Peer
from workbench_websocket.checks.talk import DATA, MASK, case, failing_case, open_talk
from workbench_websocket.frames import build_frame
from workbench_websocket.opcodes import BINARY, CONTINUATION, PING, PONG, TEXT

__all__ = ["CHECKS"]

_MANY = 256


def _pieces(opcode: int, *pieces: bytes) -> Callable[[Peer], None]:
    def run(peer: Peer) -> None:
        talk = open_talk(peer)
        talk.pieces(opcode, *pieces)
        talk.hears(opcode, b"".join(pieces))
        talk.lives()

    return run


def _ping_between(peer: Peer) -> None:
    talk = open_talk(peer)
    talk.send(TEXT, b"fragment 1, ", fin=False)
    talk.send(PING, b"in between")
    talk.pongs(b"in between")
    talk.send(CONTINUATION, b"fragment 2")
    talk.hears(TEXT, b"fragment 1, fragment 2")


def _pings_between(peer: Peer) -> None:
    talk = open_talk(peer)
    for number in range(4):
        talk.send(CONTINUATION if number else BINARY, b"%d" % number, fin=False)
        talk.send(PING, b"ping %d" % number)
        talk.pongs(b"ping %d" % number)
    talk.send(CONTINUATION, b"4")
    talk.hears(BINARY, b"01234")


def _pong_between(peer: Peer) -> None:
    talk = open_talk(peer)
    talk.send(TEXT, b"fragment 1, ", fin=False)
    talk.send(PONG, b"nobody asked")
    talk.send(CONTINUATION, b"fragment 2")
    talk.hears(TEXT, b"fragment 1, fragment 2")


def _frame_by_frame(peer: Peer) -> None:
    talk = open_talk(peer)
    data = [
        build_frame(TEXT, b"a", fin=False, key=MASK),
        build_frame(CONTINUATION, b"b", fin=False, key=MASK),
        build_frame(CONTINUATION, b"c", key=MASK),
    ]
    talk.raw(b"".join(data), step=1)
    talk.hears(TEXT, b"abc")


def _two_messages(peer: Peer) -> None:
    talk = open_talk(peer)
    for opcode, pieces in ((TEXT, (b"one", b"two")), (BINARY, (b"three", b"", b"four"))):
        talk.pieces(opcode, *pieces)
        talk.hears(opcode, b"".join(pieces))


def _continuation(*, fin: bool) -> bytes:
    return build_frame(CONTINUATION, b"nothing to continue", fin=fin, key=MASK)


def _begun(opcode: int) -> bytes:
    return build_frame(opcode, b"fragment", fin=False, key=MASK)


def _after_a_message(peer: Peer) -> None:
    talk = open_talk(peer)
    talk.echoes(TEXT, b"whole")
    talk.raw(_continuation(fin=True))
    talk.fails(1002)


CHECKS: tuple[Check, ...] = (
    *(
        case(
            f"fragments-{name}",
            "5.4",
            f"A {name} message in two fragments is one message.",
            _pieces(opcode, b"fragment 1, ", b"fragment 2"),
        )
        for name, opcode in DATA
    ),
    case("fragments-empty", "5.4", "All fragments of a message may be empty.", _pieces(TEXT, b"", b"", b"")),
    case("fragments-first-empty", "5.4", "The first fragment may be empty.", _pieces(TEXT, b"", b"content", b"")),
    case("fragments-middle-empty", "5.4", "A fragment in the middle may be empty.", _pieces(BINARY, b"con", b"", b"tent")),
    case("fragments-last-empty", "5.4", "The last fragment may be empty.", _pieces(BINARY, b"content", b"")),
    case(
        "fragments-many",
        "5.4",
        f"A message may have {_MANY} fragments.",
        _pieces(BINARY, *(bytes((number,)) for number in range(_MANY))),
    ),
    case(
        "fragments-large", "5.4", "Fragments may be large.", _pieces(BINARY, bytes(65_536), bytes(range(256)) * 256, bytes(126))
    ),
    case("fragments-chopped", "5.4", "Fragments are the same however the transport cuts them.", _frame_by_frame),
    case("fragments-ping", "5.4", "A Ping between fragments is answered at once.", _ping_between),
    case("fragments-pings", "5.4", "Pings behind each fragment are answered at once.", _pings_between),
    case("fragments-pong", "5.4", "A Pong between fragments changes nothing.", _pong_between),
    case("fragments-again", "5.4", "Behind a fragmented message another may come.", _two_messages),
    failing_case(
        "continuation-final", "5.4", "A final continuation of nothing fails the connection.", _continuation(fin=True), 1002
    ),
    failing_case("continuation-open", "5.4", "A continuation of nothing fails the connection.", _continuation(fin=False), 1002),
    case("continuation-late", "5.4", "A continuation behind a complete message fails the connection.", _after_a_message),
    failing_case(
        "message-in-text", "5.4", "A text inside a fragmented text fails the connection.", _begun(TEXT) + _begun(TEXT), 1002
    ),
    failing_case(
        "message-in-binary",
        "5.4",
        "A binary message inside a fragmented one fails the connection.",
        _begun(BINARY) + build_frame(BINARY, b"x", key=MASK),
        1002,
    ),
    failing_case(
        "other-in-text",
        "5.4",
        "A binary message inside a fragmented text fails the connection.",
        _begun(TEXT) + build_frame(BINARY, b"x", key=MASK),
        1002,
    ),
)
