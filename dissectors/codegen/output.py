"""The bytes that generated code of a builder makes: parts in order, put together as late as possible.

Numbers that follow each other become one `struct.pack`. A checksum waits until everything before it has its bytes, and so does a length
until everything has its size.
"""

import struct
import sys
from typing import NamedTuple

from dissectors.codegen.source import Source

__all__ = ["Output", "Waiting"]


class Waiting(NamedTuple):
    """A number that is made of the bytes before it: `function` (source) of them, packed as `order` and `code` say."""

    function: str
    order: str
    code: str


class _Packed(NamedTuple):
    order: str
    code: str
    value: str


class _Raw(NamedTuple):
    name: str


class Output:
    """What one stream of construct's would hold."""

    def __init__(self, source: Source, *, whole: bool = False) -> None:
        self.whole = whole
        """A message begins here, so that a checksum may cover it."""
        self._source = source
        self._parts: list[_Packed | _Raw | Waiting] = []

    def pack(self, order: str, code: str, value: str) -> None:
        """A number (source) as the `struct` module packs it; `order` is "" where any will do. Padding has no value."""
        native = "<" if sys.byteorder == "little" else ">"
        self._parts.append(_Packed(native if order == "=" else order, code, value))

    def raw(self, name: str) -> None:
        """A variable that holds bytes."""
        self._parts.append(_Raw(name))

    def wait(self, waiting: Waiting) -> None:
        """A number that is made of everything before it."""
        self._parts.append(waiting)

    def size(self) -> str:
        """Source for the number of bytes, all waiting ones included."""
        fixed = sum(struct.calcsize(f">{part.code}") for part in self._parts if not isinstance(part, _Raw))
        return " + ".join([str(fixed), *(f"len({part.name})" for part in self._parts if isinstance(part, _Raw))])

    def join(self) -> str:
        """Write the code that puts all parts together; gives the variable with the bytes."""
        source = self._source
        pieces: list[str] = []
        run: list[_Packed] = []

        def pack() -> None:
            if run:
                order = next((part.order for part in run if part.order), ">")
                layout = struct.Struct(order + "".join(part.code for part in run))
                values = ", ".join(part.value for part in run if part.value)
                pieces.append(f"{source.constant(layout.pack)}({values})")
                run.clear()

        for part in self._parts:
            if isinstance(part, _Packed):
                if len({each.order for each in (*run, part)} - {""}) > 1:
                    pack()
                run.append(part)
                continue
            pack()
            if isinstance(part, Waiting):
                head = source.assign("o", " + ".join(pieces) or "b''")
                pieces = [head]
                number = source.assign("v", f"{part.function}({head})")
                run.append(_Packed(part.order, part.code, number))
            else:
                pieces.append(part.name)
        pack()
        return source.assign("o", f"b''.join(({', '.join(pieces)}))" if len(pieces) > 2 else " + ".join(pieces) or "b''")
