"""Versions: what is answered to those a server does not know (RFC 8999, RFC 9000 6, RFC 9368)."""

from os import urandom

from workbench.api import CheckFailed, CheckSkipped, Peer
from workbench_quic.checks.building import Parameter, crypto
from workbench_quic.checks.talk import SMALLEST, Talk, greet
from workbench_quic.checks.verdicts import Code, case, expect_close, expect_handshake, expect_silence, require, should
from workbench_quic.frame_types import Type
from workbench_quic.levels import Level
from workbench_quic.versions import V1, V2, is_greased

__all__ = ["CHECKS"]

_STRANGE = 0x5A5A5A5A
"""Of the form 0x?a?a?a?a: no server knows it, today or ever (RFC 9000 15)."""

_LONG_HEADER = 0xC0


def _strange(destination: bytes, source: bytes, size: int = SMALLEST, version: int = _STRANGE) -> bytes:
    """A long header of a version, and nothing that means anything behind it."""
    head = bytes((_LONG_HEADER,)) + version.to_bytes(4, "big")
    head += bytes((len(destination),)) + destination + bytes((len(source),)) + source
    return head.ljust(size, b"\x5a")


def _negotiated(peer: Peer, destination: bytes, source: bytes) -> Talk:
    talk = Talk(peer)
    peer.send(_strange(destination, source))
    if not talk.until(lambda: bool(talk.negotiation)):
        raise CheckFailed(f"expected Version Negotiation, got {talk.heard()}")
    return talk


def _answered(peer: Peer) -> None:
    _negotiated(peer, urandom(8), urandom(8))


def _echoed(peer: Peer) -> None:
    destination, source = urandom(9), urandom(5)
    answer = _negotiated(peer, destination, source).negotiation
    expected = bytes((len(source),)) + source + bytes((len(destination),)) + destination
    if not answer.startswith(expected, 5):
        raise CheckFailed(f"expected our connection IDs the other way round ({expected.hex()}), got {answer[5:30].hex()}")


def _long_ids(peer: Peer) -> None:
    destination, source = urandom(255), urandom(200)
    answer = _negotiated(peer, destination, source).negotiation
    if destination not in answer or source not in answer:
        raise CheckFailed(f"expected connection IDs of 255 and 200 bytes to come back whole, got {len(answer)} bytes")


def _honest(peer: Peer) -> None:
    versions = _negotiated(peer, urandom(8), urandom(8)).negotiated
    if _STRANGE in versions or not versions:
        raise CheckFailed(f"expected versions other than the one refused, got {[hex(version) for version in versions]}")


def _usable(peer: Peer) -> None:
    versions = _negotiated(peer, urandom(8), urandom(8)).negotiated
    known = [version for version in versions if version in (V1, V2)]
    require(bool(known), "it offers neither version 1 nor version 2")
    for version in known:
        expect_handshake(Talk(peer.again(), version=version))


def _greased(peer: Peer) -> None:
    versions = _negotiated(peer, urandom(8), urandom(8)).negotiated
    if not any(map(is_greased, versions)):
        raise CheckFailed(f"expected a reserved version among those offered, got {[hex(version) for version in versions]}")


def _small(peer: Peer) -> None:
    talk = Talk(peer)
    peer.send(_strange(urandom(8), urandom(8), SMALLEST - 1))
    expect_silence(talk, 0)
    greet(peer.again())


def _of_negotiation(peer: Peer) -> None:
    talk = Talk(peer)
    peer.send(_strange(urandom(8), urandom(8), version=0))
    expect_silence(talk, 0)
    greet(peer.again())


def _not_in_the_middle(peer: Peer) -> None:
    talk = greet(peer)
    peer.send(_strange(talk.destination, talk.source, 64))
    talk.send(b"\x01")
    talk.until(lambda: bool(talk.negotiation), 0.4)
    if talk.negotiation:
        raise CheckFailed("expected a short packet of another version to be dropped, got Version Negotiation")


def _no_downgrade(peer: Peer) -> None:
    talk = greet(peer)
    information = dict(talk.given).get(Parameter.VERSIONS)
    require(information is not None, "it says no version_information")
    assert information is not None
    chosen = int.from_bytes(information[:4], "big")
    if chosen != talk.version.number or len(information) % 4:
        raise CheckFailed(
            f"expected the version that is spoken ({talk.version.number:#x}) to be the chosen one, got {information.hex()}"
        )


def _unknown_information(peer: Peer) -> None:
    mine = Talk(peer).version.number
    information = b"".join(version.to_bytes(4, "big") for version in (mine, _STRANGE, mine))
    talk = expect_handshake(Talk(peer, values={Parameter.VERSIONS: information}))
    if talk.version.number != mine:
        raise CheckFailed(f"expected version {mine:#x}, the only one we both know, got {talk.version.number:#x}")


def _zero_chosen(peer: Peer) -> None:
    talk = Talk(peer, values={Parameter.VERSIONS: bytes(4)})
    talk.begin()
    talk.until(lambda: talk.closed is not None or bool(talk.items(Type.HANDSHAKE_DONE)))
    if talk.closed is None and Parameter.VERSIONS not in dict(talk.given):
        raise CheckSkipped("it does not know version_information")
    expect_close(talk, Code.TRANSPORT_PARAMETER_ERROR, Code.VERSION_NEGOTIATION_ERROR)


def _hello_twice(peer: Peer) -> None:
    talk = Talk(peer)
    peer.send(_strange(talk.original, talk.source))
    talk.until(lambda: bool(talk.negotiation))
    talk.send(crypto(0, talk.hello()), level=Level.INITIAL)
    if not talk.until(lambda: bool(talk.packets) or bool(talk.retries)):
        raise CheckFailed(f"expected a connection after Version Negotiation, got {talk.heard()}")


CHECKS = (
    should(
        "version-unknown",
        "9000 6.1",
        "A packet of an unknown version, large enough to begin a connection, is answered with Version Negotiation",
        _answered,
    ),
    case("version-ids-swapped", "9000 17.2.1", "Version Negotiation repeats the connection IDs the other way round", _echoed),
    should(
        "version-ids-long", "9000 17.2", "Connection IDs longer than 20 bytes are read to form Version Negotiation", _long_ids
    ),
    case(
        "version-not-refused-one",
        "9000 6.1",
        "Version Negotiation lists versions that the server accepts, not the refused one",
        _honest,
    ),
    case("version-listed-works", "9000 6.1", "A listed version can be used", _usable),
    case("version-after-negotiation", "9000 6.2", "After Version Negotiation a connection can be made", _hello_twice),
    case("version-small-datagram", "9000 5.2.2", "A datagram below 1200 bytes that names an unknown version is dropped", _small),
    case(
        "version-no-answer-to-negotiation",
        "9000 6.1",
        "Version Negotiation is never answered with Version Negotiation",
        _of_negotiation,
    ),
    case(
        "version-not-within-connection",
        "9000 6.1",
        "A small packet of another version within a connection is not negotiated about",
        _not_in_the_middle,
    ),
    case(
        "version-information-true",
        "9368 3",
        "version_information of the server names the version in use as the chosen one",
        _no_downgrade,
    ),
    case(
        "version-information-unknown",
        "9368 2.3",
        "Unknown versions in the client's version_information are ignored",
        _unknown_information,
    ),
    case("version-information-zero", "9368 4", "A chosen version of zero is a parsing failure", _zero_chosen),
)
