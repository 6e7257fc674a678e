"""Assemblers for numbers, byte strings, and what is encoded into them."""

from typing import Any

from construct import Enum, FlagsEnum, Mapping, StringEncoded

from dissectors.codegen.assembly import Assembly, BuildScope
from dissectors.codegen.output import Output, Waiting
from dissectors.codegen.scopes import UnknownError

__all__ = ["adapted", "bytes_integer", "crc", "flag", "format_field", "greedy_bytes", "number_code", "raw_bytes", "varint"]


def format_field(_assembly: Assembly, construct: Any, _scope: BuildScope, value: str, out: Output) -> str:
    """`FormatField`; what cannot be packed raises."""
    order, code = construct.fmtstr
    out.pack(order if construct.length > 1 else "", code, value)
    return value


def flag(_assembly: Assembly, _construct: Any, _scope: BuildScope, value: str, out: Output) -> str:
    """`Flag`."""
    out.pack("", "?", value)
    return value


def bytes_integer(assembly: Assembly, construct: Any, _scope: BuildScope, value: str, out: Output) -> str:
    """`BytesInteger`."""
    if type(construct.length) is not int or construct.length <= 0 or callable(construct.swapped) or callable(construct.signed):
        raise UnknownError("BytesInteger")
    order = "little" if construct.swapped else "big"
    sign = ", signed=True" if construct.signed else ""
    out.raw(assembly.source.assign("o", f"to_bytes({value}, {construct.length}, {order!r}{sign})"))
    return value


def raw_bytes(assembly: Assembly, construct: Any, scope: BuildScope, value: str, out: Output) -> str:
    """`Bytes`; construct takes other things than bytes, too."""
    length = assembly.computed(construct.length, scope)
    assembly.source.write(f"if type({value}) is not bytes: raise Doubt")
    assembly.source.write(f"if len({value}) != {length}: raise Refused")
    out.raw(value)
    return value


def greedy_bytes(assembly: Assembly, _construct: Any, _scope: BuildScope, value: str, out: Output) -> str:
    """`GreedyBytes`."""
    assembly.source.write(f"if type({value}) is not bytes: raise Doubt")
    out.raw(value)
    return value


def varint(assembly: Assembly, construct: Any, _scope: BuildScope, value: str, out: Output) -> str:
    """`VarInt`, `ZigZag` and the house's `QuicVarint`."""
    out.raw(assembly.source.assign("o", f"{assembly.source.constant(construct.build)}({value})"))
    return value


def adapted(assembly: Assembly, construct: Any, scope: BuildScope, value: str, out: Output) -> str:
    """Adapters whose `_encode` looks at nothing but the value."""
    if "_encode" in vars(construct):
        raise UnknownError(type(construct).__name__)
    encode = type(construct)._encode
    source = assembly.source
    if encode is Enum._encode:
        names = source.constant(construct.encmapping)
        encoded = source.assign("v", f"{value} if isinstance({value}, int) else {names}[{value}]")
    elif encode is StringEncoded._encode:
        source.write(f"if not isinstance({value}, str): raise Refused")
        encoded = source.assign("v", f"{value}.encode({construct.encoding!r}) if {value} != '' else b''")
    elif encode in (FlagsEnum._encode, Mapping._encode):
        encoded = source.assign("v", f"{source.constant(construct._encode)}({value}, None, '')")
    else:
        raise UnknownError(type(construct).__name__)
    assembly.emit(construct.subcon, scope, encoded, out)
    return value


def number_code(construct: Any) -> tuple[str, str]:
    """Order and code of a field that holds one number of fixed size."""
    fmtstr = getattr(construct, "fmtstr", None)
    if fmtstr is None:
        raise UnknownError(type(construct).__name__)
    return fmtstr[0] if construct.length > 1 else "", fmtstr[1]


def crc(assembly: Assembly, construct: Any, _scope: BuildScope, _value: str, out: Output) -> None:
    """The house's `Crc`: only where a message begins with `out`."""
    if not out.whole:
        raise UnknownError("Crc")
    out.wait(Waiting(assembly.source.constant(construct.function), *number_code(construct.subcon)))
