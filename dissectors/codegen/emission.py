"""One walk over a grammar that writes the code of its parse: which emitter writes what is decided in `table`."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from construct import Construct, Renamed, StopIf

from dissectors.codegen.expressions import context
from dissectors.codegen.scopes import Scope, UnknownError
from dissectors.codegen.source import Source
from dissectors.copies import GrammarCopy
from dissectors.recording import Watched

__all__ = ["MIXED", "NO", "YES", "Emission", "Emitter", "Outcome", "Records", "parse_of"]

Records = str
"""Whether a parse writes down anything inside a field, which makes it a branch: NO, YES, source that tells, or MIXED."""
NO, YES, MIXED = "no", "yes", "mixed"


class Outcome(NamedTuple):
    """What the code for a construct leaves behind; all but `maybe_none` is source."""

    value: str
    shown: str = "None"
    """The value that its field shows."""
    text: str = ""
    """The text of its field; "" for none."""
    pieces: tuple[str, ...] = ()
    """Fields inside: items for a tuple display, also starred ones."""
    maybe_none: bool = False
    """The value may be None; a field of no width is not shown then."""
    records: Records = NO
    flags: str = ""
    """The value of a `FlagsEnum` whose flags are fields inside its own, "" for none."""


Emitter = Callable[["Emission", Any, Scope, str], Outcome]
"""(emission, construct, scope, filter name of the field it is for) to what its code leaves behind."""


def parse_of(construct: Construct) -> Any:
    """The function that parses a construct, by which it is treated; None where the instance has one of its own."""
    kind = type(construct)
    own = vars(construct)
    plain = kind._parsereport is Construct._parsereport and "_parse" not in own and "_parsereport" not in own
    return kind._parse if plain and construct.parsed is None else None


class Emission:
    """The state of the walk. `trees` says whether code for fields is wanted."""

    def __init__(self, table: Mapping[Any, Emitter], *, trees: bool) -> None:
        self._table = table
        self.trees = trees
        self.source = Source()
        self.fields = 0
        """Fields that the code written so far makes at most, those of loops once."""

    def emit(self, construct: Construct, scope: Scope, path: str) -> Outcome:
        """Write the code for a construct. Raises `UnknownError` where none can be written."""
        while isinstance(construct, Renamed) and parse_of(construct) is not None:
            construct = construct.subcon
        parse = parse_of(construct)
        emitter = self._table.get(parse) if parse is not None else None
        return emitter(self, construct, scope, path) if emitter is not None else self._foreign(construct, scope)

    def _foreign(self, construct: Construct, scope: Scope) -> Outcome:
        """A construct that parses itself, if it shows as one field without looking elsewhere."""
        if isinstance(construct, StopIf):
            raise UnknownError("StopIf")
        copied = GrammarCopy(construct)
        quiet = copied.root.leaf if isinstance(copied.root, Watched) else None
        if quiet is None or copied.careful:
            raise UnknownError(type(construct).__name__)
        source = self.source
        if not source.region.whole:
            # its stream would be a copy of the message so far, for each item of an array again
            raise UnknownError(type(construct).__name__)
        place = source.position
        around = context(scope, source)
        value, after = source.fresh("v"), source.fresh("p")
        source.write(f"{value}, {after} = leaf({source.constant(quiet)}, d, {place}, {around})")
        source.jump(after)
        return self.any_leaf(value)

    def any_leaf(self, value: str) -> Outcome:
        """The outcome of a value of which nothing is known beforehand."""
        if not self.trees:
            return Outcome(value, maybe_none=True)
        shown, text = self.source.fresh("s"), self.source.fresh("t")
        self.source.write(f"{shown}, {text} = shown_leaf({value})")
        return Outcome(value, shown, text, maybe_none=True)
