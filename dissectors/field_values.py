"""What a comparison compares: the values of a field in a message, perhaps a slice of their bytes, their length, or how many there are."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from dissectors.term_error import TermError
from workbench.api import Field, Message

__all__ = ["FUNCTIONS", "Source", "source_of"]

FUNCTIONS = ("len", "count", "lower", "upper")

_SHAPE = re.compile(r"(?:(\w+)\s*\(\s*)?([^\s()\[\]]+)(\[([^\]]*)\])?\s*(\))?")
_PIECE = re.compile(r"\s*(-?\d+)?\s*(?:([:-])\s*(-?\d+)?)?\s*")

_Slice = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Source:
    """`name` is the field, `function` one of `FUNCTIONS` or "", `parts` the pieces of its bytes that are put together (none: all of it)."""

    name: str
    function: str = ""
    parts: tuple[_Slice, ...] = ()

    def values(self, message: Message) -> Iterator[Field]:
        """The values in a message, each as a field of that value."""
        nodes = (node for _, node in message.root.walk() if node.abbrev == self.name and node.value is not None)
        if self.parts:
            nodes = (self._sliced(message, node) for node in nodes)
        if self.function == "count":
            count = sum(1 for _ in nodes)
            if count:
                yield Field(self.name, 0, 0, count)
            return
        for node in nodes:
            yield self._called(node) if self.function else node

    def _sliced(self, message: Message, node: Field) -> Field:
        data = message.bytes_of(node)
        return Field(node.name, node.start, node.end, b"".join(part(data) for part in self.parts))

    def _called(self, node: Field) -> Field:
        value = node.value
        if self.function == "len":
            return replace(node, value=len(_bytes(value)), text="")
        text = value if isinstance(value, str) else node.text
        return replace(node, value=text.lower() if self.function == "lower" else text.upper(), text="")


def source_of(text: str) -> Source:
    """Read `name`, `name[slice]` or `function(name)`. Raises `TermError`."""
    match = _SHAPE.fullmatch(text)
    if match is None or bool(match[1]) != bool(match[5]):
        raise TermError(f"{text} is not the name of a field")
    if match[1] and match[1] not in FUNCTIONS:
        raise TermError(f"there is no function {match[1]}", remedy=f"There are {', '.join(FUNCTIONS)}")
    parts = tuple(_slice(piece, match.start(4)) for piece in match[4].split(",")) if match[3] else ()
    return Source(match[2], match[1] or "", parts)


def _slice(piece: str, offset: int) -> _Slice:
    """`[4]` one byte, `[2:3]` three from the second, `[2-4]` from the second to the fourth, `[:4]`, `[4:]`; from the end where negative."""
    match = _PIECE.fullmatch(piece)
    if match is None or (match[1] is None and match[3] is None):
        raise TermError(f"[{piece}] is no slice", remedy="Write [4], [2:3], [2-4], [:4] or [4:]", offset=offset)
    first = int(match[1] or 0)
    if not match[2]:
        return lambda data: data[first:][:1]
    if match[3] is None:
        return lambda data: data[first:]
    second = int(match[3])
    size = second if match[2] == ":" else second - first + 1
    if size < 0:
        raise TermError(f"[{piece}] ends before it begins", offset=offset)
    return lambda data: data[first:][:size]


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    return str(value).encode("utf-8", "surrogateescape")
