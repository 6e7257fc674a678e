"""What a comparison compares: the values of a field, perhaps a slice of their bytes, a function of them, or what arithmetic makes of them.

A `Source` gives its values for one packet. What can be computed for many packets at once is worked out from the same sources by
`filter_columns`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

from dissectors.field_catalog import Kind
from dissectors.filter_view import Found, View
from dissectors.term_error import TermError

__all__ = [
    "Called",
    "Computed",
    "Constant",
    "HeaderBytes",
    "HeaderField",
    "MessageBytes",
    "MessageField",
    "Slice",
    "Sliced",
    "Source",
    "calculate",
    "slices",
]

MOST_COMBINED = 10_000
"""Pairs of values that arithmetic makes in one packet: two fields that occur a hundred times each."""

LARGEST_BITS = 4_096
"""Of a number that arithmetic makes: larger ones are nobody's, and cost time."""

_PIECE = re.compile(r"\s*(-?\d+)?\s*(?:([:-])\s*(-?\d+)?)?\s*")

Slice = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class HeaderField:
    """Fields of a packet's headers."""

    names: tuple[str, ...]
    kind: Kind | None

    def values(self, view: View) -> Sequence[Found]:
        """All of them."""
        return view.of_packet(self.names)


@dataclass(frozen=True, slots=True)
class HeaderBytes:
    """A header, with what follows it in its packet."""

    name: str
    kind: Kind | None = Kind.BYTES

    def values(self, view: View) -> Sequence[Found]:
        """One for each time it occurs."""
        return view.of_packet((self.name,))


@dataclass(frozen=True, slots=True)
class MessageField:
    """A field of messages, which travel over these transports."""

    name: str
    kind: Kind | None = None
    transports: tuple[str, ...] = ("tcp", "udp")

    def values(self, view: View) -> Sequence[Found]:
        """Those that have a value."""
        return [found for found in view.of_messages(self.name) if found.value is not None]


@dataclass(frozen=True, slots=True)
class MessageBytes:
    """The messages of a protocol, as bytes."""

    protocols: frozenset[str]
    kind: Kind | None = Kind.BYTES
    transports: tuple[str, ...] = ("tcp", "udp")

    def values(self, view: View) -> Sequence[Found]:
        """One for each message."""
        return [Found(message.raw, message.summary) for message in view.messages if message.protocol in self.protocols]


@dataclass(frozen=True, slots=True)
class Constant:
    """A number that was typed, or bytes in arithmetic with bytes."""

    value: int | bytes
    kind: Kind | None = Kind.NUMBER

    def values(self, view: View) -> Sequence[Found]:
        """It."""
        return (Found(self.value),)


@dataclass(frozen=True, slots=True)
class Sliced:
    """Some of the bytes behind each value."""

    of: "Source"
    pieces: tuple[Slice, ...]
    kind: Kind | None = Kind.BYTES

    def values(self, view: View) -> Sequence[Found]:
        """Those of values that are long enough to have any."""
        cuts = ([piece(value.bytes) for piece in self.pieces] for value in self.of.values(view))
        return [Found(b"".join(parts)) for parts in cuts if all(parts)]


@dataclass(frozen=True, slots=True)
class Called:
    """A function of values."""

    function: str
    parts: "tuple[Source, ...]"
    kind: Kind | None

    def values(self, view: View) -> Sequence[Found]:
        """What it makes of them."""
        found = [value for part in self.parts for value in part.values(view)]
        if self.function == "count":
            return [Found(len(found))] if found else []
        if self.function in ("max", "min"):
            numbers = [number for number in map(_number, found) if number is not None]
            return [Found(max(numbers) if self.function == "max" else min(numbers))] if numbers else []
        if self.function == "len":
            return [_length(value, self.parts[0].kind) for value in found]
        return [value for value in (_CALLS[self.function](value) for value in found) if value is not None]


