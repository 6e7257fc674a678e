"""Building frames of HTTP/3 (RFC 9114 7), and the error codes that answer wrong ones.

What they mean and whether they may come is decided elsewhere. The server, the workload and the conformance cases build from here.
"""

from collections.abc import Iterable
from enum import IntEnum

from workbench.api import varint
from workbench_http3.names import Type

__all__ = ["ErrorCode", "build", "goaway", "reserved", "settings", "settings_payload"]


class ErrorCode(IntEnum):
    """RFC 9114 8.1, RFC 9204 6, RFC 9297 5.2."""

    H3_DATAGRAM_ERROR = 0x33
    H3_NO_ERROR = 0x100
    H3_GENERAL_PROTOCOL_ERROR = 0x101
    H3_INTERNAL_ERROR = 0x102
    H3_STREAM_CREATION_ERROR = 0x103
    H3_CLOSED_CRITICAL_STREAM = 0x104
    H3_FRAME_UNEXPECTED = 0x105
    H3_FRAME_ERROR = 0x106
    H3_EXCESSIVE_LOAD = 0x107
    H3_ID_ERROR = 0x108
    H3_SETTINGS_ERROR = 0x109
    H3_MISSING_SETTINGS = 0x10A
    H3_REQUEST_REJECTED = 0x10B
    H3_REQUEST_CANCELLED = 0x10C
    H3_REQUEST_INCOMPLETE = 0x10D
    H3_MESSAGE_ERROR = 0x10E
    H3_CONNECT_ERROR = 0x10F
    H3_VERSION_FALLBACK = 0x110
    QPACK_DECOMPRESSION_FAILED = 0x200
    QPACK_ENCODER_STREAM_ERROR = 0x201
    QPACK_DECODER_STREAM_ERROR = 0x202


def reserved(number: int) -> int:
    """The nth of the numbers that mean nothing and must be ignored, as a type or a setting (RFC 9114 6.2.3, 7.2.4.1, 7.2.8)."""
    return 0x1F * number + 0x21


def build(kind: int, payload: bytes = b"") -> bytes:
    """One frame, right or wrong: nothing is checked (RFC 9114 7.1)."""
    return varint(kind) + varint(len(payload)) + payload


def settings_payload(pairs: Iterable[tuple[int, int]]) -> bytes:
    """Identifiers and values in order (RFC 9114 7.2.4)."""
    return b"".join(varint(name) + varint(value) for name, value in pairs)


def settings(pairs: Iterable[tuple[int, int]] = ()) -> bytes:
    """A SETTINGS frame."""
    return build(Type.SETTINGS, settings_payload(pairs))


def goaway(identifier: int) -> bytes:
    """A GOAWAY frame: a server names the first request it will not act on, a client the first push (RFC 9114 7.2.6)."""
    return build(Type.GOAWAY, varint(identifier))
