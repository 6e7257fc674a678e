"""Keys that change (RFC 9001 6), connections that end (RFC 9000 10), and datagrams (RFC 9221)."""

from collections.abc import Callable

from workbench.api import CheckFailed, Peer, varint
from workbench_quic.checks.building import Parameter, close, frame
from workbench_quic.checks.talk import Talk, greet
from workbench_quic.checks.verdicts import QUIET_S, Code, case, expect_alive, expect_close, require, should
from workbench_quic.frame_types import Type
from workbench_quic.levels import Level

__all__ = ["CHECKS"]

_SILENCE_S = 3.0
"""Longer than the time-out of the case about silence, and than three probes (RFC 9000 10.1)."""


def _updated(times: int) -> Callable[[Peer], None]:
    def run(peer: Peer) -> None:
        talk = greet(peer)
        for _ in range(times):
            talk.update_keys()
            expect_alive(talk)  # an acknowledgement in the new phase allows the next update (RFC 9001 6.1) ...
            talk.until(lambda: False, QUIET_S)  # ... and some time has to pass for packets that are late (6.5)

    return run


def _follows(peer: Peer) -> None:
    talk = greet(peer)
    expect_alive(talk)
    before = talk.generation
    talk.update_keys()
    expect_alive(talk)
    if talk.generation == before:
        raise CheckFailed("expected the server to update its keys, too, got packets of the old ones")


def _late(peer: Peer) -> None:
    """RFC 9001 6.5: packets that were under way while keys changed are still opened."""
    talk = greet(peer)
    late = talk.packet(b"\x01")
    number = talk.last_number
    talk.update_keys()
    expect_alive(talk)
    peer.send(late)
    talk.until(lambda: talk.acknowledged(number))
    if not talk.acknowledged(number):
        raise CheckFailed(f"expected a late packet of the old keys to be acknowledged, got {talk.heard()}")


def _forged(peer: Peer) -> None:
    """RFC 9001 6.3: a packet of another phase that does not authenticate changes nothing."""
    talk = greet(peer)
    packet = bytearray(talk.packet(b"\x01" * 20))
    packet[-1] ^= 1
    peer.send(bytes(packet))
    expect_alive(talk)


def _draining(peer: Peer) -> None:
    talk = greet(peer)
    talk.acknowledges = False
    talk.send(close(Code.NO_ERROR))
    talk.until(lambda: False, QUIET_S)
    before = len(talk.packets)
    for _ in range(3):
        talk.send(b"\x01")
    talk.until(lambda: len(talk.packets) > before, QUIET_S)
    said = [item for packet in talk.packets[before:] for item in packet.items if item.kind != Type.CONNECTION_CLOSE]
    if said:
        raise CheckFailed(f"expected silence after our CONNECTION_CLOSE, got {talk.heard()}")


def _closing(peer: Peer) -> None:
    """RFC 9000 10.2.1: whoever has closed says CONNECTION_CLOSE and nothing else."""
    talk = greet(peer)
    talk.send(frame(Type.HANDSHAKE_DONE))
    expect_close(talk, Code.PROTOCOL_VIOLATION)
    at = len(talk.packets)
    for _ in range(3):
        talk.send(b"\x01")
    talk.until(lambda: False, QUIET_S)
    late = [item for packet in talk.packets[at:] for item in packet.items]
    if any(item.kind not in (Type.PADDING, Type.CONNECTION_CLOSE, Type.CONNECTION_CLOSE_APP) for item in late):
        raise CheckFailed(f"expected CONNECTION_CLOSE or silence after closing, got {talk.heard()}")


def _close_in_handshake(peer: Peer) -> None:
    """A close before the handshake is done: nothing goes on, and a new connection can be made."""
    talk = Talk(peer)
    talk.begin()
    talk.until(lambda: bool(talk.packets))
    peer.send(talk.initial(close(Code.INTERNAL_ERROR)))
    greet(peer.again())


