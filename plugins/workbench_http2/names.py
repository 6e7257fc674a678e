"""What the numbers of HTTP/2 are called: frame types, flags, error codes, settings, and the Wireshark field of each."""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType

__all__ = ["ERRORS", "FLAGS", "PREFACE", "SETTINGS", "UNUSED", "Setting", "Type", "error_name", "setting_name", "type_name"]

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""What a client says first (RFC 9113 3.4)."""


class Type(IntEnum):
    """Frame types: RFC 9113 6, RFC 7838 4, RFC 8336 2.1, RFC 9218 7.1."""

    DATA = 0x0
    HEADERS = 0x1
    PRIORITY = 0x2
    RST_STREAM = 0x3
    SETTINGS = 0x4
    PUSH_PROMISE = 0x5
    PING = 0x6
    GOAWAY = 0x7
    WINDOW_UPDATE = 0x8
    CONTINUATION = 0x9
    ALTSVC = 0xA
    ORIGIN = 0xC
    PRIORITY_UPDATE = 0x10


class Setting(IntEnum):
    """Identifiers of settings: RFC 9113 6.5.2, RFC 8441 3, RFC 9218 2.1."""

    HEADER_TABLE_SIZE = 0x1
    ENABLE_PUSH = 0x2
    MAX_CONCURRENT_STREAMS = 0x3
    INITIAL_WINDOW_SIZE = 0x4
    MAX_FRAME_SIZE = 0x5
    MAX_HEADER_LIST_SIZE = 0x6
    ENABLE_CONNECT_PROTOCOL = 0x8
    NO_RFC7540_PRIORITIES = 0x9


_TYPES = {int(member): member.name for member in Type}

SETTINGS: Mapping[int, str] = MappingProxyType(
    {
        Setting.HEADER_TABLE_SIZE: "http2.settings.header_table_size",
        Setting.ENABLE_PUSH: "http2.settings.enable_push",
        Setting.MAX_CONCURRENT_STREAMS: "http2.settings.max_concurrent_streams",
        Setting.INITIAL_WINDOW_SIZE: "http2.settings.initial_window_size",
        Setting.MAX_FRAME_SIZE: "http2.settings.max_frame_size",
        Setting.MAX_HEADER_LIST_SIZE: "http2.settings.max_header_list_size",
        Setting.ENABLE_CONNECT_PROTOCOL: "http2.settings.extended_connect",
    }
)
"""The field of each setting's value; all others are `http2.settings.unknown`."""

_SETTING_NAMES = {int(member): member.name for member in Setting}

ERRORS: tuple[str, ...] = (
    "NO_ERROR",
    "PROTOCOL_ERROR",
    "INTERNAL_ERROR",
    "FLOW_CONTROL_ERROR",
    "SETTINGS_TIMEOUT",
    "STREAM_CLOSED",
    "FRAME_SIZE_ERROR",
    "REFUSED_STREAM",
    "CANCEL",
    "COMPRESSION_ERROR",
    "CONNECT_ERROR",
    "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY",
    "HTTP_1_1_REQUIRED",
)
"""Error codes by number (RFC 9113 7)."""

_ACK_SETTINGS = (0x01, "ACK", "http2.flags.ack.settings")
_ACK_PING = (0x01, "ACK", "http2.flags.ack.ping")
_END_STREAM = (0x01, "End Stream", "http2.flags.end_stream")
_END_HEADERS = (0x04, "End Headers", "http2.flags.eh")
_PADDED = (0x08, "Padded", "http2.flags.padded")
_PRIORITY = (0x20, "Priority", "http2.flags.priority")

FLAGS: Mapping[int, tuple[tuple[int, str, str], ...]] = MappingProxyType(
    {
        Type.DATA: (_PADDED, _END_STREAM),
        Type.HEADERS: (_PRIORITY, _PADDED, _END_HEADERS, _END_STREAM),
        Type.SETTINGS: (_ACK_SETTINGS,),
        Type.PUSH_PROMISE: (_PADDED, _END_HEADERS),
        Type.PING: (_ACK_PING,),
        Type.CONTINUATION: (_END_HEADERS,),
    }
)
"""The flags that mean something in a frame of each type: mask, name, field; from the high bits down."""

UNUSED: Mapping[int, str] = MappingProxyType(
    {
        Type.DATA: "http2.flags.unused_data",
        Type.HEADERS: "http2.flags.unused_headers",
        Type.SETTINGS: "http2.flags.unused_settings",
        Type.PUSH_PROMISE: "http2.flags.unused_push_promise",
        Type.PING: "http2.flags.unused_ping",
        Type.CONTINUATION: "http2.flags.unused_continuation",
    }
)
"""The field of the remaining flags; `http2.flags.unused` for all other types."""


def type_name(number: int) -> str:
    """The name of a frame type."""
    return _TYPES.get(number) or f"type 0x{number:02x}"


def setting_name(number: int) -> str:
    """The name of a setting."""
    return _SETTING_NAMES.get(number) or f"setting 0x{number:x}"


def error_name(code: int) -> str:
    """The name of an error code."""
    return ERRORS[code] if code < len(ERRORS) else f"error 0x{code:x}"
