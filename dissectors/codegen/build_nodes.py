"""Assemblers for structures, arrays, alternatives, and parts with a size."""

from collections.abc import Sequence
from typing import Any

from construct import Renamed

from dissectors.codegen.assembly import Alone, Assembly, BuildScope
from dissectors.codegen.build_leaves import number_code
from dissectors.codegen.expressions import expression
from dissectors.codegen.output import Output
from dissectors.codegen.scopes import UnknownError

__all__ = [
    *(
        "aligned",
        "array",
        "check",
        "computed",
        "const",
        "default",
        "fixed_sized",
        "focused",
        "framed",
        "greedy_range",
        "if_then_else",
    ),
    *("nothing", "null_terminated", "padded", "prefixed", "rebuild", "same", "select", "struct", "switch", "terminated"),
]


def _members(assembly: Assembly, subcons: Sequence[Any], scope: BuildScope, out: Output) -> None:
    source = assembly.source
    for sub in subcons:
        if sub.name in scope.unknown:  # the length of a frame
            order, code = number_code(_bare(sub))
            out.pack(order, code, scope.length)
            continue
        get = f"{scope.given}.get({sub.name!r})" if sub.flagbuildnone else f"{scope.given}[{sub.name!r}]"
        value = source.assign("v", get if sub.name or not sub.flagbuildnone else "None")
        if sub.name:
            scope.names[sub.name] = value
        built = assembly.emit(sub, scope, value, out)
        if sub.name:
            scope.built(sub.name, built)


def _bare(construct: Any) -> Any:
    while isinstance(construct, Renamed):
        construct = construct.subcon
    return construct


def struct(assembly: Assembly, construct: Any, scope: BuildScope, value: str, out: Output) -> None:
    """`Struct`; construct makes an empty one of None, and each member refuses bytes."""
    source = assembly.source
    given = source.assign("v", f"{{}} if {value} is None else {value}")
    if construct.subcons:
        source.write(f"if type({given}) is bytes: raise Refused")
    source.write(f"if not isinstance({given}, dict): raise Doubt")
    _members(assembly, construct.subcons, BuildScope(scope, construct, given), out)


def framed(assembly: Assembly, construct: Any, scope: BuildScope, value: str, out: Output) -> None:
    """The house's `Framed`, which its checksums cover from its beginning."""
    source = assembly.source
    given = source.assign("v", f"{value} or {{}}")
    source.write(f"if not isinstance({given}, dict): raise Doubt")
    inside = BuildScope(scope, construct, given)
    inside.length = source.fresh("n")
    inside.unknown.add(construct.length_name)
    whole = Output(source, whole=True)
    _members(assembly, construct.subcons, inside, whole)
    source.write(f"{inside.length} = {whole.size()} - {construct.base}")
    out.raw(whole.join())


def focused(assembly: Assembly, construct: Any, scope: BuildScope, value: str, out: Output) -> None:
    """`FocusedSeq`, and so `PrefixedArray`."""
    focus = construct.parsebuildfrom
    if not isinstance(focus, str):
        raise UnknownError("FocusedSeq")
    inside = BuildScope(scope, construct)
    inside.names[focus] = value
    for sub in construct.subcons:
        own = value if sub.name == focus else assembly.source.assign("v", "None")
        built = assembly.emit(sub, inside, own, out)
        if sub.name:
            inside.built(sub.name, built)


def array(assembly: Assembly, construct: Any, scope: BuildScope, value: str, out: Output) -> None:
    """`Array`."""
    source = assembly.source
    count = assembly.computed(construct.count, scope)
    source.write(f"if len({value}) != {count}: raise Refused")
    _items(assembly, construct, scope, value, out)


def greedy_range(assembly: Assembly, construct: Any, scope: BuildScope, value: str, out: Output) -> None:
    """`GreedyRange`."""
    _items(assembly, construct, scope, value, out)


def _items(assembly: Assembly, construct: Any, scope: BuildScope, value: str, out: Output) -> None:
    if construct.discard:
        raise UnknownError("discard")
    source = assembly.source
    pieces, number, item = source.assign("g", "[]"), source.fresh("i"), source.fresh("v")
    scope.index = number
    with source.block(f"for {number}, {item} in enumerate({value}):"):
        made, _ = assembly.part(construct.subcon, scope, item)
        source.write(f"{pieces}.append({made})")
    scope.index = None
    out.raw(source.assign("o", f"b''.join({pieces})"))


def if_then_else(assembly: Assembly, construct: Any, scope: BuildScope, value: str, out: Output) -> str | None:
    """`IfThenElse`; a condition that is known while code is written leaves no trace."""
    source = assembly.source
    condition = expression(construct.condfunc, scope, source)
    if condition in ("True", "False"):
        return assembly.emit(construct.thensubcon if condition == "True" else construct.elsesubcon, scope, value, out)
    made = source.fresh("o")
    for header, sub in ((f"if {condition}:", construct.thensubcon), ("else:", construct.elsesubcon)):
        with source.block(header):
            source.write(f"{made} = {assembly.part(sub, scope, value)[0]}")
    out.raw(made)
    return None


