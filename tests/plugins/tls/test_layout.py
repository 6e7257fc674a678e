"""Vectors with their lengths."""

import pytest
from construct import Int8ub, Int16ub, StreamError, Struct
from hypothesis import given
from hypothesis import strategies as st

from workbench_tls.layout import enclosed, opaque, plain_value, vector

GRAMMAR = Struct(
    *opaque("name", 1),
    *vector("numbers", 2, Int16ub, "numbers_length"),
    *vector("parts", 3, Struct(*opaque("part", 1))),
    *enclosed("inner", 2, Struct("a" / Int8ub), "inner_length"),
)


@given(st.binary(max_size=255), st.lists(st.integers(0, 65535)), st.lists(st.binary(max_size=255), max_size=5))
def test_what_is_built_is_parsed_again_with_right_lengths(name, numbers, parts):
    value = {"name": name, "numbers": numbers, "parts": [{"part": part} for part in parts], "inner": {"a": 7}}
    found = plain_value(GRAMMAR.parse(GRAMMAR.build(value)))
    assert found["name_len"] == len(name)
    assert found["numbers_length"] == 2 * len(numbers)
    assert [part["part"] for part in found["parts"]] == parts
    assert found["inner"] == {"a": 7}
    assert GRAMMAR.build(found) == GRAMMAR.build(value)


def test_a_length_beyond_the_end_is_refused():
    with pytest.raises(StreamError):
        GRAMMAR.parse(b"\x05abc")


def test_a_changed_value_gets_its_length_repaired():
    found = plain_value(GRAMMAR.parse(GRAMMAR.build({"name": b"ab", "numbers": [], "parts": [], "inner": {"a": 0}})))
    assert GRAMMAR.build({**found, "name": b"longer", "name_len": 2}).startswith(b"\x06longer")
