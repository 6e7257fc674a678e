"""Emitters for arrays: loops, with a budget of fields beyond which the interpreter decides what is shown."""

from typing import Any

from dissectors.codegen.emission import Emission, Outcome
from dissectors.codegen.expressions import expression
from dissectors.codegen.fields import member
from dissectors.codegen.scopes import Scope, UnknownError
from dissectors.codegen.sizes import least

__all__ = ["array", "greedy_range"]

PER_ITEM = 1
"""What an item costs of the budget beside its fields: it counts when it begins, and once more among the fields of its array."""


def array(emission: Emission, construct: Any, scope: Scope, path: str) -> Outcome:
    """`Array`."""
    if construct.discard:
        raise UnknownError("discard")
    source = emission.source
    count = source.assign("q", expression(construct.count, scope, source))
    source.write(f"if {count} < 0: raise Refused")
    if (size := least(construct.subcon)) > 0:
        # so many cannot be there; who begins to read them only learns it later
        source.write(f"if {count} * {size} > {source.region.end} - {source.position}: raise Refused")
    at, value, fields = _begin(emission)
    number = source.fresh("i")
    before = scope.index
    with source.block(f"for {number} in range({count}):"):
        source.position = source.position._replace(base=at, offset=0)
        _item(emission, construct, scope, path, number, value, fields)
        source.write(f"{at} = {source.position}")
    if before is not None:
        before = source.assign("i", f"{count} - 1 if {count} > 0 else {before}")
    return _end(emission, scope, at, value, fields, before)


def greedy_range(emission: Emission, construct: Any, scope: Scope, path: str) -> Outcome:
    """`GreedyRange`."""
    if construct.discard:
        raise UnknownError("discard")
    source = emission.source
    at, value, fields = _begin(emission)
    number = source.assign("i", "0")
    with source.block("while True:"):
        with source.block("try:"):
            source.position = source.position._replace(base=at, offset=0)
            _item(emission, construct, scope, path, number, value, fields)
            source.write(f"{at} = {source.position}")
            source.write(f"{number} += 1")
        with source.block("except (ExplicitError, StopFieldError):"):
            source.write("raise Doubt")
        with source.block("except Exception:"):
            source.write("break")
    return _end(emission, scope, at, value, fields, number)


def _begin(emission: Emission) -> tuple[str, str, str]:
    source = emission.source
    source.flush()
    at = source.assign("p", str(source.position))
    value = source.assign("v", "ListContainer()")
    return at, value, source.assign("g", "[]") if emission.trees else ""


def _item(emission: Emission, construct: Any, scope: Scope, path: str, number: str, value: str, fields: str) -> None:
    source = emission.source
    before = emission.fields
    scope.index = number
    start = source.position
    outcome = emission.emit(construct.subcon, scope, path)
    pieces = member(emission, construct.subcon, outcome, f"f'[{{{number}}}]'", repr(path), start)
    source.write(f"b -= {PER_ITEM + emission.fields - before}")
    source.write("if b <= 0: raise Doubt")
    for piece in pieces:
        source.write(f"{fields}.append({piece})" if piece[0] != "*" else f"{fields}.extend({piece[1:]})")
    source.write(f"{value}.append({outcome.value})")


def _end(emission: Emission, scope: Scope, at: str, value: str, fields: str, last: str | None) -> Outcome:
    emission.source.jump(at)
    scope.index = last  # the number of the last item stays behind in construct's context
    return Outcome(value, pieces=(f"*{fields}",) if emission.trees else (), records=value)
