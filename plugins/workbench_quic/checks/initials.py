"""The first packets: which datagrams count, what their answers look like, and how much is sent to an address nobody has proved (RFC 9000 8,
14, 17.2, RFC 9001 5)."""

from collections.abc import Callable
from os import urandom

from workbench.api import CheckFailed, Peer
from workbench_quic.checks.building import close, crypto, frame, new_connection_id, stream
from workbench_quic.checks.talk import SMALLEST, Talk, connect, greet
from workbench_quic.checks.verdicts import (
    QUIET_S,
    Code,
    case,
    expect_alive,
    expect_close,
    expect_handshake,
    should,
)
from workbench_quic.frame_types import Type, is_eliciting
from workbench_quic.levels import Level

__all__ = ["CHECKS"]

_AMPLIFICATION = 3
"""RFC 9000 8.1: bytes sent for each byte received, before the address is validated."""

_LISTEN_S = 1.5
"""Long enough for the first probes of a server that hears nothing."""


def _ignored_then_works(spoil: Callable[[bytes], bytes]) -> Callable[[Peer], None]:
    """A first datagram spoilt like this is dropped; a sound one on the same connection IDs works."""

    def run(peer: Peer) -> None:
        talk = Talk(peer)
        talk.follows_retry = False  # a server that proves addresses first has not looked into the packet yet
        peer.send(spoil(talk.initial(crypto(0, talk.hello()))))
        talk.until(lambda: bool(talk.packets), QUIET_S)
        if talk.packets:
            raise CheckFailed(f"expected the packet to be dropped, got {talk.heard()}")
        talk.follows_retry = True
        expect_handshake(talk)

    return run


def _small(peer: Peer) -> None:
    talk = Talk(peer)
    peer.send(talk.initial(crypto(0, talk.hello()), size=0))
    talk.until(lambda: bool(talk.datagrams), QUIET_S)
    if talk.datagrams and (talk.closed is None or talk.closed.code != Code.PROTOCOL_VIOLATION):
        raise CheckFailed(f"expected the datagram to be discarded, or PROTOCOL_VIOLATION, got {talk.heard()}")
    greet(peer.again())


def _amplification(peer: Peer) -> None:
    talk = Talk(peer)
    talk.acknowledges = False
    size = SMALLEST
    peer.send(talk.initial(crypto(0, talk.hello())))
    # answer nothing: what the server makes of silence are probes, and they count, too
    while found := peer.receive_datagrams(patience_s=_LISTEN_S):
        talk.datagrams += found
    sent = sum(map(len, talk.datagrams))
    if not sent:
        raise CheckFailed("expected an answer to the ClientHello, got nothing")
    if sent > _AMPLIFICATION * size:
        raise CheckFailed(f"expected at most {_AMPLIFICATION * size} bytes for the {size} received, got {sent}")


def _padded(peer: Peer) -> None:
    talk = connect(Talk(peer))
    short = [p.size for p in talk.packets if p.level is Level.INITIAL and is_eliciting(p.items) and p.size < SMALLEST]
    if short:
        raise CheckFailed(f"expected datagrams with ack-eliciting Initial packets to have {SMALLEST} bytes, got {short}")


def _ids(peer: Peer) -> None:
    talk = connect(Talk(peer))
    sources = {packet.source for packet in talk.packets if packet.level is not Level.ONE_RTT}
    if len(sources) != 1:
        raise CheckFailed(f"expected one Source Connection ID in all long headers, got {sorted(each.hex() for each in sources)}")


def _spread(peer: Peer) -> None:
    talk = Talk(peer)
    hello = talk.hello()
    third = len(hello) // 3
    pieces = [(0, hello[:third]), (third, hello[third : 2 * third]), (2 * third, hello[2 * third :])]
    for offset, data in reversed(pieces):
        talk.send(crypto(offset, data), level=Level.INITIAL)
    _confirmed(talk)


def _frames(peer: Peer) -> None:
    talk = Talk(peer)
    hello = talk.hello()
    half = len(hello) // 2
    talk.send(b"\x01", crypto(half, hello[half:]), b"\0\0", crypto(0, hello[: half + 7]), level=Level.INITIAL)
    _confirmed(talk)


def _confirmed(talk: Talk) -> None:
    talk.until(lambda: talk.closed is not None or (talk.tls.done and bool(talk.items(Type.HANDSHAKE_DONE))))
    if not talk.tls.done or talk.closed is not None:
        raise CheckFailed(f"expected the handshake to come about, got {talk.heard()}")


def _retransmitted(peer: Peer) -> None:
    talk = Talk(peer)
    for _ in range(2):
        talk.send(crypto(0, talk.hello()), level=Level.INITIAL)
    _confirmed(talk)


def _duplicate(peer: Peer) -> None:
    talk = Talk(peer)
    datagram = talk.initial(crypto(0, talk.hello()))
    peer.send(datagram)
    peer.send(datagram)
    _confirmed(talk)


def _forbidden(*frames: bytes) -> Callable[[Peer], None]:
    """These frames must not be in an Initial packet."""

    def run(peer: Peer) -> None:
        talk = Talk(peer)
        talk.send(crypto(0, talk.hello()), *frames, level=Level.INITIAL)
        expect_close(talk, Code.PROTOCOL_VIOLATION, Code.FRAME_ENCODING_ERROR)

    return run


