"""Frames as cases say them. Invariant: the plugin's own reader reads what was meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench_quic.checks.building import (
    ack,
    close,
    crypto,
    frame,
    new_connection_id,
    parameters,
    read_parameters,
    stream,
)
from workbench_quic.frame_types import Type
from workbench_quic.frames import read_frames
from workbench_quic.levels import Level

NUMBERS = st.integers(0, (1 << 62) - 1)


def read(data: bytes):
    (item,) = read_frames(data, Level.ONE_RTT, 0).items
    return item


@given(st.sets(st.integers(0, 200), min_size=1))
def test_an_ack_names_exactly_these_packets(numbers):
    item = read(ack(numbers))
    assert {number for low, high in item.ranges for number in range(low, high + 1)} == numbers
    assert item.largest == max(numbers)


@given(NUMBERS, st.binary(max_size=30), st.integers(0, 1 << 61), st.booleans())
def test_stream_and_crypto(number, data, offset, end):
    item = read(stream(number, data, offset, end=end))
    assert (item.stream, item.data, item.offset, item.fin) == (number, data, offset, end)
    item = read(crypto(offset, data))
    assert (item.offset, item.data) == (offset, data)


def test_endings_of_both_kinds():
    item = read(close(7, 6, b"why"))
    assert (item.code, item.frame_type, item.reason) == (7, 6, b"why")
    item = read(close(7, reason=b"why", application=True))
    assert (item.code, item.frame_type, item.reason) == (7, None, b"why")


def test_connection_ids_and_plain_frames():
    item = read(new_connection_id(3, b"eight by", 2, bytes(range(16))))
    assert (item.sequence, item.retire_prior_to, item.cid, item.token) == (3, 2, b"eight by", bytes(range(16)))
    assert read(frame(Type.MAX_DATA, 70_000)).values == (70_000,)


@given(st.lists(st.tuples(NUMBERS, st.binary(max_size=20)), max_size=5))
def test_parameters_survive(pairs):
    assert read_parameters(parameters(pairs)) == pairs


@pytest.mark.parametrize("data", [b"\x01", b"\x01\x05abc", b"\x01\x40"])
def test_cut_parameters_are_refused(data):
    with pytest.raises(ValueError, match="cut"):
        read_parameters(data)
