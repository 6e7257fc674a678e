"""Emitters for what is computed or demanded rather than read."""

from typing import Any

from dissectors.codegen.emission import MIXED, NO, Emission, Outcome
from dissectors.codegen.expressions import expression
from dissectors.codegen.scopes import Scope, UnknownError

__all__ = ["check", "checksum", "computed", "const", "crc", "index", "nothing", "raw_copy", "same", "tell", "terminated"]

_NOTHING = Outcome("None", maybe_none=True)


def same(emission: Emission, construct: Any, scope: Scope, path: str) -> Outcome:
    """Wrappers that only matter when building (`Rebuild`, `Default`, …)."""
    return emission.emit(construct.subcon, scope, path)


def const(emission: Emission, construct: Any, scope: Scope, path: str) -> Outcome:
    """`Const`."""
    outcome = emission.emit(construct.subcon, scope, path)
    emission.source.after(f"if not {outcome.value} == {emission.source.constant(construct.value)}: raise Refused")
    return outcome


def crc(emission: Emission, construct: Any, scope: Scope, path: str) -> Outcome:
    """The house's `Crc`, over everything before it."""
    source = emission.source
    if not source.region.whole:
        raise UnknownError("Crc")
    function = source.constant(construct.function)
    covered = source.position
    outcome = emission.emit(construct.subcon, scope, path)
    source.after(f"if {outcome.value} != {function}(d[:{covered}]): raise Refused")
    return outcome


def checksum(emission: Emission, construct: Any, scope: Scope, path: str) -> Outcome:
    """`Checksum`."""
    source = emission.source
    outcome = emission.emit(construct.checksumfield, scope, path)
    covered = expression(construct.bytesfunc, scope, source)
    source.write(f"if {outcome.value} != {source.constant(construct.hashfunc)}({covered}): raise Refused")
    return outcome


def computed(emission: Emission, construct: Any, scope: Scope, _path: str) -> Outcome:
    """`Computed`."""
    return emission.any_leaf(emission.source.assign("v", expression(construct.func, scope, emission.source)))


def check(emission: Emission, construct: Any, scope: Scope, _path: str) -> Outcome:
    """`Check`."""
    emission.source.write(f"if not {expression(construct.func, scope, emission.source)}: raise Refused")
    return _NOTHING


def terminated(emission: Emission, _construct: Any, _scope: Scope, _path: str) -> Outcome:
    """`Terminated`."""
    source = emission.source
    source.write(f"if {source.position} < {source.region.end}: raise Refused")
    return _NOTHING


def nothing(_emission: Emission, _construct: Any, _scope: Scope, _path: str) -> Outcome:
    """`Pass`."""
    return _NOTHING


def tell(emission: Emission, _construct: Any, _scope: Scope, _path: str) -> Outcome:
    """`Tell`."""
    value = emission.source.assign("v", str(emission.source.position))
    return Outcome(value, value)


def index(emission: Emission, _construct: Any, scope: Scope, _path: str) -> Outcome:
    """`Index`."""
    if scope.index is None:
        raise UnknownError("Index")
    return emission.any_leaf(emission.source.assign("v", scope.index))


def raw_copy(emission: Emission, construct: Any, scope: Scope, path: str) -> Outcome:
    """`RawCopy`: shows what its child shows, but no value beside fields."""
    source = emission.source
    source.flush()
    start = source.position
    inner = emission.emit(construct.subcon, scope, path)
    source.flush()
    end = source.position
    places = f"'offset1': {start}, 'offset2': {end}, 'length': {end} - ({start})"
    value = source.assign("v", f"Container({{'data': d[{start}:{end}], 'value': {inner.value}, {places}}})")
    if inner.records == MIXED and emission.trees:
        raise UnknownError("RawCopy")
    if inner.records == NO:
        return inner._replace(value=value, maybe_none=False, flags="")
    return Outcome(value, pieces=inner.pieces, records=inner.records)
