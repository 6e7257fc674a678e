"""A frame as it lies on the stream, and the fields of its head: a type and a length (RFC 9114 7.1)."""

from dataclasses import dataclass

from workbench.api import Field, read_varint, varint
from workbench_http3.names import type_name

__all__ = ["Frame", "head_fields", "read_frame"]


@dataclass(frozen=True, slots=True)
class Frame:
    """`raw` begins with the head of `head` bytes and may lack bytes of the payload, of which there should be `length`.

    `type_end` is where the type ends. A frame that breaks off within its head has a type of -1 or a length of -1.
    """

    raw: bytes
    type: int
    length: int
    type_end: int
    head: int

    @property
    def whole(self) -> bool:
        """Whether all of the payload is there."""
        return len(self.raw) == self.head + self.length

    @property
    def missing(self) -> int:
        """Bytes of the payload that are not there."""
        return max(0, self.head + self.length - len(self.raw))

    @property
    def name(self) -> str:
        """The frame type's name."""
        return type_name(self.type) if self.type >= 0 else "frame"

    @property
    def canonical(self) -> bool:
        """Whether type and length are as short as they can be."""
        return self.whole and self.head == len(varint(self.type)) + len(varint(self.length))


def read_frame(raw: bytes) -> Frame:
    """The frame that `raw` begins with."""
    kind = read_varint(raw)
    if kind is None:
        return Frame(raw, -1, -1, len(raw), len(raw))
    length = read_varint(raw, kind[1])
    if length is None:
        return Frame(raw, kind[0], -1, kind[1], len(raw))
    return Frame(raw, kind[0], length[0], kind[1], length[1])


def head_fields(frame: Frame) -> list[Field]:
    """The head, field by field."""
    fields = []
    if frame.type >= 0:
        fields.append(Field("Type", 0, frame.type_end, frame.type, abbrev="http3.frame_type", text=frame.name))
    if frame.length >= 0:
        fields.append(Field("Length", frame.type_end, frame.head, frame.length, abbrev="http3.frame_length"))
    else:
        at = frame.type_end if frame.type >= 0 else 0
        fields.append(Field("Part of a head", at, len(frame.raw), frame.raw[at:]))
    return fields
