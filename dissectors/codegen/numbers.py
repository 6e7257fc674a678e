"""Emitters for numbers, byte strings and what is made of them one to one."""

from typing import Any

from construct import Enum, EnumInteger, Flag, FlagsEnum, StringEncoded

from dissectors.codegen.emission import NO, Emission, Outcome
from dissectors.codegen.expressions import context, expression
from dissectors.codegen.scopes import Scope, UnknownError
from dissectors.values import plain

__all__ = [
    "adapted",
    "bytes_integer",
    "flag",
    "format_field",
    "greedy_bytes",
    "quic_varint",
    "raw_bytes",
    "take",
    "varint",
    "zigzag",
]


def plain_value(value: str) -> Outcome:
    """The outcome of an exact int, bytes, str, bool or float."""
    return Outcome(value, value)


def format_field(emission: Emission, construct: Any, _scope: Scope, _path: str) -> Outcome:
    """`FormatField`."""
    order, code = construct.fmtstr
    return plain_value(emission.source.fixed(code, construct.length, order if construct.length > 1 else ""))


def flag(emission: Emission, construct: Any, _scope: Scope, _path: str) -> Outcome:
    """`Flag`."""
    assert construct is Flag
    return plain_value(emission.source.fixed("?", 1))


def bytes_integer(emission: Emission, construct: Any, scope: Scope, _path: str) -> Outcome:
    """`BytesInteger`."""
    source = emission.source
    if callable(construct.swapped) or callable(construct.signed):
        raise UnknownError("BytesInteger")
    order = "little" if construct.swapped else "big"
    length = construct.length
    if type(length) is int and length > 0:
        raw = source.fixed(f"{length}s", length)
    else:
        size = source.assign("q", expression(length, scope, source))
        source.write(f"if {size} <= 0: raise Refused")
        raw = take(emission, size)
    value = source.fresh("v")
    source.after(f"{value} = from_bytes({raw}, {order!r}{', signed=True' if construct.signed else ''})")
    return plain_value(value)


def take(emission: Emission, size: str) -> str:
    """Write the read of a number of bytes that is only known then; gives the variable with them."""
    source = emission.source
    start = source.position
    end = source.assign("p", f"{start} + {size}")
    source.write(f"if {end} > {source.region.end} or {end} < {start}: raise Refused")
    value = source.assign("v", f"d[{start}:{end}]")
    source.jump(end)
    return value


def raw_bytes(emission: Emission, construct: Any, scope: Scope, _path: str) -> Outcome:
    """`Bytes`."""
    length = construct.length
    if type(length) is int and length >= 0:
        return plain_value(emission.source.fixed(f"{length}s", length))
    return plain_value(take(emission, expression(length, scope, emission.source)))


def greedy_bytes(emission: Emission, _construct: Any, _scope: Scope, _path: str) -> Outcome:
    """`GreedyBytes`."""
    source = emission.source
    end = source.region.end
    value = source.assign("v", f"d[{source.position}:{end}]")
    source.jump(end)
    return plain_value(value)


def _by_helper(emission: Emission, helper: str) -> Outcome:
    source = emission.source
    value, after = source.fresh("v"), source.fresh("p")
    source.flush()
    source.write(f"{value}, {after} = {helper}(d, {source.position}, {source.region.end})")
    source.jump(after)
    return plain_value(value)


def varint(emission: Emission, _construct: Any, _scope: Scope, _path: str) -> Outcome:
    """`VarInt`."""
    return _by_helper(emission, "varint")


def zigzag(emission: Emission, _construct: Any, _scope: Scope, _path: str) -> Outcome:
    """`ZigZag`."""
    return _by_helper(emission, "zigzag")


def quic_varint(emission: Emission, _construct: Any, _scope: Scope, _path: str) -> Outcome:
    """The house's `QuicVarint`."""
    return _by_helper(emission, "quic_varint")


def adapted(emission: Emission, construct: Any, scope: Scope, path: str) -> Outcome:
    """Any `Adapter`: enums and strings in the open, the others through their own `_decode`."""
    inner = emission.emit(construct.subcon, scope, path)
    decode = type(construct)._decode if "_decode" not in vars(construct) else None
    if decode is Enum._decode:
        return _enum(emission, construct, inner)
    if isinstance(construct, FlagsEnum):
        return _flags(emission, construct, inner)
    source = emission.source
    value = source.fresh("v")
    if decode is StringEncoded._decode and type(construct.encoding) is str and inner.records == NO:
        source.after(f"{value} = {inner.value}.decode({construct.encoding!r})")
        return plain_value(value)
    source.write(f"{value} = {source.constant(construct._decode)}({inner.value}, {context(scope, source)}, '')")
    if not inner.pieces:
        return emission.any_leaf(value)._replace(records=inner.records)
    shown, text = source.fresh("s"), source.fresh("t")
    source.write(f"{shown}, {text} = shown_branch({value})")
    return Outcome(value, shown, text, inner.pieces, True, inner.records)


def _enum(emission: Emission, construct: Enum, inner: Outcome) -> Outcome:
    source = emission.source
    value = source.fresh("v")
    names = source.constant(construct.decmapping.get)
    number = source.constant(EnumInteger)
    source.after(f"{value} = {names}({inner.value})")
    source.after(f"if {value} is None: {value} = {number}({inner.value})")
    if not emission.trees:
        return Outcome(value)
    shown, text = source.fresh("s"), source.fresh("t")
    known = source.constant({number: plain(name) for number, name in construct.decmapping.items()}.get)
    source.after(f"{shown}, {text} = {known}({inner.value}) or (int({value}), '')")
    return Outcome(value, shown, text, inner.pieces, False, inner.records)


def _flags(emission: Emission, construct: FlagsEnum, inner: Outcome) -> Outcome:
    if inner.records != NO:
        raise UnknownError("FlagsEnum")
    source = emission.source
    value = source.assign("v", f"{source.constant(construct._decode)}({inner.value}, None, '')")
    # private names that the interpreter leaves there, too
    source.write(f"{value}['_number'] = {inner.value}")
    source.write(f"{value}['_masks'] = {source.constant(construct.flags)}")
    emission.fields += len(construct.flags)
    if not emission.trees:
        return Outcome(value)
    shown, text = source.fresh("s"), source.fresh("t")
    source.write(f"{shown}, {text} = plain({value})")
    return Outcome(value, shown, text, flags=value)
