"""Generated builders: a value becomes bytes without construct's streams and contexts.

Whatever generated code refuses or does not know is built by construct itself, which then says what is wrong.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import construct.core as core
from construct import Construct, ExplicitError, StopFieldError

from dissectors.codegen import build_leaves, build_nodes
from dissectors.codegen.assembly import Assembler, Assembly, BuildScope
from dissectors.codegen.helpers import Doubt, RefusedError
from dissectors.codegen.output import Output
from dissectors.codegen.parsing import GRAMMARS
from dissectors.codegen.scopes import UnknownError
from workbench.api import Crc, Framed, Message, ProtocolSpec, QuicVarint

__all__ = ["Builder", "build", "builder_of", "code_of"]

Builder = Callable[[Any, Mapping[str, Any]], bytes]
"""(value, parameters) to bytes; raises an exception or `Doubt` where construct must be asked."""

_TABLE: Mapping[Any, Assembler] = {
    core.FormatField._build: build_leaves.format_field,
    core.BytesInteger._build: build_leaves.bytes_integer,
    core.Bytes._build: build_leaves.raw_bytes,
    core.Adapter._build: build_leaves.adapted,
    type(core.Flag)._build: build_leaves.flag,
    type(core.GreedyBytes)._build: build_leaves.greedy_bytes,
    type(core.VarInt)._build: build_leaves.varint,
    type(core.ZigZag)._build: build_leaves.varint,
    type(QuicVarint)._build: build_leaves.varint,
    Crc._build: build_leaves.crc,
    Framed._build: build_nodes.framed,
    core.Struct._build: build_nodes.struct,
    core.FocusedSeq._build: build_nodes.focused,
    core.Array._build: build_nodes.array,
    core.GreedyRange._build: build_nodes.greedy_range,
    core.Switch._build: build_nodes.switch,
    core.IfThenElse._build: build_nodes.if_then_else,
    core.Select._build: build_nodes.select,
    core.Prefixed._build: build_nodes.prefixed,
    core.FixedSized._build: build_nodes.fixed_sized,
    core.Padded._build: build_nodes.padded,
    core.Aligned._build: build_nodes.aligned,
    core.NullTerminated._build: build_nodes.null_terminated,
    core.NullStripped._build: build_nodes.same,
    core.Rebuild._build: build_nodes.rebuild,
    core.Default._build: build_nodes.default,
    core.Const._build: build_nodes.const,
    core.Computed._build: build_nodes.computed,
    core.Check._build: build_nodes.check,
    type(core.Pass)._build: build_nodes.nothing,
    type(core.Terminated)._build: build_nodes.terminated,
}
"""Constructs are told apart by the function that builds them."""

_NAMES: Mapping[str, Any] = MappingProxyType(
    {
        "Doubt": Doubt,
        "ExplicitError": ExplicitError,
        "Refused": RefusedError,
        "StopFieldError": StopFieldError,
        "to_bytes": int.to_bytes,
    }
)


def build(spec: ProtocolSpec, message: Message) -> bytes:
    """What `spec.build(message)` gives or raises, faster where code can be generated for the grammar."""
    grammar = spec.grammar_for(message.direction)
    builder = builder_of(grammar) if spec.encode is None and grammar is not None else None
    if builder is not None:
        try:
            return builder(message.value, message.parameters)
        except (Exception, Doubt):
            builder = None  # construct says what is wrong, if anything is
    return spec.build(message)


@lru_cache(maxsize=GRAMMARS)
def builder_of(grammar: Construct) -> Builder | None:
    """A builder; None where the grammar has something that no code can be generated for."""
    made = code_of(grammar)
    if made is None:
        return None
    text, names = made
    try:
        code = compile(text, "<generated from a grammar>", "exec")
    except (SyntaxError, RecursionError, MemoryError):  # nested deeper than Python can
        return None
    exec(code, names)  # noqa: S102 - the text comes from a grammar of an installed plugin, never from the wire
    builder: Builder = names["build"]
    return builder


def code_of(grammar: Construct) -> tuple[str, dict[str, Any]] | None:
    """Source of the function `build`, and the names it needs."""
    assembly = Assembly(_TABLE)
    out = Output(assembly.source, whole=True)
    try:
        assembly.emit(grammar, BuildScope(), "x", out)
        made = out.join()
    except (UnknownError, RecursionError):
        return None
    assembly.source.write(f"return {made}")
    return "\n".join(["def build(x, P):", *assembly.source.lines, ""]), {**_NAMES, **assembly.source.names}
