"""Emitters for structures: one child after the other."""

from typing import Any

from dissectors.codegen.emission import MIXED, NO, YES, Emission, Outcome
from dissectors.codegen.fields import child, member, named
from dissectors.codegen.scopes import Scope, UnknownError

__all__ = ["focused", "sequence", "struct"]


def _members(emission: Emission, construct: Any, scope: Scope, path: str) -> tuple[list[tuple[str | None, str]], tuple[str, ...]]:
    values: list[tuple[str | None, str]] = []
    pieces: tuple[str, ...] = ()
    for sub in construct.subcons:
        name, abbrev, below = named(sub, path)
        start = emission.source.position
        outcome = emission.emit(sub, scope, below)
        pieces += member(emission, sub, outcome, name, abbrev, start)
        if sub.name:
            scope.names[sub.name] = outcome.value
        values.append((sub.name, outcome.value))
    return values, pieces


def struct(emission: Emission, construct: Any, scope: Scope, path: str) -> Outcome:
    """`Struct` and `Framed`."""
    values, pieces = _members(emission, construct, Scope(scope, construct), path)
    value = emission.source.fresh("v")
    items = ", ".join(f"{name!r}: {variable}" for name, variable in values if name)
    emission.source.after(f"{value} = Container({{{items}}})" if items else f"{value} = Container()")
    return Outcome(value, pieces=pieces, records=YES if construct.subcons else NO)


def sequence(emission: Emission, construct: Any, scope: Scope, path: str) -> Outcome:
    """`Sequence`."""
    values, pieces = _members(emission, construct, Scope(scope, construct), path)
    value = emission.source.fresh("v")
    emission.source.after(f"{value} = ListContainer(({''.join(f'{variable}, ' for _, variable in values)}))")
    return Outcome(value, pieces=pieces, records=YES if construct.subcons else NO)


def focused(emission: Emission, construct: Any, scope: Scope, path: str) -> Outcome:
    """`FocusedSeq`, and so `PrefixedArray`: the fields of the one member that counts belong to the parent."""
    focus = construct.parsebuildfrom
    if not isinstance(focus, str) or [sub.name for sub in construct.subcons].count(focus) != 1:
        raise UnknownError("FocusedSeq")
    inside = Scope(scope, construct)
    source = emission.source
    pieces: tuple[str, ...] = ()
    found = ""
    for sub in construct.subcons:
        name, abbrev, below = named(sub, path)
        start = source.position
        outcome = emission.emit(sub, inside, path if sub.name == focus else below)
        if sub.name == focus:
            found = outcome.value
            pieces += _focus(emission, sub, outcome, path, start)
        else:
            pieces += member(emission, sub, outcome, name, abbrev, start)
        if sub.name:
            inside.names[sub.name] = outcome.value
    return _of(emission, found, pieces)


def _focus(emission: Emission, sub: Any, outcome: Outcome, path: str, start: Any) -> tuple[str, ...]:
    name, abbrev = repr(sub.name), repr(child(path, sub.name))
    if not emission.trees or outcome.records == YES:
        return outcome.pieces
    if outcome.records == NO:
        return member(emission, sub, outcome, name, abbrev, start)
    if outcome.records == MIXED:
        raise UnknownError("FocusedSeq")
    source = emission.source
    some = source.fresh("g")
    with source.block(f"if {outcome.records}:"):
        source.write(f"{some} = ({''.join(f'{piece}, ' for piece in outcome.pieces)})")
    with source.block("else:"):
        bare = outcome._replace(pieces=())
        source.write(f"{some} = ({''.join(f'{piece}, ' for piece in member(emission, sub, bare, name, abbrev, start))})")
    return (f"*{some}",)


def _of(emission: Emission, value: str, pieces: tuple[str, ...]) -> Outcome:
    """A value of any type with fields inside."""
    if not emission.trees:
        return Outcome(value, maybe_none=True, records=YES)
    shown, text = emission.source.fresh("s"), emission.source.fresh("t")
    emission.source.write(f"{shown}, {text} = shown_branch({value})")
    return Outcome(value, shown, text, pieces, True, YES)
