"""What QUIC servers get wrong behind the handshake, for the fuzzer: frames of the transport, between those of an application.

Sessions of carried protocols are frames in the clear; the carrier's client puts each of these, which are none of an application's, into
a packet of its own as it is, protected with the connection's keys.
"""

from collections.abc import Callable, Sequence
from random import Random

from workbench.api import Mutated, Mutator, varint
from workbench_quic.frame_types import Type

__all__ = ["MUTATORS"]

_TOP = (1 << 62) - 1
"""The largest variable-length integer (RFC 9000 16)."""
_EDGES = (0, 1, 63, 64, 16_383, 1 << 20, 1 << 30, 1 << 60, (1 << 60) + 1, _TOP)
_STREAMS = (0, 1, 2, 3, 4, 400, 1 << 60, _TOP)
_ROOM = 1_000
"""Bytes of frames that fit into one packet with all that is around them."""

_Made = tuple[bytes, str]


def _frame(kind: int, *numbers: int, data: bytes = b"") -> bytes:
    return varint(kind) + b"".join(map(varint, numbers)) + data


def _identity(sequence: int, retire: int, size: int) -> bytes:
    token = sequence.to_bytes(8, "big") * 2
    return _frame(Type.NEW_CONNECTION_ID, sequence, retire, data=bytes((size,)) + token[:8].ljust(size, b"i")[:size] + token)


def _flow_control(random: Random) -> _Made:
    """RFC 9000 4, 19.8 to 19.14: limits that shrink or are passed, final sizes that change, streams nobody may have."""
    stream, edge = random.choice(_STREAMS), random.choice(_EDGES)
    what, said = random.choice(
        (
            (f"STREAM {stream} from {edge} on", _frame(Type.STREAM | 6, stream, edge, 3, data=b"abc")),
            (f"the end of STREAM {stream} at {edge}", _frame(Type.STREAM | 7, stream, edge, 0)),
            (f"RESET_STREAM {stream} of {edge} bytes", _frame(Type.RESET_STREAM, stream, 0, edge)),
            (f"STOP_SENDING {stream}", _frame(Type.STOP_SENDING, stream, edge)),
            (f"MAX_DATA {edge}", _frame(Type.MAX_DATA, edge)),
            (f"MAX_STREAM_DATA {stream} {edge}", _frame(Type.MAX_STREAM_DATA, stream, edge)),
            (f"MAX_STREAMS {edge}", _frame(random.choice((Type.MAX_STREAMS_BIDI, Type.MAX_STREAMS_UNI)), edge)),
            (f"DATA_BLOCKED {edge}", _frame(Type.DATA_BLOCKED, edge)),
            (f"STREAM_DATA_BLOCKED {stream} {edge}", _frame(Type.STREAM_DATA_BLOCKED, stream, edge)),
            (f"STREAMS_BLOCKED {edge}", _frame(Type.STREAMS_BLOCKED_BIDI, edge)),
        )
    )
    return said, what


def _connection_ids(random: Random) -> _Made:
    """RFC 9000 5.1, 19.15, 19.16: IDs of no length or too long, one number twice, all retired at once, those that never were."""
    edge = random.choice(_EDGES)
    what, said = random.choice(
        (
            (f"an ID of {edge & 31} bytes", _identity(1, 0, edge & 31)),
            ("more retired than there are", _identity(1, 2, 8)),
            (f"ID {edge}, which retires all others", _identity(edge, edge, 8)),
            ("one number with two IDs", _identity(1, 0, 8) + _identity(1, 0, 9)),
            ("many IDs", b"".join(_identity(number, 0, 8) for number in range(1, 26))),
            ("many IDs, each retiring the others", b"".join(_identity(number, number, 8) for number in range(1, 26))),
            (f"ID {edge} is retired", _frame(Type.RETIRE_CONNECTION_ID, edge)),
            ("all IDs are retired", b"".join(_frame(Type.RETIRE_CONNECTION_ID, number) for number in range(64))),
        )
    )
    return said, what


def _paths(random: Random) -> _Made:
    """RFC 9000 8.2, 19.17, 19.18: challenges without end, answers to none."""
    kind = random.choice((Type.PATH_CHALLENGE, Type.PATH_CHALLENGE, Type.PATH_RESPONSE))
    count = random.choice((1, 10, _ROOM // 9))
    return _frame(kind, data=random.randbytes(8)) * count, f"{count} times {kind.name}"


def _acknowledgements(random: Random) -> _Made:
    """RFC 9000 13.1, 19.3: of what was never sent, below zero, more ranges than there are."""
    largest, first = random.choice(((_TOP, 0), (_TOP, _TOP), (1_000, 0), (0, 1), (5, 6)))
    ranges = random.choice(((), (0, 0), (_TOP, 0), (0, _TOP), (0, 0) * 200))
    count = random.choice((len(ranges) // 2, len(ranges) // 2 + 1, _TOP))
    counts = random.choice(((), (), (_TOP, _TOP, _TOP), (1, 0, 0)))
    kind = Type.ACK_ECN if counts else Type.ACK
    return _frame(kind, largest, random.choice(_EDGES), count, first, *ranges, *counts), f"{kind.name} up to {largest}"


def _out_of_place(random: Random) -> _Made:
    """RFC 9000 12.4, 19: what only a server says, what came before, unknown types, ends in the middle."""
    edge = random.choice(_EDGES)
    what, said = random.choice(
        (
            ("HANDSHAKE_DONE", _frame(Type.HANDSHAKE_DONE)),
            ("NEW_TOKEN", _frame(Type.NEW_TOKEN, 3, data=b"abc")),
            ("an empty NEW_TOKEN", _frame(Type.NEW_TOKEN, 0)),
            (f"CRYPTO at {edge}", _frame(Type.CRYPTO, edge, 4, data=b"\x18\0\0\1")),  # the beginning of a KeyUpdate (RFC 9001 6)
            ("a ClientHello again", _frame(Type.CRYPTO, 0, 4, data=b"\1\0\0\0")),
            (f"type {edge:#x}", varint(edge)),
            ("a type in two bytes", b"\x40\x01"),
            ("a type in eight bytes", b"\xc0" + bytes(6) + b"\x01"),
            ("half a number", b"\x10\xc0\0"),
            ("a length of everything", _frame(Type.STREAM | 2, 0, _TOP)),
            ("CONNECTION_CLOSE whose reason is not there", _frame(Type.CONNECTION_CLOSE, 1, 6, edge)),
            ("PADDING alone", bytes(_ROOM)),
            ("many PINGs", b"\1" * _ROOM),
            ("a DATAGRAM to the end", _frame(Type.DATAGRAM, data=b"x" * _ROOM)),
        )
    )
    return said, what


def _between(make: Callable[[Random], _Made]) -> Callable[[Sequence[bytes], Random], Mutated | None]:
    """Said as a message of its own, anywhere in the session."""

    def change(messages: Sequence[bytes], random: Random) -> Mutated | None:
        said, what = make(random)
        return Mutated.added(messages, random.randrange(len(messages) + 1), [said], what)

    return change


MUTATORS = (
    Mutator("flow-control", "RFC 9000 4", _between(_flow_control)),
    Mutator("connection-ids", "RFC 9000 5.1", _between(_connection_ids)),
    Mutator("paths", "RFC 9000 8.2", _between(_paths)),
    Mutator("acknowledgements", "RFC 9000 13.1", _between(_acknowledgements)),
    Mutator("out-of-place", "RFC 9000 12.4", _between(_out_of_place)),
)
