"""How TLS is used (RFC 9001 4, 8): which ClientHellos are refused, and what must not be said in CRYPTO frames."""

from collections.abc import Callable

from workbench.api import CheckFailed, Peer
from workbench_quic.checks.building import crypto, numbers_of
from workbench_quic.checks.talk import Talk, connect, greet
from workbench_quic.checks.verdicts import Code, case, expect_alive, expect_close, require, should
from workbench_quic.frame_types import Type
from workbench_quic.levels import Level

__all__ = ["CHECKS"]

_VERSIONS_EXTENSION, _TLS13, _TLS12 = b"\x00\x2b", b"\x03\x04", b"\x03\x03"
_FULL_EARLY_DATA = 0xFFFFFFFF
_EARLY_DATA = 42
_KEY_UPDATE = bytes.fromhex("1800000100")
_FINISHED = b"\x14\x00\x00\x20" + bytes(32)


def _altered(change: Callable[[bytes], bytes], *codes: int) -> Callable[[Peer], None]:
    """A ClientHello changed like this is refused."""

    def run(peer: Peer) -> None:
        talk = Talk(peer)
        talk.send(crypto(0, change(talk.hello())), level=Level.INITIAL)
        expect_close(talk, *codes)

    return run


def _only_tls12(hello: bytes) -> bytes:
    at = hello.index(_VERSIONS_EXTENSION + b"\x00\x03\x02" + _TLS13)
    return hello[: at + 5] + _TLS12 + hello[at + 7 :]


def _no_alpn(peer: Peer) -> None:
    talk = Talk(peer, alpn=["workbench/none"])
    talk.begin()
    expect_close(talk, Code.NO_APPLICATION_PROTOCOL)


def _no_parameters(peer: Peer) -> None:
    talk = Talk(peer, raw=b"")
    talk.begin()
    expect_close(talk, Code.MISSING_EXTENSION)


def _session_id(peer: Peer) -> None:
    talk = Talk(peer)
    talk.tls.offer_session(bytes(32))
    talk.begin()
    expect_close(talk, Code.PROTOCOL_VIOLATION)


def _message(data: bytes, *codes: int) -> Callable[[Peer], None]:
    """This handshake message in 1-RTT packets is an error."""

    def run(peer: Peer) -> None:
        talk = greet(peer)
        talk.send(crypto(0, data))
        expect_close(talk, *codes)

    return run


def _handshake_done(peer: Peer) -> None:
    talk = connect(Talk(peer))
    wrong = [packet.level.name for packet in talk.packets if packet.level is not Level.ONE_RTT and _is_done(packet.items)]
    if wrong:
        raise CheckFailed(f"expected HANDSHAKE_DONE in 1-RTT packets only, got it in {wrong}")


def _is_done(items: object) -> bool:
    """Whether HANDSHAKE_DONE is among frames."""
    return any(item.kind == Type.HANDSHAKE_DONE for item in items)  # type: ignore[attr-defined]


def _tickets(peer: Peer) -> None:
    talk = greet(peer)
    talk.until(lambda: bool(talk.tls.tickets), 0.5)
    require(bool(talk.tls.tickets), "it gives no session tickets")
    sizes = [ticket.max_early_data_size for ticket in talk.tls.tickets]
    if any(size not in (None, _FULL_EARLY_DATA) for size in sizes):
        raise CheckFailed(f"expected max_early_data_size to be 0xffffffff or absent, got {sizes}")


def _own_level(peer: Peer) -> None:
    """RFC 9001 4.1.3: what TLS says at one level must not come at another."""
    talk = Talk(peer)
    talk.begin()
    talk.until(lambda: bool(talk.tls.parameters))
    levels = {packet.level for packet in talk.packets for item in packet.items if item.kind == Type.CRYPTO}
    if not {Level.INITIAL, Level.HANDSHAKE} <= levels:
        raise CheckFailed(f"expected ServerHello in Initial and the rest in Handshake packets, got {talk.heard()}")


def _corrupt_finished(peer: Peer) -> None:
    talk = Talk(peer)
    talk.acknowledges = False
    real = talk.send
    spoilt = False

    def send(*frames: bytes, level: Level = Level.ONE_RTT) -> None:
        nonlocal spoilt
        if level is Level.HANDSHAKE and not spoilt:
            spoilt = True
            frames = (*frames[:-1], frames[-1][:-1] + bytes((frames[-1][-1] ^ 1,)))
        real(*frames, level=level)

    talk.send = send  # type: ignore[method-assign]
    talk.begin()
    talk.until(lambda: talk.closed is not None or bool(talk.items(Type.HANDSHAKE_DONE)))
    if talk.items(Type.HANDSHAKE_DONE):
        raise CheckFailed("expected a wrong Finished to be refused, got HANDSHAKE_DONE")
    expect_close(talk, 0x133, 0x132, Code.HANDSHAKE_FAILURE)


def _alive_after_handshake(peer: Peer) -> None:
    expect_alive(greet(peer))


def _no_duplicates(peer: Peer) -> None:
    talk = greet(peer)
    numbers = numbers_of(talk.given)
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    if twice:
        raise CheckFailed(f"expected each transport parameter once, got {[hex(number) for number in twice]} again")


CHECKS = (
    case("tls-handshake", "9001 4.1", "A handshake comes about, and the connection works", _alive_after_handshake),
    case("tls-levels", "9001 4.1.3", "Handshake messages travel at their own level of encryption", _own_level),
    case(
        "tls-version-12",
        "9001 4.2",
        "A client that offers no TLS 1.3 is refused",
        _altered(_only_tls12, Code.PROTOCOL_VERSION, Code.HANDSHAKE_FAILURE),
    ),
    case(
        "tls-alpn-none",
        "9001 8.1",
        "Without a common application protocol the connection ends with no_application_protocol",
        _no_alpn,
    ),
    case(
        "tls-parameters-missing",
        "9001 8.2",
        "A ClientHello without transport parameters is refused with missing_extension",
        _no_parameters,
    ),
    should("tls-session-id", "9001 8.4", "A legacy_session_id, which only TLS over TCP has a use for, is an error", _session_id),
    case(
        "tls-key-update-message",
        "9001 6",
        "The KeyUpdate message of TLS is refused with unexpected_message",
        _message(_KEY_UPDATE, Code.UNEXPECTED_MESSAGE),
    ),
    case(
        "tls-finished-again",
        "8446 4",
        "A handshake message out of its place is refused with unexpected_message",
        _message(_FINISHED, Code.UNEXPECTED_MESSAGE),
    ),
    case("tls-finished-wrong", "8446 4.4.4", "A Finished that does not verify is refused", _corrupt_finished),
    case(
        "tls-done-in-1rtt",
        "9001 4.1.2",
        "HANDSHAKE_DONE comes as soon as the handshake is complete, in 1-RTT packets",
        _handshake_done,
    ),
    case("tls-early-data-size", "9001 4.6.1", "max_early_data_size of session tickets is 0xffffffff", _tickets),
    case("tls-parameters-once", "9000 7.4", "No transport parameter of the server comes twice", _no_duplicates),
)
