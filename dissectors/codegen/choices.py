"""Emitters for alternatives: whatever branch is taken, the same variables hold what it left behind."""

from typing import Any

from construct import GreedyBytes, Pass

from dissectors.codegen.emission import MIXED, NO, YES, Emission, Outcome
from dissectors.codegen.expressions import expression
from dissectors.codegen.scopes import Scope, UnknownError
from dissectors.codegen.source import Source

__all__ = ["if_then_else", "select", "switch"]


class _Join:
    """The variables in which all branches leave their outcome."""

    def __init__(self, emission: Emission) -> None:
        self._emission = emission
        source = emission.source
        source.flush()
        self._source: Source = source
        self._start = source.position
        self.place = source.fresh("p")
        self._value, self._shown, self._text, self._fields = (source.fresh(letter) for letter in "vstg")
        self._records: set[str] = set()
        self._index: set[str | None] = set()
        self._maybe_none = False
        self._branching = self._worded = False

    def branch(self, construct: Any, scope: Scope, path: str) -> None:
        """Write a branch, from the place where all begin."""
        source = self._source
        source.position = self._start
        before = scope.index
        outcome = self._emission.emit(construct, scope, path)
        if outcome.flags:
            raise UnknownError("flags in one of several forms")
        self._index.add(scope.index)
        scope.index = before
        source.write(f"{self._value} = {outcome.value}")
        if self._emission.trees:
            source.write(f"{self._shown} = {outcome.shown}")
            source.write(f"{self._text} = {outcome.text or repr('')}")
            source.write(f"{self._fields} = ({''.join(f'{piece}, ' for piece in outcome.pieces)})")
        source.write(f"{self.place} = {source.position}")
        self._records.add(outcome.records)
        self._maybe_none |= outcome.maybe_none
        self._branching |= bool(outcome.pieces)
        self._worded |= bool(outcome.text)

    def outcome(self, scope: Scope) -> Outcome:
        """What any branch left behind."""
        self._source.jump(self.place)
        if len(self._index) > 1:
            scope.index = None
        records = next(iter(self._records)) if len(self._records) == 1 else MIXED
        if records not in (NO, YES):
            records = MIXED
        pieces = (f"*{self._fields}",) if self._branching else ()
        return Outcome(self._value, self._shown, self._text if self._worded else "", pieces, self._maybe_none, records)


def if_then_else(emission: Emission, construct: Any, scope: Scope, path: str) -> Outcome:
    """`IfThenElse`, and so `If`; a condition that is known while code is written (`this._parsing`) leaves no trace."""
    source = emission.source
    condition = expression(construct.condfunc, scope, source)
    if condition in ("True", "False"):
        return emission.emit(construct.thensubcon if condition == "True" else construct.elsesubcon, scope, path)
    join = _Join(emission)
    with source.block(f"if {condition}:"):
        join.branch(construct.thensubcon, scope, path)
    with source.block("else:"):
        join.branch(construct.elsesubcon, scope, path)
    return join.outcome(scope)


def switch(emission: Emission, construct: Any, scope: Scope, path: str) -> Outcome:
    """`Switch`; cases that share a construct share its code."""
    source = emission.source
    key = expression(construct.keyfunc, scope, source)
    branches = list({id(sub): sub for sub in (*construct.cases.values(), construct.default)}.values())
    numbers = {id(sub): number for number, sub in enumerate(branches)}
    table = source.constant({case: numbers[id(sub)] for case, sub in construct.cases.items()}.get)
    if len(branches) == 1:
        source.write(f"{table}({key})")  # a key that cannot be looked up is an error, too
        return emission.emit(branches[0], scope, path)
    chosen = source.assign("q", f"{table}({key}, {numbers[id(construct.default)]})")
    join = _Join(emission)
    for number, sub in enumerate(branches):
        last = number == len(branches) - 1
        with source.block(f"if {chosen} == {number}:" if not number else "else:" if last else f"elif {chosen} == {number}:"):
            join.branch(sub, scope, path)
    return join.outcome(scope)


def select(emission: Emission, construct: Any, scope: Scope, path: str) -> Outcome:
    """`Select`, and so `Optional`: the first alternative that does not fail."""
    source = emission.source
    join = _Join(emission)
    source.write(f"{join.place} = -1")
    for number, sub in enumerate(construct.subcons):
        sure = sub is GreedyBytes or sub is Pass
        with source.block(f"if {join.place} < 0:" if number else "if True:"):
            if sure:
                join.branch(sub, scope, path)
                continue
            with source.block("try:"):
                join.branch(sub, scope, path)
            with source.block("except (ExplicitError, StopFieldError):"):
                source.write("raise Doubt")
            with source.block("except Exception:"):
                source.write("pass")
        if sure:
            break
    source.write(f"if {join.place} < 0: raise Refused")
    return join.outcome(scope)
