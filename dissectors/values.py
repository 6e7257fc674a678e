"""What a field shows of a parsed value: a number, text or bytes, and the words a person reads instead."""

import enum
from typing import Any

from construct import Container, EnumInteger, EnumIntegerString

from dissectors.drafts import field_of
from workbench.api import Field

__all__ = ["flag_fields", "is_flags", "plain"]

LONGEST_TEXT = 200
"""Characters shown of a value that is neither number, text nor bytes."""

Plain = int | float | bool | str | bytes | None


def plain(value: Any) -> tuple[Plain, str]:
    """The value a `Field` may hold, and its text: the name of an enum value, the names of set flags, else nothing."""
    if isinstance(value, EnumIntegerString):
        number, _ = plain(value.intvalue)
        return number, str(value)
    if isinstance(value, enum.Enum):
        number, _ = plain(value.value)
        return number, value.name
    if isinstance(value, dict):
        return _of_dict(value)
    return _of_other(value)


def _of_dict(value: dict[Any, Any]) -> tuple[Plain, str]:
    if is_flags(value):
        set_ones = [str(name) for name, is_set in value.items() if is_set and not name.startswith("_")]
        return value["_number"], "|".join(set_ones)
    if value.keys() == {"data", "value", "offset1", "offset2", "length"}:  # RawCopy
        return plain(value["value"])
    return None, ""


def _of_other(value: Any) -> tuple[Plain, str]:
    if value is None or isinstance(value, bool):
        return value, ""
    # subclasses carry methods and texts of their own; a field is a bare value
    if isinstance(value, int):
        return int(value), ""
    if isinstance(value, float):
        return float(value), ""
    if isinstance(value, str):
        return str.__str__(value), ""
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value), ""
    if isinstance(value, list | tuple | EnumInteger) or callable(value):
        return None, ""
    try:
        return str(value)[:LONGEST_TEXT], ""
    except Exception:  # a foreign class whose __str__ fails must not take the message with it
        return None, ""


def is_flags(value: Any) -> bool:
    """Whether this is what a watched `FlagsEnum` parsed."""
    return isinstance(value, Container) and "_number" in value and "_masks" in value


def flag_fields(
    value: Any, source: bytes, start: int, end: int, bits: tuple[int, int] | None, view: int, abbrev: str
) -> tuple[Field, ...]:
    """One field per flag, with its bit where the number's bytes tell which one that is."""
    low = _lowest_bit(value["_number"], source, end, bits)
    fields = []
    for name, mask in value["_masks"].items():
        place = (start, end, bits)
        if low is not None and mask > 0 and mask & (mask - 1) == 0:
            bit = low(mask.bit_length() - 1)
            place = bit // 8, bit // 8 + 1, (bit, bit + 1)
        full = f"{abbrev}.{name}" if abbrev else ""
        fields.append(field_of(str(name), place[0], place[1], bool(value[name]), (), full, "", "", view, place[2]))
    return tuple(fields)


def _lowest_bit(number: Any, source: bytes, end: int, bits: tuple[int, int] | None) -> Any:
    """A function from the weight of a bit (0 = ones) to its position in the view, or None where that is not known."""
    if bits is not None:
        return lambda weight: bits[1] - 1 - weight
    if number == int.from_bytes(source, "big"):
        return lambda weight: 8 * end - 1 - weight
    if number == int.from_bytes(source, "little"):
        return lambda weight: 8 * (end - len(source) + weight // 8) + 7 - weight % 8
    return None
