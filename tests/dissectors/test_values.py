"""What a field shows of a parsed value."""

import enum

import pytest
from construct import Byte, Container, Enum, FlagsEnum, Hex, Int16ub, Int16ul, ListContainer, RawCopy, Struct

from dissectors.tracing import trace
from dissectors.values import LONGEST_TEXT, plain


class Colour(enum.IntEnum):
    RED = 1


class Stubborn:
    def __str__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, (None, "")),
        (True, (True, "")),
        (5, (5, "")),
        (bytearray(b"ab"), (b"ab", "")),
        (Enum(Byte, A=1).parse(b"\1"), (1, "A")),
        (Enum(Byte, A=1).parse(b"\2"), (2, "")),
        (Colour.RED, (1, "RED")),
        (Hex(Int16ub).parse(b"\1\0"), (256, "")),
        (RawCopy(Byte).parse(b"\5"), (5, "")),
        (Container(a=1), (None, "")),
        (ListContainer([1]), (None, "")),
        (len, (None, "")),
        (Stubborn(), (None, "")),
        (1 + 2j, ("(1+2j)", "")),
    ],
)
def test_plain(value: object, expected: tuple[object, str]):
    found = plain(value)
    assert found == expected
    assert type(found[0]) is type(expected[0])


def test_foreign_values_are_cut():
    class Long:
        def __str__(self) -> str:
            return "x" * 10_000

    assert plain(Long()) == ("x" * LONGEST_TEXT, "")


IN_BIG = {"low": (23, 24), "high": (8, 9)}
IN_LITTLE = {"low": (15, 16), "high": (16, 17)}


@pytest.mark.parametrize(("construct", "bits"), [(Int16ub, IN_BIG), (Int16ul, IN_LITTLE)])
def test_flags_know_their_bits_in_either_byte_order(construct: object, bits: dict[str, tuple[int, int]]):
    grammar = Struct("x" / Byte, "f" / FlagsEnum(construct, low=1, high=0x8000, two=0x0C00))
    wire = grammar.build({"x": 0, "f": {"high": True}})
    field = trace(grammar, wire, "p").root.find("p.f")
    assert field is not None
    assert (field.value, field.text) == (0x8000, "high")
    flags = {flag.name: flag for flag in field.children}
    assert {name: flags[name].bits for name in bits} == bits
    assert (flags["high"].value, flags["low"].value, flags["high"].abbrev) == (True, False, "p.f.high")
    assert flags["two"].bits is None
