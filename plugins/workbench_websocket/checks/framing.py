"""What a frame may not be: unmasked, with reserved bits or opcodes, with a length in more bytes than it needs (RFC 6455 5.1, 5.2)."""

from collections.abc import Callable

from workbench.api import Check, CheckFailed, Level, Peer
from workbench_websocket.checks.talk import DATA, MASK, case, failing_case, open_talk
from workbench_websocket.frames import build_frame
from workbench_websocket.masking import masked
from workbench_websocket.opcodes import BINARY, CLOSE, PING, TEXT

__all__ = ["CHECKS"]

_RESERVED = (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)


def _key(key: bytes) -> Callable[[Peer], None]:
    def run(peer: Peer) -> None:
        talk = open_talk(peer)
        talk.send(TEXT, b"whatever the key", key=key)
        talk.hears(TEXT, b"whatever the key")

    return run


def _keys_change(peer: Peer) -> None:
    talk = open_talk(peer)
    for number in range(4):
        content = b"message %d" % number
        talk.send(BINARY, content, key=bytes((number, 255 - number, 7 * number, 1)))
        talk.hears(BINARY, content)


def _rsv(rsv: int, opcode: int) -> bytes:
    return build_frame(opcode, b"Hello", rsv=rsv, key=MASK)


def _behind_a_good_one(peer: Peer) -> None:
    talk = open_talk(peer)
    talk.raw(build_frame(TEXT, b"good", key=MASK) + _rsv(2, TEXT))
    frame = talk.frame()
    if frame is not None and not frame.head.control and frame.payload != b"good":
        raise CheckFailed(f"expected the echo of the good message at most, got {frame}")
    talk.fails(1002)


def _header_only(peer: Peer) -> None:
    talk = open_talk(peer)
    talk.raw(bytes((0xF1, 0xFE)))
    talk.fails(1002)


def _two_at_once(peer: Peer) -> None:
    talk = open_talk(peer)
    talk.raw(build_frame(TEXT, b"one", key=MASK) + build_frame(BINARY, b"two", key=MASK) + build_frame(TEXT, b"three", key=MASK))
    for opcode, content in ((TEXT, b"one"), (BINARY, b"two"), (TEXT, b"three")):
        talk.hears(opcode, content)


def _long_way(length: bytes, payload: bytes) -> bytes:
    return bytes((0x82, 0x80 | (126 if len(length) == 2 else 127))) + length + MASK + masked(payload, MASK)


CHECKS: tuple[Check, ...] = (
    *(
        failing_case(
            f"unmasked-{name}",
            "5.1",
            f"A {name} frame without masking fails the connection.",
            build_frame(opcode, b"Hello"),
            1002,
        )
        for name, opcode in (*DATA, ("ping", PING))
    ),
    failing_case(
        "unmasked-close", "5.1", "A Close without masking fails the connection.", build_frame(CLOSE, b"\x03\xe8"), 1002, 1000
    ),
    case("mask-zero", "5.3", "A masking key of zeros is a key.", _key(bytes(4))),
    case("mask-ones", "5.3", "A masking key of ones is a key.", _key(b"\xff" * 4)),
    case("mask-changes", "5.3", "Every frame has a masking key of its own.", _keys_change),
    *(
        failing_case(
            f"rsv-{rsv:03b}-{name}",
            "5.2",
            f"Reserved bits {rsv:03b} without an extension fail the connection.",
            _rsv(rsv, opcode),
            1002,
        )
        for rsv, name, opcode in (
            (4, "text", TEXT),
            (2, "text", TEXT),
            (1, "binary", BINARY),
            (7, "binary", BINARY),
            (4, "ping", PING),
            (3, "close", CLOSE),
        )
    ),
    case("rsv-behind-good", "5.2", "A bad frame fails the connection whatever came before it.", _behind_a_good_one),
    case("rsv-early", "7.1.7", "A frame whose first bytes are wrong need not be awaited.", _header_only, Level.SHOULD),
    *(
        failing_case(
            f"opcode-{opcode}",
            "5.2",
            f"The reserved opcode {opcode} fails the connection.",
            build_frame(opcode, b"", key=MASK),
            1002,
        )
        for opcode in _RESERVED
    ),
    failing_case(
        "length-16-for-7", "5.2", "16 bits for a length below 126 fail the connection.", _long_way(b"\0\5", b"Hello"), 1002
    ),
    failing_case(
        "length-64-for-7",
        "5.2",
        "64 bits for a length below 126 fail the connection.",
        _long_way(bytes(7) + b"\5", b"Hello"),
        1002,
    ),
    failing_case(
        "length-64-for-16",
        "5.2",
        "64 bits for a length below 65536 fail the connection.",
        _long_way(bytes(6) + b"\1\0", bytes(256)),
        1002,
    ),
    failing_case(
        "length-sign",
        "5.2",
        "A 64-bit length with its highest bit set fails the connection.",
        _long_way(b"\x80" + bytes(7), b""),
        1002,
        1009,
    ),
    case("frames-together", "5.2", "Several frames in one segment are several messages, in order.", _two_at_once),
)
