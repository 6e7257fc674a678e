"""Structures, arrays, alternatives and sized parts build what construct builds."""

import zlib
from typing import Any

import pytest
from construct import (
    Aligned,
    Array,
    Byte,
    Bytes,
    Check,
    Computed,
    Const,
    Construct,
    Default,
    FixedSized,
    GreedyBytes,
    IfThenElse,
    Int16ub,
    NullStripped,
    NullTerminated,
    Padded,
    Padding,
    Pass,
    Prefixed,
    PrefixedArray,
    Rebuild,
    Select,
    Struct,
    Switch,
    Terminated,
    len_,
    this,
)

from dissectors.codegen.building import builder_of
from support.generated import same_build
from workbench.api import Crc, Framed

COUNTED = Struct("n" / Rebuild(Byte, len_(this.items)), "items" / Array(this.n, Struct("x" / Byte)))
CRC = "crc" / Crc(Int16ub, lambda data: zlib.crc32(data) & 0xFFFF)


@pytest.mark.parametrize(
    ("grammar", "value", "generated"),
    [
        (COUNTED, {"items": [{"x": 1}, {"x": 2}]}, True),
        (COUNTED, {"n": 9, "items": []}, True),
        (COUNTED, {}, False),
        (Struct("n" / Byte, "items" / Array(this.n, Byte)), {"n": 2, "items": [1]}, False),
        (PrefixedArray(Byte, Int16ub), [1, 2, 3], True),
        (Struct("a" / Default(Byte, 7), Const(b"M"), "c" / Computed(5), Padding(2), Pass, Terminated), {}, True),
        (Struct("a" / Byte, Check(this.a < 5)), {"a": 4}, True),
        (Struct("a" / Byte, Check(this.a < 5)), {"a": 5}, False),
        (Struct("k" / Byte, "v" / Switch(this.k, {1: Byte, 2: Struct("x" / Byte)}, default=Pass)), {"k": 2, "v": {"x": 1}}, True),
        (Struct("k" / Byte, "v" / IfThenElse(this.k, Byte, Int16ub)), {"k": 0, "v": 5}, True),
        (Struct("s" / Select(Struct("x" / Byte), GreedyBytes)), {"s": b"raw"}, True),
        (Struct("s" / Select(Struct("x" / Byte), GreedyBytes)), {"s": {"x": 1}}, True),
        (Struct("s" / Select(Struct("x" / Byte), GreedyBytes)), {"s": bytearray(b"x")}, False),
        (Prefixed(Int16ub, Struct("x" / Byte, "r" / GreedyBytes), includelength=True), {"x": 1, "r": b"abc"}, True),
        (FixedSized(4, Struct("x" / Byte)), {"x": 1}, True),
        (FixedSized(1, Bytes(2)), b"ab", False),
        (Padded(3, Byte, pattern=b"x"), 1, True),
        (Aligned(4, GreedyBytes, pattern=b"x"), b"abcde", True),
        (NullTerminated(GreedyBytes, term=b"\r\n"), b"abc", True),
        (FixedSized(4, NullStripped(GreedyBytes)), b"ab", True),
        (Framed("n", Const(b"M"), "n" / Int16ub, "b" / Prefixed(Byte, GreedyBytes), CRC), {"b": b"abc"}, True),
        (Framed("n", "n" / Int16ub, "early" / Crc(Byte, len), "b" / GreedyBytes, CRC), {"n": 1, "b": b"abc"}, True),
        (Struct("f" / Framed("n", "n" / Byte, "b" / Bytes(2), CRC), "after" / Byte), {"f": {"b": b"xy"}, "after": 1}, True),
        (Struct("b" / Bytes(2), CRC), {"b": b"xy"}, True),
        (Struct(), None, True),
        (Struct("x" / Default(Byte, 1)), None, True),
        (Struct("x" / Byte), [1], False),
    ],
)
def test_a_node(grammar: Construct, value: Any, generated: bool):
    assert same_build(grammar, value, {}) == generated


@pytest.mark.parametrize(
    "grammar",
    [
        Framed("n", "n" / Byte, "again" / Rebuild(Byte, this.n)),
        Struct("a" / Struct("x" / Rebuild(Byte, 1)), "b" / Rebuild(Byte, this.a.x)),
        Struct("a" / Rebuild(Byte, lambda _: 1)),
        Struct("p" / Prefixed(Byte, Struct("x" / Byte, CRC))),
    ],
    ids=["a length that is looked at", "what a structure became", "a function of the context", "a checksum inside a part"],
)
def test_what_only_construct_can_know(grammar: Construct):
    assert builder_of(grammar) is None