def _reserved(peer: Peer) -> None:
    talk = Talk(peer)
    peer.send(talk.initial(crypto(0, talk.hello()), reserved=3))
    expect_close(talk, Code.PROTOCOL_VIOLATION)


def _other_destination(peer: Peer) -> None:
    talk = Talk(peer)
    other = talk.packet(close(Code.INTERNAL_ERROR), Level.INITIAL, destination=urandom(8))
    peer.send(talk.initial(crypto(0, talk.hello())) + other)
    _confirmed(talk)


def _trailing(peer: Peer) -> None:
    talk = Talk(peer)
    peer.send(talk.initial(crypto(0, talk.hello())) + urandom(40))
    _confirmed(talk)


def _token(peer: Peer) -> None:
    talk = Talk(peer)
    talk.token = urandom(40)
    talk.begin()
    talk.until(lambda: talk.closed is not None or bool(talk.items(Type.HANDSHAKE_DONE)))
    if not talk.tls.done and (talk.closed is None or talk.closed.code not in (Code.INVALID_TOKEN, Code.CONNECTION_REFUSED)):
        raise CheckFailed(f"expected a token that is none to be passed over, or INVALID_TOKEN, got {talk.heard()}")


def _initial_after(peer: Peer) -> None:
    """RFC 9001 4.9.1: a server discards Initial keys with the first Handshake packet it opens, so nothing in them counts any more."""
    talk = connect(Talk(peer))
    before = len(talk.items(level=Level.INITIAL))
    peer.send(talk.initial(close(Code.INTERNAL_ERROR)))
    expect_alive(talk)
    if len(talk.items(level=Level.INITIAL)) > before:
        raise CheckFailed(f"expected no answer to an Initial packet after the handshake, got {talk.heard()}")


def _flip(data: bytes) -> bytes:
    return data[:-1] + bytes((data[-1] ^ 1,))


def _unfix(data: bytes) -> bytes:
    return bytes((data[0] & ~0x40,)) + data[1:]


CHECKS = (
    case("initial-corrupted", "9001 5.5", "A packet that does not authenticate is dropped", _ignored_then_works(_flip)),
    case(
        "initial-cut",
        "9000 12.2",
        "A packet that is shorter than its Length is dropped",
        _ignored_then_works(lambda data: data[: SMALLEST // 2]),
    ),
    case("initial-fixed-bit", "9000 17.2", "A packet without the fixed bit is dropped", _ignored_then_works(_unfix)),
    case("initial-small", "9000 14.1", "An Initial packet in a datagram below 1200 bytes is discarded", _small),
    case(
        "initial-amplification",
        "9000 8.1",
        "At most three times the bytes received are sent before the address is validated",
        _amplification,
    ),
    case(
        "initial-answer-padded",
        "9000 14.1",
        "Datagrams with ack-eliciting Initial packets of the server have at least 1200 bytes",
        _padded,
    ),
    case("initial-source-id", "9000 7.2", "The server keeps the Source Connection ID that it chose", _ids),
    case("initial-hello-backwards", "9000 7.5", "CRYPTO data that arrive out of order are buffered", _spread),
    case(
        "initial-hello-frames",
        "9000 19.6",
        "A ClientHello in several CRYPTO frames that overlap, with PING and PADDING between them",
        _frames,
    ),
    case("initial-hello-again", "9000 13.3", "The same CRYPTO data in another packet change nothing", _retransmitted),
    case("initial-duplicate", "9000 12.3", "A packet that arrives twice is taken once", _duplicate),
    case("initial-stream", "9000 12.4", "STREAM in an Initial packet is an error", _forbidden(stream(0, b"x"))),
    case(
        "initial-handshake-done",
        "9000 12.4",
        "HANDSHAKE_DONE in an Initial packet is an error",
        _forbidden(frame(Type.HANDSHAKE_DONE)),
    ),
    case("initial-max-data", "9000 12.4", "MAX_DATA in an Initial packet is an error", _forbidden(frame(Type.MAX_DATA, 1 << 20))),
    case(
        "initial-new-id",
        "9000 12.4",
        "NEW_CONNECTION_ID in an Initial packet is an error",
        _forbidden(new_connection_id(1, bytes(8))),
    ),
    case(
        "initial-path-challenge",
        "9000 12.4",
        "PATH_CHALLENGE in an Initial packet is an error",
        _forbidden(frame(Type.PATH_CHALLENGE, bytes(8))),
    ),
    case(
        "initial-application-close",
        "9000 12.5",
        "The application's CONNECTION_CLOSE in an Initial packet is an error",
        _forbidden(close(0, application=True)),
    ),
    case("initial-unknown-frame", "9000 12.4", "A frame of an unknown type is an error", _forbidden(frame(0x3F5A))),
    case("initial-reserved-bits", "9000 17.2", "Reserved bits that are set, once protection is removed, are an error", _reserved),
    should(
        "initial-other-destination",
        "9000 12.2",
        "Coalesced packets with another Destination Connection ID are ignored",
        _other_destination,
    ),
    case("initial-trailing-bytes", "9000 12.2", "Bytes behind the last packet that cannot be read change nothing", _trailing),
    should("initial-token-unknown", "9000 8.1.3", "A token that the server did not make is as good as none", _token),
    case(
        "initial-after-handshake",
        "9001 4.9.1",
        "Initial packets count for nothing once the server has opened a Handshake packet",
        _initial_after,
    ),
)
