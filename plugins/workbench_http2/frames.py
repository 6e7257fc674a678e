"""A frame as it lies on the wire, and the fields of its nine-byte header (RFC 9113 4.1)."""

from dataclasses import dataclass

from workbench.api import Direction, Field
from workbench_http2.names import FLAGS, UNUSED, type_name

__all__ = ["HEADER", "Frame", "head_fields", "read_head"]

HEADER = 9
"""Bytes of a frame header."""


@dataclass(frozen=True, slots=True)
class Frame:
    """`raw` begins with the header and may lack bytes of the payload, of which there should be `length`.

    `[start, end)` is the frame's range of its direction's stream. `whole` unless bytes are missing.
    """

    direction: Direction
    start: int
    end: int
    raw: bytes
    length: int
    type: int
    flags: int
    reserved: int
    stream: int

    @property
    def whole(self) -> bool:
        """Whether all of the payload is there."""
        return len(self.raw) == HEADER + self.length

    @property
    def name(self) -> str:
        """The frame type's name."""
        return type_name(self.type)


def read_head(direction: Direction, start: int, end: int, raw: bytes) -> Frame:
    """The frame whose header `raw` begins with."""
    word = int.from_bytes(raw[5:9], "big")
    length = int.from_bytes(raw[:3], "big")
    return Frame(direction, start, end, raw, length, raw[3], raw[4], word >> 31, word & 0x7FFFFFFF)


def head_fields(frame: Frame) -> list[Field]:
    """The header, field by field."""
    return [
        Field("Length", 0, 3, frame.length, abbrev="http2.length"),
        Field("Type", 3, 4, frame.type, abbrev="http2.type", text=frame.name),
        _flags(frame),
        Field("Reserved", 5, 9, frame.reserved, abbrev="http2.r", bits=(40, 41)),
        Field("Stream Identifier", 5, 9, frame.stream, abbrev="http2.streamid", bits=(41, 72)),
    ]


def _flags(frame: Frame) -> Field:
    known = FLAGS.get(frame.type, ())
    unused = 0xFF
    children = []
    names = []
    for mask, name, abbrev in known:
        unused &= ~mask
        value = bool(frame.flags & mask)
        bit = 40 - mask.bit_length()
        children.append(Field(name, 4, 5, value, abbrev=abbrev, bits=(bit, bit + 1)))
        if value:
            names.append(name)
    rest = Field("Unused", 4, 5, frame.flags & unused, abbrev=UNUSED.get(frame.type, "http2.flags.unused"))
    return Field("Flags", 4, 5, frame.flags, (rest, *children), "http2.flags", text=", ".join(names))
