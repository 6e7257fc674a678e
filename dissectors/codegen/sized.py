"""Emitters for parts whose size is said beforehand, by a mark at their end, or by what must follow."""

from typing import Any

from construct import GreedyBytes, Pass, Prefixed

from dissectors.codegen.emission import NO, YES, Emission, Outcome
from dissectors.codegen.expressions import expression
from dissectors.codegen.fields import member
from dissectors.codegen.numbers import plain_value, take
from dissectors.codegen.scopes import Scope, UnknownError

__all__ = ["aligned", "fixed_sized", "null_stripped", "null_terminated", "padded", "prefixed"]


def _inside(emission: Emission, construct: Any, scope: Scope, path: str, size: str) -> Outcome:
    """A child in the next `size` bytes, whatever it takes of them."""
    source = emission.source
    if construct is GreedyBytes:
        return plain_value(take(emission, size))
    start = source.position
    end = source.assign("p", f"{start} + {size}")
    source.write(f"if {end} > {source.region.end} or {end} < {start}: raise Refused")
    with source.within(end):
        outcome = emission.emit(construct, scope, path)
    source.jump(end)
    return outcome


def prefixed(emission: Emission, construct: Prefixed, scope: Scope, path: str) -> Outcome:
    """`Prefixed`; its length is a field only where there are fields beside it."""
    source = emission.source
    start = source.position
    length = emission.emit(construct.lengthfield, scope, path)
    middle = source.position
    size = length.value
    if construct.includelength:
        size = f"({size} - {construct.lengthfield.sizeof()})"
    inner = _inside(emission, construct.subcon, scope, path, size)
    if inner.records == NO or not emission.trees:
        return inner
    here, source.position = source.position, middle
    before = member(emission, construct.lengthfield, length, "'length'", "''", start)
    source.position = here
    return inner._replace(pieces=before + inner.pieces, records=YES)


def fixed_sized(emission: Emission, construct: Any, scope: Scope, path: str) -> Outcome:
    """`FixedSized`."""
    source = emission.source
    size = source.assign("q", expression(construct.length, scope, source))
    return _inside(emission, construct.subcon, scope, path, size)


def null_terminated(emission: Emission, construct: Any, scope: Scope, path: str) -> Outcome:
    """`NullTerminated`, and so `CString`."""
    term = construct.term
    unit = len(term)
    source = emission.source
    if not unit:
        raise UnknownError("NullTerminated")
    source.flush()
    start, end = source.position, source.region.end
    seek = f"d.find({term!r}, {start}, {end})" if unit == 1 else f"find_aligned(d, {term!r}, {start}, {end})"
    found = source.assign("q", seek)
    last, after = source.fresh("p"), source.fresh("p")
    with source.block(f"if {found} < 0:"):
        if construct.require:
            source.write("raise Refused")
        else:
            source.write(f"{last} = {end} - ({end} - ({start})) % {unit}")
            source.write(f"{after} = {end}")
    with source.block("else:"):
        source.write(f"{last} = {found} + {unit if construct.include else 0}")
        source.write(f"{after} = {found} + {unit if construct.consume else 0}")
    return _bounded(emission, construct.subcon, scope, path, last, after)


def null_stripped(emission: Emission, construct: Any, scope: Scope, path: str) -> Outcome:
    """`NullStripped`: all the rest without the padding at its end."""
    if not construct.pad:
        raise UnknownError("NullStripped")
    source = emission.source
    source.flush()
    start, end = source.position, source.region.end
    last = source.assign("p", f"{start} + len(stripped(d[{start}:{end}], {construct.pad!r}))")
    return _bounded(emission, construct.subcon, scope, path, last, end)


def _bounded(emission: Emission, construct: Any, scope: Scope, path: str, last: str, after: str) -> Outcome:
    """A child in the bytes up to `last`; reading goes on at `after`."""
    source = emission.source
    with source.within(last):
        outcome = emission.emit(construct, scope, path)
    source.jump(after)
    return outcome


def padded(emission: Emission, construct: Any, scope: Scope, path: str) -> Outcome:
    """`Padded`, and so `Padding`."""
    source = emission.source
    if construct.subcon is Pass and type(construct.length) is int and construct.length > 0:
        source.fixed(f"{construct.length}x", construct.length)
        return Outcome("None", maybe_none=True)
    length = source.assign("q", expression(construct.length, scope, source))
    source.write(f"if {length} < 0: raise Refused")
    start = source.position
    outcome = emission.emit(construct.subcon, scope, path)
    end = source.assign("p", f"{start} + {length}")
    source.write(f"if {source.position} > {end} or {end} > {source.region.end}: raise Refused")
    source.jump(end)
    return outcome


def aligned(emission: Emission, construct: Any, scope: Scope, path: str) -> Outcome:
    """`Aligned`."""
    source = emission.source
    modulus = source.assign("q", expression(construct.modulus, scope, source))
    source.write(f"if {modulus} < 2: raise Refused")
    start = source.position
    outcome = emission.emit(construct.subcon, scope, path)
    source.flush()
    end = source.assign("p", f"{source.position} + -({source.position} - ({start})) % {modulus}")
    source.write(f"if {end} > {source.region.end}: raise Refused")
    source.jump(end)
    return outcome
