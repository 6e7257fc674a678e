"""Frames on an established connection that are broken, forbidden or harmless (RFC 9000 12.4, 13, 19)."""

from workbench.api import CheckFailed, Peer
from workbench_quic.checks.building import ack, close, crypto, frame
from workbench_quic.checks.talk import Talk, greet
from workbench_quic.checks.verdicts import QUIET_S, Code, case, closes, expect_alive, expect_close, goes_on, should
from workbench_quic.frame_items import Ack
from workbench_quic.frame_types import Type, is_eliciting
from workbench_quic.levels import Level

__all__ = ["CHECKS"]

_FAR = (1 << 62) - 1


def _empty(peer: Peer) -> None:
    talk = greet(peer)
    talk.send()
    expect_close(talk, Code.PROTOCOL_VIOLATION)


def _reserved(peer: Peer) -> None:
    talk = greet(peer)
    peer.send(talk.packet(b"\x01", reserved=3))
    expect_close(talk, Code.PROTOCOL_VIOLATION)


def _unsent(peer: Peer) -> None:
    talk = greet(peer)
    highest = max(packet.number for packet in talk.packets if packet.level is Level.ONE_RTT)
    talk.send(ack([highest + 1000]))
    expect_close(talk, Code.PROTOCOL_VIOLATION)


def _twice(peer: Peer) -> None:
    talk = greet(peer)
    datagram = talk.packet(b"\x01")
    number = talk.last_number
    for _ in range(3):
        peer.send(datagram)
    expect_alive(talk)
    if not talk.acknowledged(number):
        raise CheckFailed(f"expected the packet to be acknowledged, got {talk.heard()}")


def _ping(peer: Peer) -> None:
    expect_alive(greet(peer))


def _only_acks(peer: Peer) -> None:
    """RFC 9000 13.2.1: acknowledgements are not acknowledged, or two peers would never be silent."""
    talk = greet(peer)
    talk.until(lambda: False, QUIET_S)
    talk.send(ack(packet.number for packet in talk.packets if packet.level is Level.ONE_RTT))
    number, before = talk.last_number, len(talk.packets)
    talk.until(lambda: False, QUIET_S)
    for packet in talk.packets[before:]:
        answers = [item for item in packet.items if isinstance(item, Ack) and item.largest >= number]
        if answers and not is_eliciting(packet.items):
            raise CheckFailed(f"expected no acknowledgement of a packet with nothing but ACK, got {talk.heard()}")


_BACKWARDS = frame(Type.ACK, 3, 0, 0, 5)
"""An ACK whose first range goes below zero."""

_RANGE_BELOW_ZERO = frame(Type.ACK, 5, 0, 1, 1, 4, 0)


def _crypto_held(peer: Peer) -> None:
    """CRYPTO data of the handshake, backwards and a byte at a time."""
    talk = Talk(peer)
    hello = talk.hello()
    step = 50
    pieces = [crypto(at, hello[at : at + step]) for at in range(0, len(hello), step)]
    talk.send(*reversed(pieces), level=Level.INITIAL)
    talk.until(lambda: talk.closed is not None or talk.tls.done)
    if not talk.tls.done:
        raise CheckFailed(f"expected {len(pieces)} CRYPTO frames in reverse to be put in order, got {talk.heard()}")


_ENCODING = (Code.FRAME_ENCODING_ERROR,)
_VIOLATION = (Code.PROTOCOL_VIOLATION,)

