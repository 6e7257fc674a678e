from random import Random

import pytest
from construct import Enum, Int8ub

from fuzzers.mutators.leaf import other_value

NAMED = Enum(Int8ub, one=1, two=2).parse(b"\x01")


def values(value, bits: int = 0) -> list[tuple[str, object]]:
    return [other_value(value, bits, Random(seed), [b"token"]) for seed in range(600)]


def test_borders_of_integers():
    found = {new for _, new in values(5, 16)}
    assert {0, 0xFFFF, 0x7FFF, 0x8000, 4, 6} <= found
    assert 5 not in found


def test_without_a_known_width_every_width_is_tried():
    assert {0xFF, 0xFFFF, 0xFFFFFFFF} <= {new for _, new in values(5)}


def test_enums_become_other_numbers_in_and_out_of_range():
    found = values(NAMED, 8)
    assert {kind for kind, _ in found} == {"enum"}
    assert {2, 0, 255} <= {new for _, new in found}


def test_flags_flip():
    assert other_value(True, 1, Random(1), []) == ("flag", False)


@pytest.mark.parametrize(("value", "token"), [(b"abc", b"token"), ("abc", "token")])
def test_strings_grow_shrink_and_take_tokens(value, token):
    found = values(value)
    kinds = {kind for kind, _ in found}
    assert {"grow", "shrink", "overflow", "token", "havoc"} <= kinds
    assert any(len(new) < len(value) for _, new in found)
    assert any(len(new) > 250 for _, new in found)
    assert any(token in new for kind, new in found if kind == "token")
    assert all(type(new) is type(value) for _, new in found)


def test_floats_become_odd_ones():
    assert {str(new) for _, new in values(1.5)} >= {"inf", "nan", "-0.0"}
