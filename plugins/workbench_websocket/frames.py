"""Frames of the base protocol (RFC 6455 5.2) in straight code: read a header, build a frame. `grammar` says the same as a construct."""

from typing import NamedTuple

from workbench_websocket.masking import masked

__all__ = ["LONGEST_CONTROL", "MAX_HEAD", "Head", "build_frame", "minimal", "read_head"]

MAX_HEAD = 14
"""Two bytes, a 64-bit length and a masking key."""

LONGEST_CONTROL = 125
"""Payload bytes of a control frame (RFC 6455 5.5)."""


class Head(NamedTuple):
    """A frame's header: its first two bytes, its own size, and what it says of the payload. `key` is b"" without masking."""

    first: int
    second: int
    size: int
    length: int
    key: bytes

    @property
    def fin(self) -> bool:
        """Whether this is the last (or only) fragment of its message."""
        return self.first >= 0x80

    @property
    def rsv(self) -> int:
        """The three reserved bits, RSV1 the highest."""
        return self.first >> 4 & 7

    @property
    def opcode(self) -> int:
        """What the payload is."""
        return self.first & 0x0F

    @property
    def masked(self) -> bool:
        """Whether there is a masking key."""
        return self.second >= 0x80

    @property
    def short_length(self) -> int:
        """The 7-bit length: 126 and 127 announce a longer one."""
        return self.second & 0x7F

    @property
    def control(self) -> bool:
        """Whether this is a control frame (RFC 6455 5.5)."""
        return self.first & 8 != 0


def read_head(data: bytes | bytearray, at: int = 0) -> Head | None:
    """The header that begins at `at`; None where it is not there whole."""
    if len(data) < at + 2:
        return None
    first, second = data[at], data[at + 1]
    length, size = second & 0x7F, 2
    if length == 126:
        size = 4
        length = int.from_bytes(data[at + 2 : at + 4], "big")
    elif length == 127:
        size = 10
        length = int.from_bytes(data[at + 2 : at + 10], "big")
    key = b""
    if second >= 0x80:
        key = bytes(data[at + size : at + size + 4])
        size += 4
    return Head(first, second, size, length, key) if len(data) >= at + size else None


def minimal(head: Head) -> bool:
    """Whether the length is written in the fewest bytes (RFC 6455 5.2)."""
    short = head.short_length
    return short < 126 or (short == 126 and head.length > 125) or head.length > 0xFFFF


def build_frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, key: bytes | None = None) -> bytes:
    """A frame with the shortest length; masked where there is a key."""
    size = len(payload)
    bit = 0 if key is None else 0x80
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    if size < 126:
        head = bytes((first, bit | size))
    elif size < 0x10000:
        head = bytes((first, bit | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, bit | 127)) + size.to_bytes(8, "big")
    return head + payload if key is None else head + key + masked(payload, key)
