"""A stream gives what a file reader finds in the same bytes, however it is cut into pieces."""

import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captures.pcapng_building import interface_block, packet_block
from captures.sources.model import Losses
from captures.sources.pcap_stream import PcapStream
from workbench.api import CaptureError

HEADS = {
    "<": struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 96, 1),
    ">": struct.pack(">IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 96, 1),
}


class Told:
    """Numbers interfaces as a file does, and keeps what it was told."""

    def __init__(self) -> None:
        self.blocks: list[bytes] = []

    def __call__(self, block: bytes) -> int:
        self.blocks.append(block)
        return len(self.blocks) + 4


def fed(stream: PcapStream, data: bytes, cuts: list[int]) -> tuple[list[bytes], int]:
    records: list[bytes] = []
    wire_bytes = 0
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for here, there in pairwise(places):
        batch = stream.feed(data[here:there])
        records += batch.records
        wire_bytes += batch.wire_bytes
    return records, wire_bytes


packets = st.lists(
    st.tuples(st.integers(0, 2**31), st.integers(0, 999_999), st.binary(max_size=50), st.integers(0, 99)), max_size=8
)


@given(wanted=packets, cuts=st.lists(st.integers(0, 1000), max_size=9), order=st.sampled_from("<>"))
def test_any_pieces_give_all_packets(wanted, cuts, order):
    data = HEADS[order]
    for seconds, fraction, payload, more in wanted:
        data += struct.pack(order + "4I", seconds, fraction, len(payload), len(payload) + more) + payload
    told = Told()
    stream = PcapStream("stdin", told)
    records, wire_bytes = fed(stream, data, cuts)
    assert told.blocks == [interface_block("stdin", 1, 96)]
    assert records == [
        packet_block(5, seconds * 10**9 + fraction * 1000, payload, len(payload) + more)
        for seconds, fraction, payload, more in wanted
    ]
    assert wire_bytes == sum(len(payload) + more for _, _, payload, more in wanted)
    assert stream.pending == 0
    assert stream.losses() == {5: Losses()}


def test_nanoseconds_are_kept():
    stream = PcapStream("x", Told())
    head = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 96, 0x10000065)
    batch = stream.feed(head + struct.pack("<4I", 1, 999_999_999, 1, 1) + b"a")
    assert batch.records == [packet_block(5, 1_999_999_999, b"a", 1)]


def test_what_is_cut_short_waits():
    stream = PcapStream("x", Told())
    assert stream.feed(HEADS["<"][:23]).records == []
    assert (stream.pending, stream.losses()) == (23, {})
    assert stream.feed(HEADS["<"][23:] + bytes(15)).records == []
    assert stream.pending == 15


def test_damage_is_found_at_its_place():
    stream = PcapStream("pipe", Told())
    stream.feed(HEADS["<"] + struct.pack("<4I", 1, 0, 2, 2) + b"ab")
    with pytest.raises(
        CaptureError, match=r"pipe: the record at byte 42 claims a length of 4294967295 bytes: the stream is damaged"
    ):
        stream.feed(struct.pack("<4I", 1, 0, 0xFFFFFFFF, 2))
