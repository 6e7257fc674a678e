"""Frames on the wire (RFC 9113 section 4): their names and numbers, cutting a stream into them, and building them.

What they mean and whether they may come is decided elsewhere. The server, its seeds and the conformance cases build from here.
"""

from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple

__all__ = [
    "ACK",
    "DEFAULT_FRAME",
    "DEFAULT_WINDOW",
    "END_HEADERS",
    "END_STREAM",
    "HEADER",
    "MAX_WINDOW",
    "PADDED",
    "PREFACE",
    "PRIORITY",
    "ErrorCode",
    "Frame",
    "FrameType",
    "SettingId",
    "build",
    "cut",
    "goaway",
    "rst_stream",
    "settings",
    "window_update",
]

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""What a client says first (RFC 9113 3.4)."""

HEADER = 9
"""Bytes of a frame's header (RFC 9113 4.1)."""

DEFAULT_FRAME = 16_384
"""Bytes of payload that everybody must accept; also what we accept (RFC 9113 4.2)."""

DEFAULT_WINDOW = 65_535
"""Bytes of a flow-control window before anybody changed it (RFC 9113 6.9.2)."""

MAX_WINDOW = 2**31 - 1
"""Bytes that no flow-control window may exceed (RFC 9113 6.9.1)."""

ACK = END_STREAM = 0x1
END_HEADERS = 0x4
PADDED = 0x8
PRIORITY = 0x20


class FrameType(IntEnum):
    """RFC 9113 section 6."""

    DATA = 0
    HEADERS = 1
    PRIORITY = 2
    RST_STREAM = 3
    SETTINGS = 4
    PUSH_PROMISE = 5
    PING = 6
    GOAWAY = 7
    WINDOW_UPDATE = 8
    CONTINUATION = 9


class ErrorCode(IntEnum):
    """RFC 9113 section 7."""

    NO_ERROR = 0
    PROTOCOL_ERROR = 1
    INTERNAL_ERROR = 2
    FLOW_CONTROL_ERROR = 3
    SETTINGS_TIMEOUT = 4
    STREAM_CLOSED = 5
    FRAME_SIZE_ERROR = 6
    REFUSED_STREAM = 7
    CANCEL = 8
    COMPRESSION_ERROR = 9
    CONNECT_ERROR = 10
    ENHANCE_YOUR_CALM = 11
    INADEQUATE_SECURITY = 12
    HTTP_1_1_REQUIRED = 13


class SettingId(IntEnum):
    """RFC 9113 6.5.2, RFC 8441 section 3, RFC 9218 2.1."""

    HEADER_TABLE_SIZE = 1
    ENABLE_PUSH = 2
    MAX_CONCURRENT_STREAMS = 3
    INITIAL_WINDOW_SIZE = 4
    MAX_FRAME_SIZE = 5
    MAX_HEADER_LIST_SIZE = 6
    ENABLE_CONNECT_PROTOCOL = 8
    NO_RFC7540_PRIORITIES = 9


class Frame(NamedTuple):
    """`type` is a number, as unknown types are frames too; `stream` is without the reserved bit."""

    type: int
    flags: int
    stream: int
    payload: bytes

    def serialize(self) -> bytes:
        """Its bytes."""
        return build(self.type, self.flags, self.stream, self.payload)


def cut(buffer: bytearray) -> Iterator[Frame]:
    """Take the complete frames off the front of `buffer`, one by one; what is left is the beginning of the next."""
    while len(buffer) >= HEADER:
        end = HEADER + int.from_bytes(buffer[:3], "big")
        if len(buffer) < end:
            return
        stream = int.from_bytes(buffer[5:9], "big") & 0x7FFF_FFFF
        frame = Frame(buffer[3], buffer[4], stream, bytes(buffer[HEADER:end]))
        del buffer[:end]
        yield frame


def build(kind: int, flags: int = 0, stream: int = 0, payload: bytes = b"") -> bytes:
    """One frame, right or wrong: nothing is checked."""
    return b"%b%c%c%b%b" % (len(payload).to_bytes(3, "big"), kind, flags, stream.to_bytes(4, "big"), payload)


def settings(pairs: Iterable[tuple[int, int]] = (), *, flags: int = 0, stream: int = 0) -> bytes:
    """A SETTINGS frame of (identifier, value) in order (RFC 9113 6.5)."""
    payload = b"".join(name.to_bytes(2, "big") + value.to_bytes(4, "big") for name, value in pairs)
    return build(FrameType.SETTINGS, flags, stream, payload)


def rst_stream(stream: int, code: int) -> bytes:
    """A RST_STREAM frame (RFC 9113 6.4)."""
    return build(FrameType.RST_STREAM, 0, stream, code.to_bytes(4, "big"))


def goaway(last: int, code: int, text: bytes = b"") -> bytes:
    """A GOAWAY frame: the last stream that was or may be acted on, why, and words for whoever debugs it (RFC 9113 6.8)."""
    return build(FrameType.GOAWAY, 0, 0, last.to_bytes(4, "big") + code.to_bytes(4, "big") + text)


def window_update(stream: int, increment: int) -> bytes:
    """A WINDOW_UPDATE frame (RFC 9113 6.9)."""
    return build(FrameType.WINDOW_UPDATE, 0, stream, increment.to_bytes(4, "big"))