@dataclass(frozen=True, slots=True)
class Computed:
    """Arithmetic with every pair of values of both sides."""

    left: "Source"
    sign: str
    right: "Source"
    kind: Kind | None = Kind.NUMBER

    def values(self, view: View) -> Sequence[Found]:
        """What comes out, where anything does."""
        pairs = product(map(_number, self.left.values(view)), map(_number, self.right.values(view)))
        found = (calculate(self.sign, first, second) for (first, second), _ in zip(pairs, range(MOST_COMBINED), strict=False))
        return [Found(value) for value in found if value is not None]


Source = HeaderField | HeaderBytes | MessageField | MessageBytes | Constant | Sliced | Called | Computed


def calculate(sign: str, first: int | float | None, second: int | float | None) -> int | float | None:
    """One sum, product, …; None where there is none (a division by zero). Whole numbers are divided as in C: towards zero."""
    if first is None or second is None:
        return None
    if sign == "+":
        return first + second
    if sign == "-":
        return first - second
    if sign == "*":
        large = isinstance(first, int) and isinstance(second, int) and first.bit_length() + second.bit_length() > LARGEST_BITS
        return None if large else first * second
    if sign == "&":
        return first & second if isinstance(first, int) and isinstance(second, int) else None
    if not second:
        return None
    if isinstance(first, float) or isinstance(second, float):
        return first / second if sign == "/" else first % second
    quotient = abs(first) // abs(second)
    quotient = -quotient if (first < 0) != (second < 0) else quotient
    return quotient if sign == "/" else first - quotient * second


def slices(text: str, offset: int) -> tuple[Slice, ...]:
    """The pieces between brackets: `[4]` one byte, `[2:3]` three from the second, `[2-4]` from the second to the fourth, `[:4]`, `[4:]`.

    Negative numbers count from the end. Raises `TermError`."""
    return tuple(_slice(piece, offset) for piece in text.split(","))


def _slice(piece: str, offset: int) -> Slice:
    match = _PIECE.fullmatch(piece)
    if match is None or (match[1] is None and match[3] is None) or max(map(len, filter(None, match.groups())), default=0) > 9:
        raise TermError(f"[{piece}] is no slice", remedy="Write [4], [2:3], [2-4], [:4] or [4:]", offset=offset)
    first = int(match[1] or 0)
    if not match[2]:
        return _bounded(first, 1)
    if match[3] is None:
        return lambda data: data[first:] if -first <= len(data) else b""
    second = int(match[3])
    size = second if match[2] == ":" else second - first + 1
    if size <= 0:
        raise TermError(f"[{piece}] ends before it begins", offset=offset)
    return _bounded(first, size)


def _bounded(first: int, size: int) -> Slice:
    """Exactly `size` bytes: a value that is too short has no such slice, as in Wireshark."""

    def cut(data: bytes) -> bytes:
        begin = first if first >= 0 else len(data) + first
        return data[begin : begin + size] if begin >= 0 and begin + size <= len(data) else b""

    return cut


def _number(found: Found) -> int | float | None:
    """A value as arithmetic takes it: numbers, times, and up to eight bytes."""
    value = found.value
    if isinstance(value, bytes):
        return int.from_bytes(value, "big") if len(value) <= 8 else None
    return value if isinstance(value, int | float) else None


def _length(found: Found, kind: Kind | None) -> Found:
    if found.size >= 0:
        return Found(found.size)
    own = isinstance(found.value, str) and kind not in (Kind.IP, Kind.MAC)
    return Found(len(found.value.encode("utf-8", "surrogateescape") if own else found.bytes))


def _text(found: Found) -> Found:
    value = found.value
    words = value if isinstance(value, str) else value.hex(":") if isinstance(value, bytes) else str(value)
    return Found(words)


def _cased(found: Found, change: Callable[[str], str]) -> Found | None:
    words = found.value if isinstance(found.value, str) else found.text
    return Found(change(words)) if words else None


def _absolute(found: Found) -> Found | None:
    number = _number(found)
    return None if number is None else Found(abs(number))


_CALLS: dict[str, Callable[[Found], Found | None]] = {
    "string": _text,
    "lower": lambda found: _cased(found, str.lower),
    "upper": lambda found: _cased(found, str.upper),
    "abs": _absolute,
}
