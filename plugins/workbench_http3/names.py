"""What the numbers of HTTP/3 are called: types of frames, streams and capsules, settings and error codes.

RFC 9114 11.2, RFC 9204 8, RFC 9218 7.2, RFC 9220 5, RFC 9297 5, and draft-ietf-webtrans-http3.
"""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType

__all__ = [
    "HTTP2_FRAMES",
    "HTTP2_SETTINGS",
    "Capsule",
    "Setting",
    "StreamType",
    "Type",
    "capsule_name",
    "error_name",
    "is_reserved",
    "setting_name",
    "stream_name",
    "type_name",
]


class Type(IntEnum):
    """Frame types."""

    DATA = 0x00
    HEADERS = 0x01
    CANCEL_PUSH = 0x03
    SETTINGS = 0x04
    PUSH_PROMISE = 0x05
    GOAWAY = 0x07
    MAX_PUSH_ID = 0x0D
    WEBTRANSPORT_STREAM = 0x41
    PRIORITY_UPDATE = 0xF0700
    PRIORITY_UPDATE_PUSH = 0xF0701


HTTP2_FRAMES: Mapping[int, str] = MappingProxyType({0x02: "PRIORITY", 0x06: "PING", 0x08: "WINDOW_UPDATE", 0x09: "CONTINUATION"})
"""Frame types of HTTP/2 that must not come back (RFC 9114 7.2.8)."""


class StreamType(IntEnum):
    """Types of unidirectional streams."""

    CONTROL = 0x00
    PUSH = 0x01
    ENCODER = 0x02
    DECODER = 0x03
    WEBTRANSPORT = 0x54


class Setting(IntEnum):
    """Identifiers of settings."""

    QPACK_MAX_TABLE_CAPACITY = 0x01
    MAX_FIELD_SECTION_SIZE = 0x06
    QPACK_BLOCKED_STREAMS = 0x07
    ENABLE_CONNECT_PROTOCOL = 0x08
    H3_DATAGRAM = 0x33
    ENABLE_METADATA = 0x4D44
    H3_DATAGRAM_DRAFT04 = 0xFFD277
    ENABLE_WEBTRANSPORT = 0x2B603742
    WEBTRANSPORT_MAX_SESSIONS_DRAFT07 = 0xC671706A
    WEBTRANSPORT_MAX_SESSIONS = 0x14E9CD29


HTTP2_SETTINGS: Mapping[int, str] = MappingProxyType(
    {
        0x00: "reserved in HTTP/2",
        0x02: "ENABLE_PUSH",
        0x03: "MAX_CONCURRENT_STREAMS",
        0x04: "INITIAL_WINDOW_SIZE",
        0x05: "MAX_FRAME_SIZE",
    }
)
"""Settings of HTTP/2 without a counterpart, whose receipt is an error (RFC 9114 7.2.4.1)."""


class Capsule(IntEnum):
    """Types of capsules."""

    DATAGRAM = 0x00
    ADDRESS_ASSIGN = 0x01
    ADDRESS_REQUEST = 0x02
    ROUTE_ADVERTISEMENT = 0x03
    CLOSE_WEBTRANSPORT_SESSION = 0x2843
    DRAIN_WEBTRANSPORT_SESSION = 0x78AE


ERRORS: Mapping[int, str] = MappingProxyType(
    {
        0x33: "H3_DATAGRAM_ERROR",
        0x100: "H3_NO_ERROR",
        0x101: "H3_GENERAL_PROTOCOL_ERROR",
        0x102: "H3_INTERNAL_ERROR",
        0x103: "H3_STREAM_CREATION_ERROR",
        0x104: "H3_CLOSED_CRITICAL_STREAM",
        0x105: "H3_FRAME_UNEXPECTED",
        0x106: "H3_FRAME_ERROR",
        0x107: "H3_EXCESSIVE_LOAD",
        0x108: "H3_ID_ERROR",
        0x109: "H3_SETTINGS_ERROR",
        0x10A: "H3_MISSING_SETTINGS",
        0x10B: "H3_REQUEST_REJECTED",
        0x10C: "H3_REQUEST_CANCELLED",
        0x10D: "H3_REQUEST_INCOMPLETE",
        0x10E: "H3_MESSAGE_ERROR",
        0x10F: "H3_CONNECT_ERROR",
        0x110: "H3_VERSION_FALLBACK",
        0x200: "QPACK_DECOMPRESSION_FAILED",
        0x201: "QPACK_ENCODER_STREAM_ERROR",
        0x202: "QPACK_DECODER_STREAM_ERROR",
        0x170D7B68: "WEBTRANSPORT_SESSION_GONE",
        0x3994BD84: "WEBTRANSPORT_BUFFERED_STREAM_REJECTED",
    }
)

_TYPES: Mapping[int, str] = {int(member): member.name for member in Type} | {
    Type.PRIORITY_UPDATE: "PRIORITY_UPDATE",
    Type.PRIORITY_UPDATE_PUSH: "PRIORITY_UPDATE (push)",
}
_STREAMS: Mapping[int, str] = {
    StreamType.CONTROL: "control stream",
    StreamType.PUSH: "push stream",
    StreamType.ENCODER: "QPACK encoder stream",
    StreamType.DECODER: "QPACK decoder stream",
    StreamType.WEBTRANSPORT: "WebTransport stream",
}
_SETTINGS = {int(member): member.name for member in Setting}
_CAPSULES = {int(member): member.name for member in Capsule}


def is_reserved(number: int) -> bool:
    """Whether the number means nothing and is sent so that nobody relies on knowing all (RFC 9114 6.2.3, 7.2.4.1, 7.2.8, 8.1)."""
    return number >= 0x21 and (number - 0x21) % 0x1F == 0


def _otherwise(number: int, what: str) -> str:
    return f"reserved {what} {number:#x}" if is_reserved(number) else f"unknown {what} {number:#x}"


def type_name(number: int) -> str:
    """The name of a frame type."""
    return _TYPES.get(number) or HTTP2_FRAMES.get(number) or _otherwise(number, "frame")


def stream_name(number: int) -> str:
    """The name of a type of unidirectional streams."""
    return _STREAMS.get(number) or _otherwise(number, "stream")


def setting_name(number: int) -> str:
    """The name of a setting."""
    return _SETTINGS.get(number) or HTTP2_SETTINGS.get(number) or _otherwise(number, "setting")


def capsule_name(number: int) -> str:
    """The name of a type of capsules; the reserved ones count from another beginning (RFC 9297 5.4)."""
    known = _CAPSULES.get(number)
    if known is None:
        known = f"{'reserved' if number >= 0x17 and (number - 0x17) % 0x29 == 0 else 'unknown'} capsule {number:#x}"
    return known


def error_name(number: int) -> str:
    """The name of an error code."""
    return ERRORS.get(number) or (f"reserved error {number:#x}" if is_reserved(number) else f"error {number:#x}")
