"""Constructs of every kind with values to build them from: what tracing must be right about."""

import zlib
from dataclasses import dataclass
from typing import Any

from construct import (
    Aligned,
    Array,
    Bit,
    BitsInteger,
    BitsSwapped,
    BitStruct,
    Bitwise,
    Byte,
    Bytes,
    BytesInteger,
    ByteSwapped,
    Bytewise,
    Check,
    Checksum,
    Compressed,
    Computed,
    Const,
    Construct,
    CString,
    Default,
    Enum,
    ExprAdapter,
    FixedSized,
    Flag,
    FlagsEnum,
    Float32b,
    FocusedSeq,
    GreedyBytes,
    GreedyRange,
    GreedyString,
    Hex,
    If,
    IfThenElse,
    Index,
    Int8ub,
    Int16sl,
    Int16ub,
    Int16ul,
    Int24ub,
    Int32ub,
    Int64ub,
    LazyBound,
    Mapping,
    Nibble,
    NullStripped,
    NullTerminated,
    OneOf,
    Optional,
    PaddedString,
    Padding,
    PascalString,
    Peek,
    Pointer,
    Prefixed,
    PrefixedArray,
    ProcessRotateLeft,
    ProcessXor,
    RawCopy,
    Rebuild,
    RepeatUntil,
    RestreamData,
    Seek,
    Select,
    Sequence,
    StopIf,
    Struct,
    Switch,
    Tell,
    Terminated,
    Union,
    VarInt,
    ZigZag,
    len_,
    obj_,
    this,
)

from workbench.api import Crc, Framed, QuicVarint


@dataclass(frozen=True)
class Example:
    """A grammar and values it builds; `parameters` go into parse and build."""

    name: str
    grammar: Construct
    values: tuple[Any, ...]

    def wires(self) -> list[bytes]:
        """The values as bytes."""
        return [self.grammar.build(value) for value in self.values]


def _tree() -> Construct:
    node = Struct(
        "kind" / Enum(Int8ub, NUMBER=1, TEXT=2, NEST=3, BITS=4),
        "value"
        / Prefixed(
            VarInt,
            Switch(
                this.kind,
                {
                    "NUMBER": Int32ub,
                    "TEXT": GreedyString("utf8"),
                    "NEST": GreedyRange(LazyBound(lambda: node)),
                    "BITS": BitStruct("a" / BitsInteger(3), "b" / Flag, "c" / BitsInteger(12)),
                },
                default=GreedyBytes,
            ),
        ),
    )
    return node


_LEAVES = (
    {"kind": "NUMBER", "value": 5},
    {"kind": "TEXT", "value": "grüße"},
    {"kind": "BITS", "value": {"a": 5, "b": True, "c": 0x123}},
    {"kind": 9, "value": b"raw"},
)

