"""Many packets at once come out as each would alone, whatever the kernel left between them."""

import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from captures.pcapng_building import packet_block
from captures.sources.model import Batch
from captures.sources.plain import interpret
from captures.sources.ring_blocks import BlockConverter, direction_options
from support.ring import Frame, block_of

SIZE = 1 << 16
SNAPLEN = 300

frames = st.builds(
    Frame,
    st.binary(min_size=14, max_size=400),
    st.integers(0, 4_000_000_000_999_999_999),
    st.one_of(st.none(), st.integers(400, 70_000)),
    st.one_of(st.none(), st.tuples(st.sampled_from([None, 0x8100, 0x88A8]), st.integers(0, 0xFFFF))),
    st.integers(0, 7),
    st.sampled_from([1, 512, 772, 65534]),
    st.integers(0, 0xFFFF),
    st.binary(max_size=8),
)


def convert(block: bytes, count: int, *, cooked: bool = False, directed: bool = True) -> Batch:
    converter = BlockConverter(SIZE, 7, SNAPLEN, cooked=cooked, directed=directed)
    converter.scratch[: len(block)] = np.frombuffer(block, np.uint8)
    return converter.convert(0, count)


def alone(frame: Frame, *, cooked: bool, directed: bool) -> tuple[bytes, int]:
    """The same packet by way of a plain socket."""
    kind, tag = frame.tag or (None, 0)
    status = (0x10 if frame.tag else 0) | (0x40 if kind is not None else 0)
    auxiliary = (263, 8, struct.pack("=IIIHHHH", status, frame.wire, len(frame.data), 0, 14, tag, kind or 0))
    address = ("eth0", frame.protocol, frame.packet_type, frame.hardware, frame.sender)
    _, data, original = interpret(frame.data, [auxiliary], address, cooked=cooked)
    options = direction_options(frame.packet_type) if directed else b""
    return packet_block(7, frame.time_ns, data[:SNAPLEN], original, options), original


@given(wanted=st.lists(frames, min_size=1, max_size=20), cooked=st.booleans(), directed=st.booleans())
def test_a_block_gives_what_each_packet_gives_alone(wanted, cooked, directed):
    found = convert(block_of(wanted, link_header=0 if cooked else 14), len(wanted), cooked=cooked, directed=directed)
    expected = [alone(frame, cooked=cooked, directed=directed) for frame in wanted]
    assert found.records == [record for record, _ in expected]
    assert found.wire_bytes == sum(original for _, original in expected)


@given(data=st.binary(max_size=64))
def test_packets_without_a_link_header(data):
    frame = Frame(data, 5)
    found = convert(block_of([frame], link_header=0), 1, directed=False)
    assert found.records == [packet_block(7, 5, data, len(data))]


def test_a_block_filled_to_its_last_byte():
    frame = Frame(bytes(range(256)) * 64)
    block = block_of([frame])
    converter = BlockConverter(len(block), 0, 262_144, cooked=False, directed=True)
    converter.scratch[: len(block)] = np.frombuffer(block, np.uint8)
    assert converter.convert(0, 1).records == [packet_block(0, 0, frame.data, len(frame.data), direction_options(0))]


def test_an_empty_block_gives_nothing():
    assert convert(b"", 0) == Batch([], 0)


def test_directions_are_those_of_the_specification():
    flags = [int.from_bytes(direction_options(kind)[4:8], "little") for kind in range(6)]
    assert [value & 3 for value in flags] == [1, 1, 1, 1, 2, 0]
    assert [value >> 2 & 7 for value in flags] == [1, 3, 2, 4, 0, 0]
