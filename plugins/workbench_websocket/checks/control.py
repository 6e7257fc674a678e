"""Pings and Pongs, and what control frames may not be (RFC 6455 5.5)."""

from collections.abc import Callable

from workbench.api import Check, CheckFailed, Peer
from workbench_websocket.checks.talk import MASK, case, failing_case, open_talk
from workbench_websocket.frames import LONGEST_CONTROL, build_frame
from workbench_websocket.opcodes import CLOSE, PING, PONG, TEXT

__all__ = ["CHECKS"]

_SOME = 10


def _ping(payload: bytes, *, step: int = 0) -> Callable[[Peer], None]:
    def run(peer: Peer) -> None:
        talk = open_talk(peer)
        talk.raw(build_frame(PING, payload, key=MASK), step=step)
        talk.pongs(payload)
        talk.lives()

    return run


def _pong(payload: bytes) -> Callable[[Peer], None]:
    def run(peer: Peer) -> None:
        talk = open_talk(peer)
        talk.send(PONG, payload)
        talk.lives()

    return run


def _ten_pings(peer: Peer) -> None:
    talk = open_talk(peer)
    payloads = [b"ping %d" % number for number in range(_SOME)]
    for payload in payloads:
        talk.send(PING, payload)
    # only the newest Ping must be answered (RFC 6455 5.5.3), but Pongs must be true and in order
    frame = talk.frame()
    while frame is not None and frame.head.opcode == PONG and frame.payload in payloads[:-1]:
        payloads = payloads[payloads.index(frame.payload) + 1 :]
        frame = talk.frame()
    if frame is None or frame.head.opcode != PONG or frame.payload != payloads[-1]:
        raise CheckFailed(f"expected a Pong to the newest Ping, got {frame or 'nothing'}")
    talk.lives()


def _pong_then_ping(peer: Peer) -> None:
    talk = open_talk(peer)
    talk.send(PONG, b"unasked")
    talk.send(PING, b"asked")
    talk.pongs(b"asked")


def _ping_first(peer: Peer) -> None:
    talk = open_talk(peer)
    talk.send(PING, b"one")
    talk.pongs(b"one")
    talk.send(TEXT, b"two")
    talk.hears(TEXT, b"two")
    talk.send(PING, b"three")
    talk.pongs(b"three")


def _long(opcode: int) -> bytes:
    return build_frame(opcode, bytes(LONGEST_CONTROL + 1), key=MASK)


CHECKS: tuple[Check, ...] = (
    case("ping-empty", "5.5.3", "A Ping without payload is answered with a Pong without payload.", _ping(b"")),
    case("ping-payload", "5.5.3", "A Pong has the payload of its Ping.", _ping(b"Hello, world!")),
    case("ping-binary", "5.5.3", "The payload of a Ping may be any bytes.", _ping(bytes((0, 255, 254, 253, 128, 10)))),
    case("ping-125", "5.5", "A Ping may have 125 bytes.", _ping(b"\xfe" * LONGEST_CONTROL)),
    case("ping-chopped", "5.5.3", "A Ping that comes byte by byte is the same Ping.", _ping(b"slow" * 30, step=1)),
    case("ping-ten", "5.5.3", "The newest of several Pings is answered.", _ten_pings),
    case("ping-between", "5.5.2", "Pings between messages are answered, messages too.", _ping_first),
    case("pong-empty", "5.5.3", "A Pong that nobody asked for is not answered.", _pong(b"")),
    case("pong-payload", "5.5.3", "A Pong with payload that nobody asked for is not answered.", _pong(b"unsolicited")),
    case("pong-then-ping", "5.5.3", "Behind a Pong that nobody asked for a Ping is answered.", _pong_then_ping),
    failing_case("ping-126", "5.5", "A Ping of more than 125 bytes fails the connection.", _long(PING), 1002),
    failing_case("pong-126", "5.5", "A Pong of more than 125 bytes fails the connection.", _long(PONG), 1002),
    failing_case("close-126", "5.5", "A Close of more than 125 bytes fails the connection.", _long(CLOSE), 1002),
    failing_case(
        "ping-fragmented", "5.5", "A fragmented Ping fails the connection.", build_frame(PING, b"x", fin=False, key=MASK), 1002
    ),
    failing_case(
        "pong-fragmented", "5.5", "A fragmented Pong fails the connection.", build_frame(PONG, b"x", fin=False, key=MASK), 1002
    ),
    failing_case(
        "close-fragmented",
        "5.5",
        "A fragmented Close fails the connection.",
        build_frame(CLOSE, b"\x03\xe8", fin=False, key=MASK),
        1002,
    ),
)
