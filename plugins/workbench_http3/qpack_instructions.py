"""The instructions of QPACK's encoder and decoder streams (RFC 9204 4.3 and 4.4), read one by one and written.

Reading only says what is there; what it does to a table is `qpack_streams.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from workbench_http3.limits import MAX_LITERAL
from workbench_http3.qpack_literals import Reader, Text, integer, text

__all__ = ["Instruction", "Kind", "instruction_value", "pack_instruction", "read_decoder", "read_encoder"]


class Kind(Enum):
    """An instruction: its text, its first byte, and the bits of its number or of its name's length."""

    INSERT_NAMED = ("Insert with Name Reference", 0x80, 6)
    INSERT_LITERAL = ("Insert with Literal Name", 0x40, 5)
    CAPACITY = ("Set Dynamic Table Capacity", 0x20, 5)
    DUPLICATE = ("Duplicate", 0x00, 5)
    ACKNOWLEDGE = ("Section Acknowledgment", 0x80, 7)
    CANCEL = ("Stream Cancellation", 0x40, 6)
    INCREMENT = ("Insert Count Increment", 0x00, 6)


_STATIC_BIT = 0x40
"""Of Insert with Name Reference."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """`size` bytes from `at` on, where all its places count from, too. `number` is its index, capacity, stream or increment, and ends at
    `number_end`; the literals are as in a field line."""

    kind: Kind
    at: int
    size: int
    number: int = 0
    number_end: int = 0
    static: bool = False
    name: bytes = b""
    value: bytes = b""
    name_at: Text | None = None
    value_at: Text | None = None
    canonical: bool = True


def read_encoder(data: bytes, at: int = 0) -> Instruction:
    """The instruction of an encoder stream at an offset. Raises `ShortError` where bytes are missing, `BrokenError` where none begins."""
    reader = Reader(data, at)
    first = data[at]
    kind = next(
        kind for kind in (Kind.INSERT_NAMED, Kind.INSERT_LITERAL, Kind.CAPACITY, Kind.DUPLICATE) if first >= kind.value[1]
    )
    if kind is Kind.INSERT_LITERAL:
        name, name_at = reader.text("name", 5, MAX_LITERAL)
        value, value_at = reader.text("value", 7, MAX_LITERAL)
        return _done(reader, at, kind, name=name, name_at=name_at, value=value, value_at=value_at)
    number = reader.integer(kind.value[2])
    end = reader.at
    if kind is not Kind.INSERT_NAMED:
        return _done(reader, at, kind, number=number, number_end=end)
    value, value_at = reader.text("value", 7, MAX_LITERAL)
    return _done(
        reader, at, kind, number=number, number_end=end, static=bool(first & _STATIC_BIT), value=value, value_at=value_at
    )


def read_decoder(data: bytes, at: int = 0) -> Instruction:
    """The instruction of a decoder stream at an offset. Raises `ShortError` where bytes are missing, `BrokenError` where none begins."""
    reader = Reader(data, at)
    kind = next(kind for kind in (Kind.ACKNOWLEDGE, Kind.CANCEL, Kind.INCREMENT) if data[at] >= kind.value[1])
    number = reader.integer(kind.value[2])
    return _done(reader, at, kind, number=number, number_end=reader.at)


def _done(reader: Reader, at: int, kind: Kind, **more: Any) -> Instruction:
    return Instruction(kind, at, reader.at - at, canonical=reader.canonical, **more)


def instruction_value(found: Instruction) -> dict[str, Any]:
    """An instruction as a value that can be changed and packed again."""
    value: dict[str, Any] = {"kind": found.kind.name}
    if found.kind is Kind.INSERT_NAMED:
        value["static"] = found.static
    if found.name_at is not None:
        value |= {"name": found.name, "name_huffman": found.name_at.huffman}
    else:
        value["number"] = found.number
    if found.value_at is not None:
        value |= {"value": found.value, "value_huffman": found.value_at.huffman}
    return value


def pack_instruction(value: Mapping[str, Any]) -> bytes:
    """The instruction that a value says. Raises KeyError or TypeError for what is none."""
    kind = Kind[value["kind"]]
    _, first, bits = kind.value
    if kind is Kind.INSERT_LITERAL:
        head = text(value["name"], bits, first, huffman=bool(value.get("name_huffman")))
    else:
        head = integer(value["number"], bits, first | _STATIC_BIT * bool(kind is Kind.INSERT_NAMED and value.get("static")))
    if kind not in (Kind.INSERT_NAMED, Kind.INSERT_LITERAL):
        return head
    return head + text(value["value"], 7, huffman=bool(value.get("value_huffman")))
