"""Transport parameters: which of a client's are refused, and what a server's own have to say (RFC 9000 7.3, 7.4, 18.2)."""

from collections.abc import Callable
from os import urandom

from workbench.api import CheckFailed, Peer
from workbench_quic.checks.building import DEFAULTS, Parameter, parameters
from workbench_quic.checks.talk import Talk, connect, greet
from workbench_quic.checks.verdicts import Code, case, expect_alive, expect_close, expect_handshake, refuses_parameters

__all__ = ["CHECKS"]

_SOURCE = b"%SOURCE%"
"""Where `Talk` puts our connection ID; as long as one."""


def _raw(change: Callable[[list[tuple[int, int | bytes]]], list[tuple[int, int | bytes]]], *codes: int) -> Callable[[Peer], None]:
    """Parameters changed like this are refused."""

    def run(peer: Peer) -> None:
        values = change([*DEFAULTS.items(), (Parameter.INITIAL_SOURCE, _SOURCE)])
        talk = Talk(peer, raw=parameters(values))
        talk.begin()
        expect_close(talk, Code.TRANSPORT_PARAMETER_ERROR, *codes)

    return run


def _truncated(peer: Peer) -> None:
    talk = Talk(peer, raw=parameters([*DEFAULTS.items(), (Parameter.INITIAL_SOURCE, _SOURCE)]) + b"\x01\x04\x80")
    talk.begin()
    expect_close(talk, Code.TRANSPORT_PARAMETER_ERROR, Code.DECODE_ERROR, Code.ILLEGAL_PARAMETER)


def _unknown(peer: Peer) -> None:
    expect_alive(greet(peer, values={31 * 7 + 27: urandom(5), 0x3F5A5A: b""}))


def _of_server(number: int, what: str) -> Callable[[Peer], None]:
    """The server has to say a parameter that is about this connection."""

    def run(peer: Peer) -> None:
        talk = connect(Talk(peer))
        wanted = talk.original if number == Parameter.ORIGINAL_DESTINATION else talk.destination_first
        found = dict(talk.given).get(number)
        if found != wanted:
            raise CheckFailed(f"expected {what} to be {wanted.hex()}, got {found.hex() if found is not None else 'none'}")

    return run


def _retry_source(peer: Peer) -> None:
    talk = connect(Talk(peer))
    found = dict(talk.given).get(Parameter.RETRY_SOURCE)
    wanted = talk.retry_source if talk.retries else None
    if found != wanted:
        said = "none without a Retry" if wanted is None else wanted.hex()
        raise CheckFailed(f"expected retry_source_connection_id to be {said}, got {found.hex() if found is not None else 'none'}")


_BOUNDS = {
    Parameter.UDP_PAYLOAD: ("max_udp_payload_size", 1200, 1 << 62),
    Parameter.ACK_DELAY_EXPONENT: ("ack_delay_exponent", 0, 20),
    Parameter.MAX_ACK_DELAY: ("max_ack_delay", 0, (1 << 14) - 1),
    Parameter.ACTIVE_IDS: ("active_connection_id_limit", 2, 1 << 62),
    Parameter.STREAMS_BIDI: ("initial_max_streams_bidi", 0, 1 << 60),
    Parameter.STREAMS_UNI: ("initial_max_streams_uni", 0, 1 << 60),
}
"""RFC 9000 18.2: name, smallest and largest value."""


def _in_bounds(peer: Peer) -> None:
    limits = connect(Talk(peer)).limits
    for number, (name, low, high) in _BOUNDS.items():
        if number in limits and not low <= limits[number] <= high:
            raise CheckFailed(f"expected {name} between {low} and {high}, got {limits[number]}")


def _token_size(peer: Peer) -> None:
    given = dict(connect(Talk(peer)).given)
    token = given.get(Parameter.RESET_TOKEN)
    if token is not None and len(token) != 16:
        raise CheckFailed(f"expected a stateless_reset_token of 16 bytes, got {len(token)}")


def _minimal(peer: Peer) -> None:
    """Only what names the connection has no default. Room for some streams is said, too, for applications that begin by opening theirs."""
    room = [(number, DEFAULTS[number]) for number in (Parameter.DATA, Parameter.STREAM_UNI, Parameter.STREAMS_UNI)]
    talk = expect_handshake(Talk(peer, raw=parameters([*room, (Parameter.INITIAL_SOURCE, _SOURCE)])))
    expect_alive(talk)


