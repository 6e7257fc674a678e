"""Emitters for bit structures of fixed size: one number, and a shift and a mask for each field."""

from typing import Any, NamedTuple

import construct.core as core
from construct import BitsInteger, Construct, Enum, EnumInteger, Flag, Pass, Struct
from construct.lib import bytes2bits

from dissectors.codegen.emission import YES, Emission, Outcome, parse_of
from dissectors.codegen.fields import named
from dissectors.codegen.scopes import Scope, UnknownError
from dissectors.codegen.source import Position
from dissectors.values import plain

__all__ = ["transformed"]

_CODES = {1: "B", 2: "H", 4: "I", 8: "Q"}


class _Number(NamedTuple):
    """The bytes of a bit structure as one integer, and where they are."""

    name: str
    start: Position
    bits: int


def transformed(emission: Emission, construct: Any, _scope: Scope, path: str) -> Outcome:
    """`Transformed` as `BitStruct` and `Bitwise` make it around a structure of fixed size."""
    size = construct.decodeamount
    inner = _bare(construct.subcon)
    if construct.decodefunc is not bytes2bits or type(size) is not int or not size or parse_of(inner) is not Struct._parse:
        raise UnknownError("Transformed")
    source = emission.source
    start = source.position
    if size in _CODES:
        name = source.fixed(_CODES[size], size, ">" if size > 1 else "")
    else:
        raw = source.fixed(f"{size}s", size)
        name = source.fresh("v")
        source.after(f"{name} = from_bytes({raw}, 'big')")
    value, pieces, end = _struct(emission, inner, _Number(name, start, 8 * size), 0, path)
    if end > 8 * size:
        raise UnknownError("Transformed")
    return Outcome(value, pieces=pieces, records=YES)


def _bare(construct: Construct) -> Construct:
    while isinstance(construct, core.Renamed) and parse_of(construct) is not None:
        construct = construct.subcon
    return construct


def _struct(emission: Emission, construct: Any, number: _Number, at: int, path: str) -> tuple[str, tuple[str, ...], int]:
    """Value, fields and end (in bits) of a structure that begins at bit `at`."""
    items, pieces = [], []
    for sub in construct.subcons:
        name, abbrev, below = named(sub, path)
        bare = _bare(sub)
        if parse_of(bare) is Struct._parse:
            value, inside, end = _struct(emission, bare, number, at, below)
            shown, text, children = "None", "''", f"({', '.join(inside)},)" if inside else "()"
        else:
            (value, shown, text), end = _leaf(emission, bare, number, at)
            children = "()"
        if sub.name:
            items.append(f"{sub.name!r}: {value}")
        emission.fields += 1
        if emission.trees and (end > at or value != "None"):
            pieces.append(_field(emission, number.start, (at, end), f"{name}, ", f"{shown}, {children}, {abbrev}, {text}"))
        at = end
    whole = emission.source.fresh("v")
    emission.source.after(f"{whole} = Container({{{', '.join(items)}}})")
    return whole, tuple(pieces), at


def _field(emission: Emission, start: Position, bits: tuple[int, int], before: str, after: str) -> str:
    first, last = bits
    made = emission.source.fresh("f")
    base = f"8 * ({start}) + " if start.base else ""
    shift = 0 if start.base else 8 * start.offset
    place = f"{start.plus(first // 8)}, {start.plus((last + 7) // 8)}"
    where = f"({base}{shift + first}, {base}{shift + last})"
    emission.source.after(f"{made} = AnyField({before}{place}, {after}, '', 0, {where}, False); {made}.__class__ = Field")
    return made


def _leaf(emission: Emission, construct: Any, number: _Number, at: int) -> tuple[tuple[str, str, str], int]:
    """Value, shown value and text of a field, and where it ends."""
    source = emission.source
    parse = parse_of(construct)
    if parse is core.Padded._parse and construct.subcon is Pass and type(construct.length) is int and construct.length >= 0:
        return ("None", "None", "''"), at + construct.length
    if parse is core.Adapter._parse and type(construct)._decode is Enum._decode:
        (raw, _, _), end = _leaf(emission, construct.subcon, number, at)
        value, shown, text = source.fresh("v"), source.fresh("s"), source.fresh("t")
        source.after(f"{value} = {source.constant(construct.decmapping.get)}({raw})")
        source.after(f"if {value} is None: {value} = {source.constant(EnumInteger)}({raw})")
        known = source.constant({key: plain(each) for key, each in construct.decmapping.items()}.get)
        source.after(f"{shown}, {text} = {known}({raw}) or (int({value}), '')")
        return (value, shown, text), end
    width = 1 if construct is Flag else construct.length if parse is BitsInteger._parse else None
    if type(width) is not int or width <= 0 or getattr(construct, "swapped", False) or getattr(construct, "signed", False):
        raise UnknownError(f"{type(construct).__name__} among bits")
    end = at + width
    value = source.fresh("v")
    shift = number.bits - end
    shifted = f"{number.name} >> {shift}" if shift else number.name
    masked = f"{shifted} & {(1 << width) - 1}"
    source.after(f"{value} = ({masked}) != 0" if construct is Flag else f"{value} = {masked}")
    return (value, value, "''"), end
