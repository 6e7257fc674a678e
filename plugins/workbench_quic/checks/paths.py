"""Connection IDs and addresses: issuing and retiring, probing and moving (RFC 9000 5.1, 8.2, 9, 10.3)."""

from os import urandom

from workbench.api import CheckFailed, Peer
from workbench_quic.checks.building import Parameter, frame, new_connection_id
from workbench_quic.checks.talk import Talk, greet
from workbench_quic.checks.verdicts import QUIET_S, Code, case, closes, expect_alive, expect_close, require, should
from workbench_quic.frame_items import NewConnectionId, Numbers, PathData
from workbench_quic.frame_types import Type

__all__ = ["CHECKS"]

_PATIENCE_S = 1.5


def _issued(talk: Talk) -> list[NewConnectionId]:
    """Connection IDs that the server offers; waits for them a little."""
    talk.until(lambda: bool(talk.items(Type.NEW_CONNECTION_ID)), QUIET_S)
    return [item for item in talk.items(Type.NEW_CONNECTION_ID) if isinstance(item, NewConnectionId)]


def _too_many(peer: Peer) -> None:
    talk = greet(peer)
    limit = talk.limits.get(Parameter.ACTIVE_IDS, 2)
    require(limit < 64, f"it takes {limit} connection IDs")
    talk.send(*(new_connection_id(number, urandom(8), token=urandom(16)) for number in range(1, limit + 2)))
    expect_close(talk, Code.CONNECTION_ID_LIMIT_ERROR)


def _within_limit(peer: Peer) -> None:
    """Our limit is 4: with the one of the handshake, three more may be issued."""
    talk = greet(peer)
    issued = {item.sequence for item in _issued(talk)}
    if len(issued) > 3:
        raise CheckFailed(f"expected at most 3 more connection IDs, as our active_connection_id_limit is 4, got {len(issued)}")


def _own_ids(peer: Peer) -> None:
    issued = {item.sequence: item for item in _issued(greet(peer))}
    require(bool(issued), "it issues no connection IDs")
    if sorted(issued) != list(range(1, len(issued) + 1)):
        raise CheckFailed(f"expected sequence numbers that grow by one, got {sorted(issued)}")
    if len({item.cid for item in issued.values()}) != len(issued) or len({item.token for item in issued.values()}) != len(issued):
        raise CheckFailed("expected different connection IDs with different tokens, got some twice")


def _other_id(peer: Peer) -> None:
    talk = greet(peer)
    issued = _issued(talk)
    require(bool(issued), "it issues no connection IDs")
    talk.destination = issued[0].cid
    expect_alive(talk)


def _retire(peer: Peer) -> None:
    """RFC 9000 5.1.2: an ID that we retire is replaced, and the connection goes on with another."""
    talk = greet(peer)
    issued = _issued(talk)
    require(bool(issued), "it issues no connection IDs")
    talk.destination = issued[0].cid
    talk.send(frame(Type.RETIRE_CONNECTION_ID, 0))
    expect_alive(talk)


def _replaced(peer: Peer) -> None:
    talk = greet(peer)
    issued = _issued(talk)
    require(bool(issued), "it issues no connection IDs")
    talk.destination = issued[0].cid
    newest = max(item.sequence for item in issued)
    talk.send(frame(Type.RETIRE_CONNECTION_ID, 0))
    talk.until(lambda: any(item.sequence > newest for item in _known(talk)), _PATIENCE_S)
    if not any(item.sequence > newest for item in _known(talk)):
        raise CheckFailed(f"expected another connection ID for the one retired, got {talk.heard()}")


def _known(talk: Talk) -> list[NewConnectionId]:
    return [item for item in talk.items(Type.NEW_CONNECTION_ID) if isinstance(item, NewConnectionId)]


def _retires_ours(peer: Peer) -> None:
    """RFC 9000 5.1.2: retire_prior_to is obeyed, and said so."""
    talk = greet(peer)
    second = urandom(8)
    talk.send(new_connection_id(1, second, retire=1, token=urandom(16)))
    first, talk.source = talk.source, second
    talk.send(b"\x01")
    talk.until(lambda: bool(talk.items(Type.RETIRE_CONNECTION_ID)))
    retired = [item.values[0] for item in talk.items(Type.RETIRE_CONNECTION_ID) if isinstance(item, Numbers)]
    if 0 not in retired:
        raise CheckFailed(f"expected RETIRE_CONNECTION_ID for {first.hex()} on the new ID, got {talk.heard()}")


def _challenge(peer: Peer) -> None:
    talk = greet(peer)
    data = urandom(8)
    talk.send(frame(Type.PATH_CHALLENGE, data))
    talk.until(lambda: talk.closed is not None or bool(talk.items(Type.PATH_RESPONSE)))
    answers = [item.data for item in talk.items(Type.PATH_RESPONSE) if isinstance(item, PathData)]
    if answers != [data]:
        raise CheckFailed(f"expected PATH_RESPONSE with {data.hex()}, got {[answer.hex() for answer in answers]}; {talk.heard()}")