def _without(*numbers: int) -> Callable[[list[tuple[int, int | bytes]]], list[tuple[int, int | bytes]]]:
    return lambda values: [pair for pair in values if pair[0] not in numbers]


_ADDRESS = bytes(4 + 2 + 16 + 2) + b"\x08" + bytes(8 + 16)

CHECKS = (
    case(
        "parameters-original-destination",
        "9000 7.3",
        "original_destination_connection_id is the first one the client chose",
        _of_server(Parameter.ORIGINAL_DESTINATION, "original_destination_connection_id"),
    ),
    case(
        "parameters-initial-source",
        "9000 7.3",
        "initial_source_connection_id is the server's own",
        _of_server(Parameter.INITIAL_SOURCE, "initial_source_connection_id"),
    ),
    case(
        "parameters-retry-source", "9000 7.3", "retry_source_connection_id is there after a Retry, and then only", _retry_source
    ),
    case("parameters-bounds", "9000 18.2", "The server's own parameters keep within their bounds", _in_bounds),
    case("parameters-token-size", "9000 18.2", "stateless_reset_token has 16 bytes", _token_size),
    case("parameters-minimal", "9000 18.2", "Parameters that are absent have defaults", _minimal),
    case("parameters-unknown", "9000 7.4.2", "Unknown and reserved parameters are ignored", _unknown),
    case("parameters-twice", "9000 7.4", "A parameter that comes twice is an error", _raw(lambda values: [*values, values[0]])),
    case("parameters-cut", "9000 7.4", "Parameters that end in the middle are an error", _truncated),
    case(
        "parameters-from-client-original",
        "9000 18.2",
        "original_destination_connection_id from a client is an error",
        refuses_parameters({Parameter.ORIGINAL_DESTINATION: bytes(8)}),
    ),
    case(
        "parameters-from-client-token",
        "9000 18.2",
        "stateless_reset_token from a client is an error",
        refuses_parameters({Parameter.RESET_TOKEN: bytes(16)}),
    ),
    case(
        "parameters-from-client-address",
        "9000 18.2",
        "preferred_address from a client is an error",
        refuses_parameters({Parameter.PREFERRED_ADDRESS: _ADDRESS}),
    ),
    case(
        "parameters-from-client-retry",
        "9000 18.2",
        "retry_source_connection_id from a client is an error",
        refuses_parameters({Parameter.RETRY_SOURCE: bytes(8)}),
    ),
    case(
        "parameters-source-missing",
        "9000 7.3",
        "A client without initial_source_connection_id is refused",
        _raw(_without(Parameter.INITIAL_SOURCE)),
    ),
    case(
        "parameters-source-wrong",
        "9000 7.3",
        "An initial_source_connection_id other than the header's is an error",
        refuses_parameters({Parameter.INITIAL_SOURCE: b"stranger"}),
    ),
    case(
        "parameters-payload-small",
        "9000 18.2",
        "max_udp_payload_size below 1200 is an error",
        refuses_parameters({Parameter.UDP_PAYLOAD: 1199}),
    ),
    case(
        "parameters-exponent",
        "9000 18.2",
        "ack_delay_exponent above 20 is an error",
        refuses_parameters({Parameter.ACK_DELAY_EXPONENT: 21}),
    ),
    case(
        "parameters-ack-delay",
        "9000 18.2",
        "max_ack_delay of 2^14 or more is an error",
        refuses_parameters({Parameter.MAX_ACK_DELAY: 1 << 14}),
    ),
    case(
        "parameters-ids",
        "9000 18.2",
        "active_connection_id_limit below 2 is an error",
        refuses_parameters({Parameter.ACTIVE_IDS: 1}),
    ),
    case(
        "parameters-streams-bidi",
        "9000 4.6",
        "initial_max_streams_bidi above 2^60 is an error",
        refuses_parameters({Parameter.STREAMS_BIDI: (1 << 60) + 1}, Code.FRAME_ENCODING_ERROR),
    ),
    case(
        "parameters-streams-uni",
        "9000 4.6",
        "initial_max_streams_uni above 2^60 is an error",
        refuses_parameters({Parameter.STREAMS_UNI: (1 << 60) + 1}, Code.FRAME_ENCODING_ERROR),
    ),
    case(
        "parameters-migration-value",
        "9000 18.2",
        "disable_active_migration with a value is an error",
        refuses_parameters({Parameter.DISABLE_MIGRATION: b"\x01"}),
    ),
)