def switch(assembly: Assembly, construct: Any, scope: BuildScope, value: str, out: Output) -> None:
    """`Switch`."""
    source = assembly.source
    branches = list({id(sub): sub for sub in (*construct.cases.values(), construct.default)}.values())
    numbers = {id(sub): number for number, sub in enumerate(branches)}
    table = source.constant({case: numbers[id(sub)] for case, sub in construct.cases.items()}.get)
    key = assembly.computed(construct.keyfunc, scope)
    chosen, made = source.assign("q", f"{table}({key}, {numbers[id(construct.default)]})"), source.fresh("o")
    for number, sub in enumerate(branches):
        with source.block(f"{'el' if number else ''}if {chosen} == {number}:"):
            source.write(f"{made} = {assembly.part(sub, scope, value)[0]}")
    out.raw(made)


def select(assembly: Assembly, construct: Any, scope: BuildScope, value: str, out: Output) -> str:
    """`Select`: construct builds each alternative as a message of its own."""
    source = assembly.source
    made = source.assign("o", "None")
    for sub in construct.subcons:
        with source.block(f"if {made} is None:"):
            with source.block("try:"):
                source.write(f"{made} = {assembly.part(sub, Alone(scope), value)[0]}")
            with source.block("except (ExplicitError, StopFieldError):"):
                source.write("raise Doubt")
            with source.block("except Exception:"):
                source.write("pass")
    source.write(f"if {made} is None: raise Refused")
    out.raw(made)
    return value


def prefixed(assembly: Assembly, construct: Any, scope: BuildScope, value: str, out: Output) -> str | None:
    """`Prefixed`."""
    made, built = assembly.part(construct.subcon, scope, value)
    extra = f" + {construct.lengthfield.sizeof()}" if construct.includelength else ""
    assembly.emit(construct.lengthfield, scope, assembly.source.assign("n", f"len({made}){extra}"), out)
    out.raw(made)
    return built


def _filled(assembly: Assembly, made: str, size: str, pad: str, out: Output) -> None:
    source = assembly.source
    source.write(f"if len({made}) > {size}: raise Refused")
    out.raw(source.assign("o", f"{made} + {pad} * ({size} - len({made}))"))


def fixed_sized(assembly: Assembly, construct: Any, scope: BuildScope, value: str, out: Output) -> str | None:
    """`FixedSized`."""
    size = assembly.computed(construct.length, scope)
    made, built = assembly.part(construct.subcon, scope, value)
    _filled(assembly, made, size, repr(b"\0"), out)
    return built


def padded(assembly: Assembly, construct: Any, scope: BuildScope, value: str, out: Output) -> str | None:
    """`Padded`, and so `Padding`."""
    size = assembly.computed(construct.length, scope)
    made, built = assembly.part(construct.subcon, scope, value)
    _filled(assembly, made, size, repr(construct.pattern), out)
    return built


def aligned(assembly: Assembly, construct: Any, scope: BuildScope, value: str, out: Output) -> str | None:
    """`Aligned`."""
    source = assembly.source
    modulus = assembly.computed(construct.modulus, scope)
    source.write(f"if {modulus} < 2: raise Refused")
    made, built = assembly.part(construct.subcon, scope, value)
    out.raw(source.assign("o", f"{made} + {construct.pattern!r} * (-len({made}) % {modulus})"))
    return built


def null_terminated(assembly: Assembly, construct: Any, scope: BuildScope, value: str, out: Output) -> str | None:
    """`NullTerminated`, and so `CString`."""
    built = assembly.emit(construct.subcon, scope, value, out)
    out.raw(repr(construct.term))
    return built


def same(assembly: Assembly, construct: Any, scope: BuildScope, value: str, out: Output) -> str | None:
    """Wrappers that only matter when parsing."""
    return assembly.emit(construct.subcon, scope, value, out)


def rebuild(assembly: Assembly, construct: Any, scope: BuildScope, _value: str, out: Output) -> str | None:
    """`Rebuild`."""
    return assembly.emit(construct.subcon, scope, assembly.computed(construct.func, scope), out)


def default(assembly: Assembly, construct: Any, scope: BuildScope, value: str, out: Output) -> str | None:
    """`Default`."""
    instead = assembly.computed(construct.value, scope)
    return assembly.emit(construct.subcon, scope, assembly.source.assign("v", f"{instead} if {value} is None else {value}"), out)


def const(assembly: Assembly, construct: Any, scope: BuildScope, value: str, out: Output) -> str | None:
    """`Const`."""
    source = assembly.source
    right = source.assign("v", source.constant(construct.value))
    source.write(f"if {value} not in (None, {right}): raise Refused")
    return assembly.emit(construct.subcon, scope, right, out)


def computed(assembly: Assembly, construct: Any, scope: BuildScope, _value: str, _out: Output) -> str:
    """`Computed`."""
    return assembly.computed(construct.func, scope)


def check(assembly: Assembly, construct: Any, scope: BuildScope, _value: str, _out: Output) -> str:
    """`Check`."""
    assembly.source.write(f"if not {assembly.computed(construct.func, scope)}: raise Refused")
    return "None"


def nothing(_assembly: Assembly, _construct: Any, _scope: BuildScope, value: str, _out: Output) -> str:
    """`Pass`."""
    return value


def terminated(_assembly: Assembly, _construct: Any, _scope: BuildScope, _value: str, _out: Output) -> str:
    """`Terminated`."""
    return "None"
