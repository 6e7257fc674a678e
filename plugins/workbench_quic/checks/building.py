"""Frames and transport parameters as bytes, right or wrong, as the cases want them. Reading is `workbench_quic.frames`' work."""

from collections.abc import Iterable, Mapping, Sequence

from workbench.api import varint
from workbench_quic.frame_types import Type

__all__ = [
    "DEFAULTS",
    "Parameter",
    "ack",
    "close",
    "crypto",
    "frame",
    "new_connection_id",
    "numbers_of",
    "parameters",
    "read_parameters",
    "stream",
]

STREAM_OFFSET, STREAM_LENGTH, STREAM_FIN = 0x04, 0x02, 0x01


class Parameter:
    """Numbers of transport parameters (RFC 9000 18.2, RFC 9221 3, RFC 9287 3, RFC 9368 3)."""

    ORIGINAL_DESTINATION = 0x00
    IDLE_TIMEOUT = 0x01
    RESET_TOKEN = 0x02
    UDP_PAYLOAD = 0x03
    DATA = 0x04
    STREAM_BIDI_LOCAL = 0x05
    STREAM_BIDI_REMOTE = 0x06
    STREAM_UNI = 0x07
    STREAMS_BIDI = 0x08
    STREAMS_UNI = 0x09
    ACK_DELAY_EXPONENT = 0x0A
    MAX_ACK_DELAY = 0x0B
    DISABLE_MIGRATION = 0x0C
    PREFERRED_ADDRESS = 0x0D
    ACTIVE_IDS = 0x0E
    INITIAL_SOURCE = 0x0F
    RETRY_SOURCE = 0x10
    VERSIONS = 0x11
    DATAGRAM = 0x20
    GREASE_BIT = 0x2AB2


_WINDOW = 1 << 20
DEFAULTS: Mapping[int, int] = {
    Parameter.IDLE_TIMEOUT: 30_000,
    Parameter.DATA: _WINDOW,
    Parameter.STREAM_BIDI_LOCAL: _WINDOW,
    Parameter.STREAM_BIDI_REMOTE: _WINDOW,
    Parameter.STREAM_UNI: _WINDOW,
    Parameter.STREAMS_BIDI: 16,
    Parameter.STREAMS_UNI: 16,
    Parameter.ACTIVE_IDS: 4,
}
"""What a friendly client says: room enough for any answer of these cases."""


def frame(kind: int, *values: int | bytes) -> bytes:
    """A frame of numbers and bytes, one after the other."""
    return varint(kind) + b"".join(value if isinstance(value, bytes) else varint(value) for value in values)


def crypto(offset: int, data: bytes) -> bytes:
    """CRYPTO (RFC 9000 19.6)."""
    return frame(Type.CRYPTO, offset, len(data), data)


def stream(number: int, data: bytes = b"", offset: int = 0, *, end: bool = False) -> bytes:
    """STREAM with offset and length (RFC 9000 19.8)."""
    return frame(Type.STREAM | STREAM_OFFSET | STREAM_LENGTH | STREAM_FIN * end, number, offset, len(data), data)


def ack(numbers: Iterable[int], delay: int = 0) -> bytes:
    """ACK of these packets (RFC 9000 19.3)."""
    ranges: list[list[int]] = []
    for number in sorted(set(numbers), reverse=True):
        if ranges and number == ranges[-1][0] - 1:
            ranges[-1][0] = number
        else:
            ranges.append([number, number])
    (low, high), *rest = ranges
    body = [high, delay, len(rest), high - low]
    for lower, upper in rest:
        body += [low - upper - 2, upper - lower]
        low = lower
    return frame(Type.ACK, *body)


def close(code: int, kind: int = 0, reason: bytes = b"", *, application: bool = False) -> bytes:
    """CONNECTION_CLOSE (RFC 9000 19.19)."""
    if application:
        return frame(Type.CONNECTION_CLOSE_APP, code, len(reason), reason)
    return frame(Type.CONNECTION_CLOSE, code, kind, len(reason), reason)


def new_connection_id(sequence: int, cid: bytes, retire: int = 0, token: bytes = bytes(16)) -> bytes:
    """NEW_CONNECTION_ID (RFC 9000 19.15), whatever the length of the ID."""
    return frame(Type.NEW_CONNECTION_ID, sequence, retire, bytes((len(cid),)), cid, token)


def parameters(values: Iterable[tuple[int, int | bytes]]) -> bytes:
    """Transport parameters in this order (RFC 9000 18); numbers are encoded as their values want it."""
    found = []
    for number, value in values:
        data = value if isinstance(value, bytes) else varint(value)
        found.append(varint(number) + varint(len(data)) + data)
    return b"".join(found)


def read_parameters(data: bytes) -> list[tuple[int, bytes]]:
    """Transport parameters of a peer in its order. Raises `ValueError` where they are cut."""
    from workbench_quic.varints import varint as number_at

    found, at = [], 0
    try:
        while at < len(data):
            number, at = number_at(data, at)
            size, at = number_at(data, at)
            if at + size > len(data):
                raise ValueError(f"parameter {number:#x} is cut")
            found.append((number, data[at : at + size]))
            at += size
    except IndexError:
        raise ValueError("the transport parameters are cut") from None
    return found


def numbers_of(pairs: Sequence[tuple[int, bytes]]) -> list[int]:
    """Which parameters there are."""
    return [number for number, _ in pairs]
