"""RFC 9000 16 and its examples (A.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.api import varint as written
from workbench_quic.varints import LARGEST, shortest, varint

EXAMPLES = {"c2197c5eff14e88c": 151_288_809_941_952_652, "9d7f3e7d": 494_878_333, "7bbd": 15_293, "25": 37, "4025": 37}


@pytest.mark.parametrize(("text", "value"), EXAMPLES.items())
def test_examples_of_the_rfc(text: str, value: int):
    data = bytes.fromhex(text)
    assert varint(b"\xff" + data + b"\xff", 1) == (value, 1 + len(data))


@given(st.integers(0, LARGEST))
def test_reads_what_is_written(value: int):
    data = written(value)
    assert varint(data, 0) == (value, len(data))
    assert shortest(value) == len(data)


@given(st.integers(0, LARGEST))
def test_missing_bytes_are_an_index_error(value: int):
    data = written(value)
    for size in range(len(data)):
        with pytest.raises(IndexError):
            varint(data[:size], 0)