CHECKS = (
    case("frame-ping", "9000 13.2.1", "PING is acknowledged", _ping),
    case("frame-none", "9000 12.4", "A packet without frames is an error", _empty),
    case(
        "frame-unknown", "9000 12.4", "A frame of an unknown type is FRAME_ENCODING_ERROR", closes(frame(0x3F5A), codes=_ENCODING)
    ),
    case(
        "frame-cut",
        "9000 12.4",
        "A frame that ends in the middle is FRAME_ENCODING_ERROR",
        closes(b"\x01\x01\x10", codes=_ENCODING),
    ),
    case(
        "frame-crypto-cut",
        "9000 19.6",
        "CRYPTO that is longer than its packet is FRAME_ENCODING_ERROR",
        closes(frame(Type.CRYPTO, 0, 500, b"x"), codes=_ENCODING),
    ),
    case("frame-padding", "9000 19.1", "PADDING between frames is nothing", goes_on(b"\0" * 5, b"\x01", b"\0" * 5)),
    case("frame-reserved-bits", "9000 17.3.1", "Reserved bits that are set in short headers are PROTOCOL_VIOLATION", _reserved),
    case("frame-duplicate-packet", "9000 12.3", "A packet number is taken once", _twice),
    case(
        "frame-handshake-done",
        "9000 19.20",
        "HANDSHAKE_DONE from a client is PROTOCOL_VIOLATION",
        closes(frame(Type.HANDSHAKE_DONE), codes=_VIOLATION),
    ),
    case(
        "frame-new-token",
        "9000 19.7",
        "NEW_TOKEN from a client is PROTOCOL_VIOLATION",
        closes(frame(Type.NEW_TOKEN, 4, b"tokn"), codes=_VIOLATION),
    ),
    case(
        "frame-crypto-far",
        "9000 19.6",
        "CRYPTO beyond 2^62-1 is FRAME_ENCODING_ERROR or CRYPTO_BUFFER_EXCEEDED",
        closes(crypto(_FAR, b"xx"), codes=(*_ENCODING, Code.CRYPTO_BUFFER_EXCEEDED)),
    ),
    case("frame-crypto-buffered", "9000 7.5", "CRYPTO data out of order are buffered", _crypto_held),
    case(
        "frame-ack-below-zero",
        "9000 19.3.1",
        "A first ACK range larger than the largest number is FRAME_ENCODING_ERROR",
        closes(_BACKWARDS, codes=_ENCODING),
    ),
    case(
        "frame-ack-range-below-zero",
        "9000 19.3.1",
        "An ACK range that goes below zero is FRAME_ENCODING_ERROR",
        closes(_RANGE_BELOW_ZERO, codes=_ENCODING),
    ),
    should("frame-ack-unsent", "9000 13.1", "An acknowledgement of a packet that was never sent is PROTOCOL_VIOLATION", _unsent),
    case("frame-ack-not-acknowledged", "9000 13.2.1", "A packet with nothing but ACK is not answered with an ACK", _only_acks),
    case(
        "frame-max-streams-far",
        "9000 19.11",
        "MAX_STREAMS above 2^60 is FRAME_ENCODING_ERROR",
        closes(frame(Type.MAX_STREAMS_BIDI, (1 << 60) + 1), codes=_ENCODING),
    ),
    case(
        "frame-streams-blocked-far",
        "9000 19.14",
        "STREAMS_BLOCKED above 2^60 is STREAM_LIMIT_ERROR or FRAME_ENCODING_ERROR",
        closes(frame(Type.STREAMS_BLOCKED_BIDI, (1 << 60) + 1), codes=(*_ENCODING, Code.STREAM_LIMIT_ERROR)),
    ),
    case(
        "frame-max-data-smaller",
        "9000 4.1",
        "A smaller limit than before is ignored",
        goes_on(frame(Type.MAX_DATA, 1), frame(Type.MAX_STREAMS_BIDI, 0), apart=True),
    ),
    case(
        "frame-blocked",
        "9000 19.12",
        "DATA_BLOCKED is only a remark",
        goes_on(frame(Type.DATA_BLOCKED, 77), frame(Type.STREAMS_BLOCKED_UNI, 3)),
    ),
    case(
        "frame-close-reason-cut",
        "9000 19.19",
        "CONNECTION_CLOSE whose reason is longer than its packet is an error",
        closes(close(0)[:-1] + b"\x30", codes=_ENCODING),
    ),
)
