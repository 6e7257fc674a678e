"""The grammar and the straight code say the same."""

import pytest
from construct import ConstructError
from hypothesis import given
from hypothesis import strategies as st

from workbench_websocket.frames import build_frame, read_head
from workbench_websocket.grammar import FRAME
from workbench_websocket.masking import masked
from workbench_websocket.messages import value_of

SIZES = st.sampled_from([0, 1, 125, 126, 127, 65_535, 65_536])


def plain(container):
    return {name: plain(part) if isinstance(part, dict) else part for name, part in container.items() if not name.startswith("_")}


@given(st.integers(0, 15), SIZES, st.booleans(), st.integers(0, 7), st.none() | st.binary(min_size=4, max_size=4))
def test_both_read_the_same(opcode, size, fin, rsv, key):
    payload = bytes(index & 0xFF for index in range(size))
    frame = build_frame(opcode, payload, fin=fin, rsv=rsv, key=key)
    head = read_head(frame)
    assert plain(FRAME.parse(frame)) == value_of(head, payload)
    assert FRAME.build(value_of(head, payload)) == frame


@given(SIZES, st.none() | st.binary(min_size=4, max_size=4))
def test_lengths_are_made_right(size, key):
    value = value_of(read_head(build_frame(2, b"old", key=key)), bytes(size))
    value["head"]["payload_length"] = 99
    value["extended"] = 7
    assert FRAME.build(value) == build_frame(2, bytes(size), key=key)


def test_a_frame_that_is_not_whole():
    with pytest.raises(ConstructError):
        FRAME.parse(build_frame(1, b"Hello")[:-1])


def test_lengths_in_more_bytes_than_needed_are_read():
    wire = bytes.fromhex("82fe0005") + b"\1\2\3\4" + masked(b"Hello", b"\1\2\3\4")
    assert FRAME.parse(wire).payload == b"Hello"


def test_a_key_of_another_size_cannot_be_built():
    value = value_of(read_head(build_frame(1, b"x", key=b"1234")), b"x")
    with pytest.raises(ConstructError):
        FRAME.build({**value, "masking_key": b"12345"})
