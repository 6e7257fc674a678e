"""One walk over a grammar that writes the code of its build: the counterpart of `emission`. Which emitter writes what is decided in
`building`."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from construct import Construct, Renamed

from dissectors.codegen.expressions import expression
from dissectors.codegen.output import Output
from dissectors.codegen.scopes import Scope, UnknownError
from dissectors.codegen.source import Source

__all__ = ["Alone", "Assembler", "Assembly", "BuildScope", "build_of"]

Assembler = Callable[["Assembly", Any, "BuildScope", str, Output], str | None]
"""(assembly, construct, scope, source of the value, where the bytes go) to source of what construct's `_build` returns; None where a
later field cannot know."""


class BuildScope(Scope):
    """A context while building: members are what was given until they are built. `given` is the variable with the structure's value."""

    flags: ClassVar[Mapping[str, str]] = {"_parsing": "False", "_building": "True", "_sizing": "False"}
    calls: ClassVar[bool] = False

    def __init__(self, outer: "BuildScope | None" = None, construct: Any = None, given: str = "") -> None:
        super().__init__(outer, construct)
        self.given = given
        self.alone: Alone | None = outer.alone if outer is not None else None
        self.length = ""
        """In a frame: the variable that will hold its length."""
        self.unknown: set[str] = set()
        """Members whose value only construct would know by now."""

    def resolve(self, fields: list[str]) -> str:
        """Source for `this.a.b`, given ["a", "b"]."""
        first = fields[0]
        if first in self.unknown or (self.alone is not None and first == "_root"):
            raise UnknownError(first)
        if self.alone is not None and first == "_params":
            return self.alone.resolve(fields)
        if self.given and first not in self.names and not str(first).startswith("_"):
            return self.given + "".join(f"[{field!r}]" for field in fields)
        return super().resolve(fields)

    def built(self, name: str, value: str | None) -> None:
        """What a later field finds under the name of a member that was built."""
        self.names.pop(name, None)
        if value is None:
            self.unknown.add(name)
        else:
            self.names[name] = value


class Alone(BuildScope):
    """The context of a message inside a message, as `Select` builds its alternatives: what is known around are its parameters."""

    def __init__(self, behind: BuildScope) -> None:
        super().__init__()
        self._behind = behind
        self.alone = self

    def resolve(self, fields: list[str]) -> str:
        """Source for `this.a.b`, given ["a", "b"]."""
        first, *rest = fields
        if first in self.flags and not rest:
            return self.flags[first]
        if first == "_params" and rest:
            return self.resolve(rest)
        if str(first).startswith("_"):
            raise UnknownError(first)
        return self._behind.resolve(fields)


def build_of(construct: Construct) -> Any:
    """The function that builds a construct, by which it is treated; None where the instance has one of its own."""
    return type(construct)._build if "_build" not in vars(construct) else None


class Assembly:
    """The state of the walk."""

    def __init__(self, table: Mapping[Any, Assembler]) -> None:
        self._table = table
        self.source = Source()

    def emit(self, construct: Construct, scope: BuildScope, value: str, out: Output) -> str | None:
        """Write the code that builds `value` (source) into `out`. Raises `UnknownError` where none can be written."""
        while isinstance(construct, Renamed) and build_of(construct) is Renamed._build:
            construct = construct.subcon
        assembler = self._table.get(build_of(construct))
        if assembler is None:
            raise UnknownError(type(construct).__name__)
        return assembler(self, construct, scope, value, out)

    def computed(self, value: Any, scope: BuildScope) -> str:
        """A variable with what an expression gives."""
        return self.source.assign("v", expression(value, scope, self.source))

    def part(self, construct: Construct, scope: BuildScope, value: str) -> tuple[str, str | None]:
        """Code that builds into a stream of its own; gives the variable with the bytes, and what `emit` gives."""
        out = Output(self.source)
        built = self.emit(construct, scope, value, out)
        return out.join(), built
