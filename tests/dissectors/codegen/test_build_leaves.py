"""Leaves build what construct builds, and leave the rest to it."""

from typing import Any

import pytest
from construct import (
    Bytes,
    BytesInteger,
    Construct,
    CString,
    Enum,
    Flag,
    FlagsEnum,
    GreedyBytes,
    Int16ul,
    Int16un,
    Mapping,
    PascalString,
    VarInt,
    ZigZag,
)

from support.generated import same_build
from workbench.api import QuicVarint


@pytest.mark.parametrize(
    ("grammar", "value", "generated"),
    [
        (Int16ul, 258, True),
        (Int16un, 258, True),
        (Int16ul, 1 << 16, False),
        (Int16ul, "1", False),
        (Flag, "yes", True),
        (BytesInteger(3, swapped=True, signed=True), -2, True),
        (BytesInteger(3), 1 << 24, False),
        (Bytes(2), b"ab", True),
        (Bytes(2), bytearray(b"ab"), False),
        (Bytes(2), 258, False),
        (Bytes(2), b"abc", False),
        (GreedyBytes, bytearray(b"ab"), False),
        (VarInt, 300, True),
        (ZigZag, -300, True),
        (QuicVarint, 1 << 62, False),
        (Enum(Int16ul, one=1), "one", True),
        (Enum(Int16ul, one=1), 77, True),
        (Enum(Int16ul, one=1), "two", False),
        (FlagsEnum(Int16ul, a=1, b=2), {"a": True, "b": False}, True),
        (FlagsEnum(Int16ul, a=1, b=2), "a|b", True),
        (Mapping(Int16ul, {"x": 5}), "x", True),
        (Mapping(Int16ul, {"x": 5}), "y", False),
        (PascalString(Int16ul, "utf8"), "grün", True),
        (PascalString(Int16ul, "ascii"), "grün", False),
        (CString("utf16"), "", True),
        (CString("utf8"), b"bytes", False),
    ],
)
def test_a_leaf(grammar: Construct, value: Any, generated: bool):
    assert same_build(grammar, value, {}) == generated
