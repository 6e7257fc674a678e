"""RFC 6455 5.2 and the examples of 5.7."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.shared import shared_captures
from workbench_websocket.frames import build_frame, minimal, read_head
from workbench_websocket.opcodes import BINARY, CONTINUATION, PING, PONG, TEXT

KEY = b"\x37\xfa\x21\x3d"


@pytest.mark.parametrize(
    ("frame", "wire"),
    [
        (build_frame(TEXT, b"Hello"), "810548656c6c6f"),
        (build_frame(TEXT, b"Hello", key=KEY), "818537fa213d7f9f4d5158"),
        (build_frame(TEXT, b"Hel", fin=False), "010348656c"),
        (build_frame(CONTINUATION, b"lo"), "80026c6f"),
        (build_frame(PING, b"Hello"), "890548656c6c6f"),
        (build_frame(PONG, b"Hello", key=KEY), "8a8537fa213d7f9f4d5158"),
        (build_frame(BINARY, bytes(256))[:4], "827e0100"),
        (build_frame(BINARY, bytes(65_536))[:10], "827f0000000000010000"),
    ],
)
def test_examples_of_the_specification(frame, wire):
    assert frame.hex() == wire


def test_the_shared_vectors():
    vectors = json.loads((shared_captures() / "rfc-vectors" / "websocket.json").read_text())
    for vector in vectors["frames"]:
        head = read_head(bytes.fromhex(vector.get("hex") or vector["hex_header"]))
        if "hex" in vector:
            assert (head.opcode, head.fin, head.masked) == (vector["opcode"], bool(vector["fin"]), bool(vector["mask"]))
            assert head.key.hex() == vector.get("masking_key", head.key.hex())
        else:
            assert head.length == vector["payload_length"]


@given(
    st.sampled_from([0, 1, 2, 8, 9, 10, 15]),
    st.sampled_from([0, 1, 125, 126, 127, 128, 65_535, 65_536, 70_000]),
    st.booleans(),
    st.integers(0, 7),
    st.none() | st.binary(min_size=4, max_size=4),
)
def test_what_is_built_is_read(opcode, size, fin, rsv, key):
    frame = build_frame(opcode, bytes(size), fin=fin, rsv=rsv, key=key)
    head = read_head(frame)
    assert (head.opcode, head.length, head.fin, head.rsv, head.key) == (opcode, size, fin, rsv, key or b"")
    assert head.size + head.length == len(frame)
    assert head.masked is (key is not None)
    assert head.control is (opcode >= 8)
    assert minimal(head)
    assert read_head(b"x" * 7 + frame, 7) == head
    assert all(read_head(frame[:cut]) is None for cut in range(head.size))


@pytest.mark.parametrize("wire", ["827e0005", "827e007d", "827f0000000000000005", "827f000000000000ffff"])
def test_lengths_in_more_bytes_than_needed(wire):
    assert not minimal(read_head(bytes.fromhex(wire)))
