"""A pcapng stream of either byte order, in any pieces, becomes blocks of a file of ours that says the same."""

import io
import ipaddress
import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captures.capture import open_capture
from captures.pcapng_building import packet_block
from captures.pcapng_writer import PcapngWriter
from captures.sources.model import Losses
from captures.sources.pcapng_stream import PcapngStream
from workbench.api import CaptureError

NOW = 1_700_000_000_123_456_789


class Told:
    """Counts interface blocks as a file does, after one that was there before."""

    def __init__(self) -> None:
        self.blocks: list[bytes] = []
        self.interfaces = 0

    def __call__(self, block: bytes) -> int:
        self.blocks.append(block)
        self.interfaces += block[0] == 1
        return self.interfaces


def block(order: str, kind: int, body: bytes) -> bytes:
    length = struct.pack(order + "I", 12 + len(body) + -len(body) % 4)
    return struct.pack(order + "I", kind) + length + body + bytes(-len(body) % 4) + length


def option(order: str, code: int, value: bytes) -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order: str) -> bytes:
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(order: str, options: bytes = b"", snaplen: int = 96) -> bytes:
    return block(order, 1, struct.pack(order + "HHI", 1, 0, snaplen) + options)


def packet(order: str, number: int, ticks: int, data: bytes, options: bytes = b"", original: int | None = None) -> bytes:
    head = struct.pack(
        order + "5I", number, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data) if original is None else original
    )
    return block(order, 6, head + data + bytes(-len(data) % 4) + options)


def through(data: bytes, told: Told | None = None) -> tuple[list[bytes], PcapngStream]:
    stream = PcapngStream("pipe", told or Told(), clock=lambda: NOW)
    return stream.feed(data).records, stream


@given(
    datas=st.lists(st.binary(max_size=20), max_size=6),
    cuts=st.lists(st.integers(0, 2000), max_size=9),
    order=st.sampled_from("<>"),
)
def test_any_pieces_give_all_packets(datas, cuts, order):
    whole = section(order) + interface(order, option(order, 9, b"\x09") + bytes(4))
    whole += b"".join(packet(order, 0, NOW + number, data, original=99) for number, data in enumerate(datas))
    told = Told()
    stream = PcapngStream("pipe", told)
    records, wire_bytes = [], 0
    places = sorted({0, len(whole), *(cut % (len(whole) + 1) for cut in cuts)})
    for here, there in pairwise(places):
        batch = stream.feed(whole[here:there])
        records += batch.records
        wire_bytes += batch.wire_bytes
    assert records == [packet_block(1, NOW + number, data, 99) for number, data in enumerate(datas)]
    assert wire_bytes == 99 * len(datas)
    assert told.interfaces == 1
    assert stream.pending == 0


@pytest.mark.parametrize("order", "<>")
def test_what_a_stream_says_is_what_the_file_says(tmp_path, order):
    """Both byte orders: times of other units, options, names, secrets, statistics, old and simple packets."""
    texts = option(order, 2, b"eth7") + option(order, 11, b"\0tcp") + option(order, 9, b"\x06") + bytes(4)
    flags = option(order, 2, struct.pack(order + "I", 5)) + option(order, 1, b"a remark") + bytes(4)
    secret = b"CLIENT_RANDOM 00 00\n"
    name = struct.pack(order + "HH", 1, 8) + ipaddress.ip_address("192.0.2.1").packed + b"one\0" + bytes(4)
    data = section(order) + interface(order, texts)
    data += block(order, 10, struct.pack(order + "II", 0x544C534B, len(secret)) + secret) + block(order, 4, name)
    data += packet(order, 0, 1_700_000_000_000_001, b"first", flags)
    data += block(order, 2, struct.pack(order + "HHIIII", 0, 0, 0, 3, 2, 2) + b"ab\0\0")
    data += block(order, 3, struct.pack(order + "I", 200) + b"s" * 96)
    counts = option(order, 4, struct.pack(order + "Q", 12)) + option(order, 5, struct.pack(order + "Q", 2)) + bytes(4)
    data += block(order, 5, struct.pack(order + "III", 0, 0, 0) + counts)
    data += block(order, 0x0BAD, b"nobody knows")
    file = io.BytesIO()
    PcapngWriter(file)
    said: list[bytes] = [file.getvalue()]
    stream = PcapngStream("pipe", lambda block: said.append(block) or 0, clock=lambda: NOW)
    records = stream.feed(data).records
    assert stream.losses() == {0: Losses(12, 2)}
    path = tmp_path / "x.pcapng"
    path.write_bytes(b"".join(said + records))
    with open_capture(path) as capture:
        capture.grow()
        assert capture.warnings == []
        (found,) = capture.interfaces
        assert (found.name, found.filter, found.snaplen) == ("eth7", "tcp", 96)
        assert [capture.data(number) for number in (1, 2, 3)] == [b"first", b"ab", b"s" * 96]
        assert capture.packet(1).time_ns == 1_700_000_000_000_001_000
        assert capture.packet(2).time_ns == 3000
        assert capture.packet(3).time_ns // 1000 == NOW // 1000
        assert capture.packet(3).original_length == 200
        assert capture.packet(1).comments == ("a remark",)
        assert capture.secrets == [secret]


def test_interfaces_of_a_second_section_are_further_ones():
    told = Told()
    first = section("<") + interface("<") + interface("<") + packet("<", 1, 5, b"a")
    second = section(">") + interface(">") + packet(">", 0, 5, b"b")
    records, stream = through(first + second, told)
    assert [int.from_bytes(record[8:12], "little") for record in records] == [2, 3]
    assert sorted(stream.losses()) == [1, 2, 3]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (section("<")[:8] + bytes(20), "a section without a byte order at byte 0"),
        (section("<") + block("<", 6, bytes(20)), "a packet of interface 0, which was never described, at byte 28"),
        (section("<") + interface("<") + packet("<", 3, 0, b""), "a packet of interface 3"),
        (section("<") + struct.pack("<II", 6, 13) + bytes(8), "a block of 13 bytes at byte 28"),
        (section("<") + struct.pack("<II", 6, 28) + bytes(30), "a block of 28 bytes at byte 28"),
        (section("<") + struct.pack("<II", 77, 1 << 30) + bytes(8), "a block of 1073741824 bytes"),
        (section("<") + struct.pack("<II", 77, 12) + struct.pack("<I", 16), "a block whose two lengths differ"),
        (section("<") + interface("<") + block("<", 6, struct.pack("<5I", 0, 0, 0, 500, 500)), "a packet of 500 bytes"),
        (section("<") + block("<", 3, struct.pack("<I", 4) + b"abcd"), "a packet of interface 0"),
    ],
)
def test_damage_is_found_at_its_place(data, words):
    with pytest.raises(CaptureError, match=words) as caught:
        through(data)
    assert caught.value.place == "pipe"
    assert "What came before is in the file" in str(caught.value)


def test_statistics_of_nobody_are_left_out():
    _, stream = through(section("<") + block("<", 5, struct.pack("<III", 3, 0, 0)))
    assert stream.losses() == {}