def _idle(peer: Peer) -> None:
    """RFC 9000 10.1: the smaller of both time-outs holds."""
    talk = greet(peer, values={Parameter.IDLE_TIMEOUT: 700})
    talk.acknowledges = False
    talk.until(lambda: False, _SILENCE_S)  # whatever it sends meanwhile without an answer does not keep the connection (10.1)
    before = len(talk.items(Type.ACK))
    talk.send(b"\x01")
    talk.until(lambda: len(talk.items(Type.ACK)) > before, QUIET_S)
    if len(talk.items(Type.ACK)) > before:
        raise CheckFailed(
            "expected the connection to be over after both were silent for longer than max_idle_timeout, got an ACK"
        )


def _datagram_unasked(peer: Peer) -> None:
    talk = greet(peer)
    require(not talk.limits.get(Parameter.DATAGRAM), "it takes DATAGRAM frames")
    talk.send(frame(Type.DATAGRAM_LEN, 4, b"data"))
    expect_close(talk, Code.PROTOCOL_VIOLATION, Code.FRAME_ENCODING_ERROR)


def _datagram_large(peer: Peer) -> None:
    talk = greet(peer, values={Parameter.DATAGRAM: 65_535})
    limit = talk.limits.get(Parameter.DATAGRAM, 0)
    require(0 < limit < 1100, "it takes none, or all that fit into a packet")
    talk.send(frame(Type.DATAGRAM_LEN, limit, bytes(limit)))
    expect_close(talk, Code.PROTOCOL_VIOLATION)


def _datagram(peer: Peer) -> None:
    talk = greet(peer, values={Parameter.DATAGRAM: 65_535})
    require(bool(talk.limits.get(Parameter.DATAGRAM)), "it takes no DATAGRAM frames")
    talk.send(varint(Type.DATAGRAM_LEN) + b"\x04data")
    number = talk.last_number
    talk.until(lambda: talk.closed is not None or talk.acknowledged(number))
    if not talk.acknowledged(number) and (talk.closed is None or talk.closed.frame_type is not None):
        raise CheckFailed(f"expected the packet with DATAGRAM to be acknowledged, got {talk.heard()}")


def _no_datagram_unasked(peer: Peer) -> None:
    talk = greet(peer)
    talk.until(lambda: False, QUIET_S)
    if talk.items(Type.DATAGRAM, Type.DATAGRAM_LEN, level=Level.ONE_RTT):
        raise CheckFailed("expected no DATAGRAM frames, as we take none, got some")


CHECKS = (
    case("keys-updated", "9001 6", "The client may update keys", _updated(1)),
    case("keys-updated-often", "9001 6.1", "Keys may be updated again once an update was acknowledged", _updated(4)),
    case("keys-followed", "9001 6.2", "The server answers an update with one of its own", _follows),
    should("keys-late-packet", "9001 6.5", "Packets of the old keys are still opened for a while", _late),
    case("keys-forged", "9001 6.3", "A packet that does not authenticate changes nothing", _forged),
    case("close-drains", "9000 10.2.2", "After the client's CONNECTION_CLOSE nothing more is sent", _draining),
    case("close-only", "9000 10.2.1", "An endpoint that has closed says nothing but CONNECTION_CLOSE", _closing),
    case("close-early", "9000 10.2.3", "A CONNECTION_CLOSE before the handshake is done is taken", _close_in_handshake),
    case("close-idle", "9000 10.1", "A connection is over when both were silent for the smaller max_idle_timeout", _idle),
    case("datagram-unasked", "9221 3", "DATAGRAM to a server that takes none is PROTOCOL_VIOLATION", _datagram_unasked),
    case("datagram-large", "9221 3", "DATAGRAM beyond max_datagram_frame_size is PROTOCOL_VIOLATION", _datagram_large),
    case("datagram-acknowledged", "9221 5.2", "DATAGRAM frames are acknowledged", _datagram),
    case("datagram-none-sent", "9221 3", "A server sends no DATAGRAM to a client that takes none", _no_datagram_unasked),
)
