"""What `this` means at a place of a grammar: the members read so far, the structures around them, the parameters."""

from collections.abc import Mapping
from typing import Any, ClassVar

from construct import Construct

__all__ = ["Scope", "UnknownError"]


class UnknownError(Exception):
    """No code can be generated for this: the interpreter has to do it."""


class Scope:
    """One context of construct's. The outermost one (without `outer`) holds the parameters."""

    flags: ClassVar[Mapping[str, str]] = {"_parsing": "True", "_building": "False", "_sizing": "False"}
    calls: ClassVar[bool] = True
    """Functions may be called with a context made of this."""

    def __init__(self, outer: "Scope | None" = None, construct: Any = None) -> None:
        self.outer = outer
        self.construct: Construct | None = construct
        self.names: dict[str, str] = {}
        self.index: str | None = outer.index if outer is not None else "None"
        """Source of `_index`; None where nobody knows it."""

    def resolve(self, fields: list[str]) -> str:
        """Source for `this.a.b`, given ["a", "b"]. Raises `UnknownError` where it is not known beforehand."""
        first, *rest = fields
        if first in self.flags and not rest:
            return self.flags[first]
        if first == "_index" and self.index is not None:
            return _items(self.index, rest)
        if first == "_params" and rest and not str(rest[0]).startswith("_"):
            return _items("P", rest)
        if first == "_" and self.outer is not None and rest:
            return self.outer.resolve(rest)
        if first == "_root" and rest and self.outer is not None:
            return self._root().resolve(rest)
        if self.outer is None and not str(first).startswith("_"):
            return _items("P", fields)
        if first in self.names:
            return _items(self.names[first], rest)
        raise UnknownError(f"this.{'.'.join(map(str, fields))}")

    def _root(self) -> "Scope":
        scope = self
        while scope.outer is not None and scope.outer.outer is not None:
            scope = scope.outer
        return scope


def _items(source: str, fields: list[str]) -> str:
    return source + "".join(f"[{field!r}]" for field in fields)