EXAMPLES = (
    Example(
        "numbers",
        Struct("a" / Int8ub, "b" / Int16sl, "c" / Int24ub, "d" / Int64ub, "e" / Float32b),
        ({"a": 1, "b": -2, "c": 3, "d": 4, "e": 0.5},),
    ),
    Example("one leaf", Int32ub, (7,)),
    Example("varints", Struct("v" / VarInt, "z" / ZigZag, "q" / QuicVarint), ({"v": 300, "z": -77, "q": 15_293},)),
    Example(
        "odd integers",
        Struct("x" / BytesInteger(5), "y" / BytesInteger(3, signed=True, swapped=True)),
        ({"x": 1 << 33, "y": -5},),
    ),
    Example("sequence", Sequence(Int8ub, "named" / Int16ub, Bytes(2)), ([1, 2, b"ab"],)),
    Example(
        "nested structs",
        Struct("a" / Struct("b" / Struct("c" / Int8ub), "d" / Int8ub), Default(Int8ub, 3)),
        ({"a": {"b": {"c": 1}, "d": 2}},),
    ),
    Example("array", Struct("items" / Array(3, Int16ub)), ({"items": [1, 2, 3]},)),
    Example("array of arrays", Struct("rows" / Array(2, Array(2, Byte))), ({"rows": [[1, 2], [3, 4]]},)),
    Example(
        "greedy range", Struct("items" / GreedyRange(Struct("x" / Int16ub))), ({"items": [{"x": 1}, {"x": 2}]}, {"items": []})
    ),
    Example("repeat until", Struct("items" / RepeatUntil(obj_ == 0, Byte), "rest" / Byte), ({"items": [3, 2, 0], "rest": 9},)),
    Example(
        "prefixed", Struct("p" / Prefixed(Int16ub, Struct("a" / Int8ub, "b" / GreedyBytes))), ({"p": {"a": 1, "b": b"xyz"}},)
    ),
    Example(
        "prefixed leaf",
        Struct("p" / Prefixed(Int8ub, GreedyBytes), "s" / PascalString(VarInt, "utf8")),
        ({"p": b"abc", "s": "déjà"},),
    ),
    Example("prefixed in prefixed", Struct("p" / Prefixed(Byte, Prefixed(Byte, Struct("x" / Byte)))), ({"p": {"x": 1}},)),
    Example(
        "prefixed array",
        Struct("items" / PrefixedArray(Int8ub, Struct("k" / Byte, "v" / Byte))),
        ({"items": [{"k": 1, "v": 2}] * 3}, {"items": []}),
    ),
    Example(
        "fixed size",
        Struct("f" / FixedSized(6, Struct("a" / Int16ub, "b" / CString("ascii"))), "n" / Byte),
        ({"f": {"a": 1, "b": "x"}, "n": 3},),
    ),
    Example(
        "terminated",
        Struct("t" / NullTerminated(Struct("x" / GreedyBytes)), "u" / NullTerminated(GreedyBytes, term=b"\r\n"), "n" / Byte),
        ({"t": {"x": b"abc"}, "u": b"line", "n": 1},),
    ),
    Example(
        "strings",
        Struct(
            "c" / CString("utf8"),
            "p" / PaddedString(8, "utf8"),
            "s" / FixedSized(4, NullStripped(GreedyBytes)),
            "g" / GreedyString("ascii"),
        ),
        ({"c": "çé", "p": "pad", "s": b"ab", "g": "end"},),
    ),
    Example(
        "switch",
        Struct("t" / Byte, "v" / Switch(this.t, {1: Int16ub, 2: Struct("a" / Byte, "b" / Byte)}, default=Bytes(1))),
        ({"t": 1, "v": 5}, {"t": 2, "v": {"a": 1, "b": 2}}, {"t": 3, "v": b"z"}),
    ),
    Example(
        "if then else",
        Struct("t" / Flag, "v" / IfThenElse(this.t, Int16ub, Byte), "w" / If(this.t, Byte)),
        ({"t": True, "v": 5, "w": 6}, {"t": False, "v": 7, "w": None}),
    ),
    Example(
        "optional",
        Struct("a" / Optional(Const(b"MZ")), "b" / Byte, "c" / Optional(Int32ub)),
        ({"a": b"MZ", "b": 1, "c": None}, {"a": b"MZ", "b": 1, "c": 5}),
    ),
    Example(
        "select",
        Struct("s" / Select(Struct("x" / Const(b"A"), "y" / Byte), Struct("z" / Int16ub))),
        ({"s": {"x": b"A", "y": 1}}, {"s": {"z": 0x4242}}),
    ),
    Example(
        "union", Struct("u" / Union(0, "number" / Int16ub, "bytes" / Bytes(2)), "n" / Byte), ({"u": {"number": 0x4142}, "n": 3},)
    ),
    Example(
        "peek and pointer",
        Struct("a" / Peek(Int16ub), "b" / Byte, "c" / Pointer(0, Byte), "d" / Byte),
        ({"a": 0x102, "b": 1, "c": 1, "d": 2},),
    ),
    Example("constants", Struct(Const(b"\xab\xcd"), "v" / Const(7, Int16ub), "w" / OneOf(Byte, [1, 2])), ({"w": 1},)),
    Example(
        "enums",
        Struct(
            "e" / Enum(Int16ub, A=1, B=2),
            "f" / FlagsEnum(Int8ub, ack=1, fin=2, both=3),
            "g" / FlagsEnum(Int16ul, low=1, high=0x8000),
            "m" / Mapping(Byte, {"x": 1}),
        ),
        ({"e": "A", "f": {"ack": True}, "g": {"high": True}, "m": "x"}, {"e": 77, "f": 6, "g": 0, "m": "x"}),
    ),
    Example(
        "bit struct",
        Struct(
            "x" / Byte,
            "b" / BitStruct("a" / BitsInteger(3), "f" / Flag, Padding(4), "n" / Nibble, "e" / Enum(BitsInteger(4), P=1)),
            "y" / Byte,
        ),
        ({"x": 1, "b": {"a": 5, "f": True, "n": 9, "e": "P"}, "y": 2},),
    ),
    Example(
        "bits of any length",
        Struct("b" / Bitwise(Struct("len" / Nibble, "v" / BitsInteger(this.len * 4)))),
        ({"b": {"len": 3, "v": 0xABC}},),
    ),
    Example("bytes in bits", BitStruct("a" / Nibble, "w" / Bytewise(Int16ub), "z" / Nibble), ({"a": 1, "w": 0x1234, "z": 2},)),
    Example("bit array", Struct("b" / Bitwise(Array(8, Bit))), ({"b": [1, 0, 1, 0, 1, 1, 0, 0]},)),
    Example(
        "swapped",
        Struct(
            "leaf" / ByteSwapped(Int24ub),
            "struct" / ByteSwapped(Struct("a" / Byte, "b" / Int16ub)),
            "bits" / BitsSwapped(Bytes(2)),
        ),
        ({"leaf": 0x10203, "struct": {"a": 1, "b": 2}, "bits": b"ab"},),
    ),
    Example(
        "computed",
        Struct("a" / Byte, "sum" / Computed(this.a + 1), "at" / Tell, "list" / Array(2, Struct("i" / Index, "v" / Byte))),
        ({"a": 4, "list": [{"v": 1}, {"v": 2}]},),
    ),
    Example(
        "rebuild and default",
        Struct("n" / Rebuild(Byte, len_(this.data)), "data" / Bytes(this.n), "d" / Default(Byte, 3)),
        ({"data": b"abcd"},),
    ),
    Example(
        "padding",
        Struct("a" / Byte, Padding(3), "b" / Aligned(4, Struct("c" / Byte)), "d" / Byte),
        ({"a": 1, "b": {"c": 2}, "d": 3},),
    ),
    Example(
        "compressed",
        Struct(
            "n" / Byte,
            "z" / Prefixed(Int16ub, Compressed(Struct("a" / Int16ub, "s" / CString("ascii")), "zlib")),
            "leaf" / Prefixed(Byte, Compressed(GreedyBytes, "gzip")),
        ),
        ({"n": 1, "z": {"a": 258, "s": "hi there hi there"}, "leaf": b"aaaaaa"},),
    ),
    Example(
        "masked",
        Struct(
            "key" / Byte,
            "x" / Prefixed(Byte, ProcessXor(this.key, Struct("q" / Byte, "r" / PrefixedArray(Byte, Int16ub)))),
            "y" / Prefixed(Byte, ProcessXor(0x20, GreedyBytes)),
        ),
        ({"key": 0x55, "x": {"q": 1, "r": [1, 2]}, "y": b"ABC"}, {"key": 0, "x": {"q": 1, "r": []}, "y": b""}),
    ),
    Example(
        "rotated",
        Struct("x" / FixedSized(3, ProcessRotateLeft(4, 1, Struct("a" / Byte, "b" / Int16ub)))),
        ({"x": {"a": 0x12, "b": 0x3456}},),
    ),
    Example(
        "restreamed",
        Struct("raw" / Bytes(2), "again" / RestreamData(this.raw, Struct("a" / Byte, "b" / Byte))),
        ({"raw": b"xy"},),
    ),
    Example(
        "raw copy",
        Struct("body" / RawCopy(Struct("a" / Byte, "b" / Int16ub)), "sum" / Checksum(Int32ub, zlib.crc32, this.body.data)),
        ({"body": {"value": {"a": 1, "b": 2}}},),
    ),
    Example("raw copy of a leaf", Struct("r" / RawCopy(Int16ub)), ({"r": {"value": 5}},)),
    Example(
        "lazy recursion",
        Struct("nodes" / GreedyRange(_tree())),
        ({"nodes": [*_LEAVES, {"kind": "NEST", "value": [*_LEAVES, {"kind": "NEST", "value": [_LEAVES[1]]}]}]},),
    ),
    Example(
        "own framing",
        Framed(
            "length",
            "length" / Int16ub,
            "type" / Enum(Byte, GET=1),
            "body" / Prefixed(Byte, GreedyBytes),
            "crc" / Crc(Int32ub, zlib.crc32),
        ),
        ({"type": "GET", "body": b"payload"}, {"type": "GET", "body": b""}),
    ),
    Example("stopped", Struct("a" / Byte, StopIf(this.a == 0), "b" / Byte), ({"a": 0}, {"a": 1, "b": 2})),
    Example("checked", Struct("a" / Byte, Check(this.a < 200), "h" / Hex(Bytes(2)), Terminated), ({"a": 1, "h": b"ab"},)),
    Example(
        "adapted",
        Struct(
            "ip"
            / ExprAdapter(
                Array(4, Byte), lambda obj, _: ".".join(map(str, obj)), lambda obj, _: [int(part) for part in obj.split(".")]
            )
        ),
        ({"ip": "10.0.0.1"},),
    ),
    Example("focused", Struct("f" / FocusedSeq("v", Const(b"#"), "v" / Byte, Padding(1))), ({"f": 5},)),
    Example("seeking", Struct("a" / Byte, Seek(3), "b" / Byte), ({"a": 1, "b": 2},)),
)
