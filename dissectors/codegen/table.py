"""Which emitter writes the code for which construct. Constructs are told apart by the function that parses them."""

from collections.abc import Mapping
from typing import Any

import construct.core as core

from dissectors.codegen import bits, checks, choices, numbers, repeats, sized, structures
from dissectors.codegen.emission import Emitter
from workbench.api import Crc, QuicVarint

__all__ = ["TABLE"]

TABLE: Mapping[Any, Emitter] = {
    core.FormatField._parse: numbers.format_field,
    core.BytesInteger._parse: numbers.bytes_integer,
    core.Bytes._parse: numbers.raw_bytes,
    core.Adapter._parse: numbers.adapted,
    type(core.Flag)._parse: numbers.flag,
    type(core.GreedyBytes)._parse: numbers.greedy_bytes,
    type(core.VarInt)._parse: numbers.varint,
    type(core.ZigZag)._parse: numbers.zigzag,
    type(QuicVarint)._parse: numbers.quic_varint,
    core.Struct._parse: structures.struct,
    core.Sequence._parse: structures.sequence,
    core.FocusedSeq._parse: structures.focused,
    core.Array._parse: repeats.array,
    core.GreedyRange._parse: repeats.greedy_range,
    core.Prefixed._parse: sized.prefixed,
    core.FixedSized._parse: sized.fixed_sized,
    core.NullTerminated._parse: sized.null_terminated,
    core.NullStripped._parse: sized.null_stripped,
    core.Padded._parse: sized.padded,
    core.Aligned._parse: sized.aligned,
    core.Transformed._parse: bits.transformed,
    core.Switch._parse: choices.switch,
    core.IfThenElse._parse: choices.if_then_else,
    core.Select._parse: choices.select,
    core.Subconstruct._parse: checks.same,
    core.Const._parse: checks.const,
    Crc._parse: checks.crc,
    core.Checksum._parse: checks.checksum,
    core.RawCopy._parse: checks.raw_copy,
    core.Computed._parse: checks.computed,
    core.Check._parse: checks.check,
    type(core.Terminated)._parse: checks.terminated,
    type(core.Pass)._parse: checks.nothing,
    type(core.Tell)._parse: checks.tell,
    type(core.Index)._parse: checks.index,
}
