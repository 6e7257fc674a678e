"""Python source in the making: lines, constants, fresh names, and where in the message the code has got to.

Reads of fixed size that follow each other are kept back and become one `struct.unpack_from`.
"""

import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

__all__ = ["Position", "Region", "Source"]

_LITERALS = frozenset((int, bool, str, bytes, type(None)))

LONGEST_LITERAL = 64
"""Characters of a constant that are written into the code; a longer one is a name."""


class Position(NamedTuple):
    """A place in the message: a variable ("" for its beginning) and bytes behind that."""

    base: str = ""
    offset: int = 0

    def __str__(self) -> str:
        if not self.base:
            return str(self.offset)
        return f"{self.base} + {self.offset}" if self.offset else self.base

    def plus(self, size: int) -> "Position":
        """So many bytes further."""
        return Position(self.base, self.offset + size)


class Region(NamedTuple):
    """The part of the message that may be read: up to `end` (source). `whole` is the message itself."""

    end: str = "n"
    whole: bool = True


class Source:
    """The body of one function over `d`, the message of `n` bytes."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, Any] = {}
        """What the code refers to by name."""
        self.position = Position()
        self.region = Region()
        self._depth = 1
        self._count = 0
        self._order = ""
        self._codes: list[str] = []
        self._targets: list[str] = []
        self._later: list[str] = []
        self._start = Position()

    def fresh(self, letter: str) -> str:
        """A name nobody uses."""
        self._count += 1
        return f"{letter}{self._count}"

    def constant(self, value: Any) -> str:
        """Source for a value: a literal where that is short, otherwise a name."""
        if type(value) in _LITERALS and len(text := repr(value)) <= LONGEST_LITERAL:
            return f"({text})" if type(value) is int and value < 0 else text
        name = self.fresh("K")
        self.names[name] = value
        return name

    def write(self, line: str) -> None:
        """A line behind everything so far."""
        self.flush()
        self._put(line)

    def after(self, line: str) -> None:
        """A line behind the reads that are kept back, which may go on."""
        if self._codes:
            self._later.append(line)
        else:
            self._put(line)

    def assign(self, letter: str, expression: str) -> str:
        """A fresh variable with the value of an expression."""
        name = self.fresh(letter)
        self.write(f"{name} = {expression}")
        return name

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        """An indented block."""
        self.write(header)
        self._depth += 1
        length = len(self.lines)
        yield
        self.flush()
        if len(self.lines) == length:
            self._put("pass")
        self._depth -= 1

    def fixed(self, code: str, size: int, order: str = "") -> str:
        """Read `size` bytes as a code of the `struct` module says; gives the variable, "" for padding. `order` is "" where any will do."""
        if order == "=":
            order = "<" if sys.byteorder == "little" else ">"
        if self._codes and order and self._order and order != self._order:
            self.flush()
        if not self._codes:
            self._start = self.position
        self._order = self._order or order
        self._codes.append(code)
        self.position = self.position.plus(size)
        if code.endswith("x"):
            return ""
        name = self.fresh("v")
        self._targets.append(name)
        return name

    def jump(self, place: str) -> None:
        """Go on at a place that only a variable knows."""
        self.flush()
        self.position = Position(place)

    def flush(self) -> None:
        """Write down the reads that are kept back."""
        if not self._codes:
            return
        layout = struct.Struct((self._order or ">") + "".join(self._codes))
        targets, later = self._targets, self._later
        self._codes, self._targets, self._later, self._order = [], [], [], ""
        if not self.region.whole or not targets:
            self._put(f"if {self._start.plus(layout.size)} > {self.region.end}: raise Refused")
        if targets:
            unpack = self.constant(layout.unpack_from)
            self._put(f"({', '.join(targets)},) = {unpack}(d, {self._start})")
        for line in later:
            self._put(line)

    @contextmanager
    def within(self, end: str) -> Iterator[None]:
        """Read up to `end` only."""
        self.flush()
        outer, self.region = self.region, Region(end, False)
        yield
        self.flush()
        self.region = outer

    def _put(self, line: str) -> None:
        self.lines.append("    " * self._depth + line)
