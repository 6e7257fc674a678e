"""What is computed or demanded rather than read."""

import zlib

from construct import (
    Bytes,
    Check,
    Checksum,
    Computed,
    Const,
    FixedSized,
    GreedyBytes,
    Index,
    Int8ub,
    Int32ub,
    PrefixedArray,
    RawCopy,
    Select,
    Struct,
    Tell,
    Terminated,
    this,
)

from dissectors.codegen.parsing import tracer_of
from support.generated import same_parse
from workbench.api import Crc

SUMMED = Struct("body" / RawCopy(Struct("a" / Int8ub, "b" / Bytes(2))), "sum" / Checksum(Int32ub, zlib.crc32, this.body.data))


def test_a_checksum_over_a_copy():
    assert same_parse(SUMMED, SUMMED.build({"body": {"value": {"a": 1, "b": b"xy"}}}), {})
    assert not same_parse(SUMMED, bytes(7), {})


def test_a_crc_covers_the_message_from_its_beginning():
    grammar = Struct("a" / Bytes(this._params.size), "crc" / Crc(Int32ub, zlib.crc32))
    wire = grammar.build({"a": b"abc"}, size=3)
    assert same_parse(grammar, wire, {"size": 3})
    assert not same_parse(grammar, wire[:-1] + b"\0", {"size": 3})


def test_a_crc_inside_a_part_is_left_to_the_interpreter():
    assert tracer_of(Struct("part" / FixedSized(8, Struct("a" / Int32ub, "crc" / Crc(Int32ub, zlib.crc32)))), "x") is None


def test_demands():
    grammar = Struct(
        Const(b"M"), "a" / Int8ub, Check(this.a < 5), "twice" / Computed(this.a * 2), "at" / Tell, "i" / Index, Terminated
    )
    assert same_parse(grammar, b"M\4", {})
    for data in (b"M\5", b"N\4", b"M\4x", b"M"):
        assert not same_parse(grammar, data, {})


def test_a_copy_shows_no_value_beside_what_might_be_fields():
    inner = Select(Int8ub, Select(Struct("s" / Int8ub, Terminated), GreedyBytes))
    assert not same_parse(Struct("a" / RawCopy(inner)), b"", {})
    assert same_parse(Struct("a" / RawCopy(Select(Int8ub, GreedyBytes))), b"", {})
    assert same_parse(Struct("a" / RawCopy(PrefixedArray(Int8ub, Int8ub))), b"\1\2", {})