def _moves(peer: Peer) -> None:
    """From another port: the server proves the new address before it believes in it, and goes on there."""
    talk = greet(peer)
    require(dict(talk.given).get(Parameter.DISABLE_MIGRATION) is None, "it allows no migration")
    issued = _issued(talk)
    require(bool(issued), "it issues no connection IDs")
    talk.destination = issued[0].cid
    talk.peer = peer.again()
    talk.send(b"\x01")
    talk.until(lambda: bool(talk.items(Type.PATH_CHALLENGE)))
    challenges = [item for item in talk.items(Type.PATH_CHALLENGE) if isinstance(item, PathData)]
    if not challenges:
        raise CheckFailed(f"expected PATH_CHALLENGE to the new address, got {talk.heard()}")
    talk.send(*(frame(Type.PATH_RESPONSE, item.data) for item in challenges))
    expect_alive(talk)


def _unknown_id(peer: Peer) -> None:
    """RFC 9000 10.3.3: what answers a packet of nobody is smaller than that packet, or two endpoints would never stop."""
    talk = Talk(peer)
    packet = bytes((0x41,)) + urandom(60)
    peer.send(packet)
    talk.until(lambda: bool(talk.datagrams), QUIET_S)
    long = [len(datagram) for datagram in talk.datagrams if len(datagram) >= len(packet)]
    if long:
        raise CheckFailed(f"expected nothing, or a Stateless Reset below {len(packet)} bytes, got {long} bytes")
    greet(peer.again())


def _tiny(peer: Peer) -> None:
    """A packet too small to be answered by anything smaller."""
    talk = Talk(peer)
    peer.send(bytes((0x41,)) + urandom(20))
    talk.until(lambda: bool(talk.datagrams), QUIET_S)
    if talk.datagrams:
        raise CheckFailed(f"expected no answer to 21 bytes of nobody, got {len(talk.datagrams[0])} bytes")
    greet(peer.again())


def _reset_token(peer: Peer) -> None:
    """A connection that the server has forgotten cannot be made here; its token has only to be there with the ID."""
    talk = greet(peer)
    zero = [item for item in _issued(talk) if item.token == bytes(16)]
    if zero:
        raise CheckFailed("expected tokens that are hard to guess, got zeros")


_ENCODING = (Code.FRAME_ENCODING_ERROR,)

CHECKS = (
    case(
        "id-empty",
        "9000 19.15",
        "NEW_CONNECTION_ID without an ID is FRAME_ENCODING_ERROR",
        closes(new_connection_id(1, b""), codes=_ENCODING),
    ),
    case(
        "id-long",
        "9000 19.15",
        "NEW_CONNECTION_ID with 21 bytes is FRAME_ENCODING_ERROR",
        closes(new_connection_id(1, bytes(21)), codes=_ENCODING),
    ),
    case(
        "id-retires-later",
        "9000 19.15",
        "retire_prior_to above the sequence number is FRAME_ENCODING_ERROR",
        closes(new_connection_id(1, bytes(8), 2), codes=_ENCODING),
    ),
    case("id-too-many", "9000 5.1.1", "More IDs than the server takes are CONNECTION_ID_LIMIT_ERROR", _too_many),
    case("id-within-limit", "9000 5.1.1", "The server issues no more IDs than we take", _within_limit),
    case("id-sequence", "9000 5.1.1", "IDs of the server are numbered one by one, and differ", _own_ids),
    case("id-other", "9000 5.1", "An issued ID can be used at once", _other_id),
    case("id-retired", "9000 5.1.2", "An ID can be retired", _retire),
    should("id-replaced", "9000 5.1.1", "A retired ID is replaced by a new one", _replaced),
    case("id-retires-ours", "9000 5.1.2", "IDs below retire_prior_to are retired", _retires_ours),
    case(
        "id-retire-unborn",
        "9000 19.16",
        "RETIRE_CONNECTION_ID for an ID never issued is PROTOCOL_VIOLATION",
        closes(frame(Type.RETIRE_CONNECTION_ID, 1000), codes=(Code.PROTOCOL_VIOLATION,)),
    ),
    case("id-token-random", "9000 10.3.2", "Stateless reset tokens are hard to guess", _reset_token),
    case("path-challenge", "9000 8.2.2", "PATH_CHALLENGE is answered with its own data, once", _challenge),
    case("path-moves", "9000 9.3", "A client that moved is challenged at its new address, and goes on there", _moves),
    case("reset-smaller", "9000 10.3.3", "A Stateless Reset is smaller than the packet that provoked it", _unknown_id),
    case("reset-none-for-tiny", "9000 10.3", "A packet of 21 bytes is not answered", _tiny),
)
