import struct

import pytest

from captures import open_capture, pcapng
from workbench.api import CaptureError

FRAME = bytes(range(30))


class File:
    """A pcapng file made of blocks."""

    def __init__(self, order="<"):
        self.order = order
        self.data = b""
        self.section()

    def block(self, kind, body):
        length = 12 + len(body) + -len(body) % 4
        head, tail = struct.pack(self.order + "II", kind, length), struct.pack(self.order + "I", length)
        self.data += head + body + bytes(-len(body) % 4) + tail
        return self

    def section(self, order=None, options=b""):
        self.order = order or self.order
        return self.block(0x0A0D0D0A, struct.pack(self.order + "IHHq", 0x1A2B3C4D, 1, 0, -1) + options)

    def option(self, code, value):
        return struct.pack(self.order + "HH", code, len(value)) + value + bytes(-len(value) % 4)

    def interface(self, link_type=1, snaplen=0, options=b""):
        return self.block(1, struct.pack(self.order + "HHI", link_type, 0, snaplen) + options)

    def packet(self, ticks=0, frame=FRAME, interface=0, original=None, options=b""):
        original = len(frame) if original is None else original
        head = struct.pack(self.order + "IIIII", interface, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), original)
        return self.block(6, head + frame + bytes(-len(frame) % 4) + options)


@pytest.fixture
def opened(tmp_path):
    """Opens a file with the given bytes, indexed."""
    captures = []

    def make(file):
        path = tmp_path / "capture.pcapng"
        path.write_bytes(file if isinstance(file, bytes) else file.data)
        captures.append(open_capture(path))
        captures[-1].grow()
        return captures[-1]

    yield make
    for capture in captures:
        capture.close()


@pytest.mark.parametrize("order", ["<", ">"])
def test_packets_in_both_byte_orders(opened, order):
    capture = opened(File(order).interface().packet(1_700_000_000_123_456).packet(5, b"odd", original=99))
    assert capture.format == "pcapng"
    first, second = capture.packet(1), capture.packet(2)
    assert (first.time_ns, first.data, first.original_length) == (1_700_000_000_123_456_000, FRAME, 30)
    assert (second.time_ns, second.data, second.original_length) == (5_000, b"odd", 99)
    assert capture.warnings == []


def test_every_interface_has_its_own_clock_and_link_type(opened):
    file = File()
    file.interface(1, options=file.option(9, b"\x09"))
    file.interface(101, options=file.option(9, b"\x8a") + file.option(14, struct.pack("<q", 10)))
    file.interface(1, options=file.option(9, b"\x0c"))
    file.packet(7).packet(1536, interface=1).packet(3_000, interface=2)
    capture = opened(file)
    assert capture.index.time_ns.tolist() == [7, 11_500_000_000, 3]
    assert [capture.packet(number).link_type for number in (1, 2, 3)] == [1, 101, 1]


def test_interfaces_are_numbered_over_all_sections(opened):
    file = File().interface(1).interface(113).packet(1, interface=1)
    file.section(">").interface(101).packet(2)
    file.section("<").interface(0).packet(3).section().interface(12).packet(4)
    capture = opened(file)
    assert [interface.link_type for interface in capture.interfaces] == [1, 113, 101, 0, 12]
    assert capture.index.interface.tolist() == [1, 2, 3, 4]
    assert capture.index.time_ns.tolist() == [1000, 2000, 3000, 4000]


def test_simple_and_old_packet_blocks(opened):
    file = File().interface(1, snaplen=20)
    file.block(3, struct.pack("<I", 30) + FRAME[:20])
    file.block(2, struct.pack("<HHIIII", 0, 9, 0, 5, 4, 60) + b"abcd")
    file.block(3, struct.pack("<I", 3) + b"abc")
    capture = opened(file)
    assert [capture.data(number) for number in (1, 2, 3)] == [FRAME[:20], b"abcd", b"abc"]
    assert capture.index.original_length.tolist() == [30, 60, 3]
    assert capture.index.time_ns.tolist() == [0, 5000, 0]


def test_what_the_file_says_beside_its_packets(opened):
    file = File()
    file.data = b""
    file.section(options=file.option(1, b"about all"))
    file.block(0xBAD, b"custom!!").interface(options=file.option(2, b"lo")).block(0x7777, bytes(100))
    file.block(4, file.option(1, bytes([10, 0, 0, 1]) + b"alpha\0") + bytes(4))
    file.block(10, struct.pack("<II", 0x544C534B, 4) + b"keys")
    file.packet(1, options=file.option(2, bytes(4)) + file.option(1, b"first") + file.option(1, b"second") + bytes(4))
    file.packet(2)
    file.block(5, struct.pack("<III", 0, 0, 0) + file.option(4, struct.pack("<Q", 12)) + file.option(5, struct.pack("<Q", 3)))
    capture = opened(file)
    assert capture.comments == ["about all"]
    assert capture.names == {"10.0.0.1": "alpha"}
    assert capture.secrets == [b"keys"]
    assert (capture.interfaces[0].name, capture.interfaces[0].received, capture.interfaces[0].dropped) == ("lo", 12, 3)
    assert capture.packet(1).comments == ("first", "second")
    assert capture.packet(2).comments == ()


def test_a_block_that_is_being_written_is_read_when_it_is_there(opened, tmp_path):
    file = File().interface().packet(1)
    begun = len(file.data)
    file.packet(2)
    for cut in range(begun + 1, len(file.data)):
        capture = opened(file.data[:cut])
        assert len(capture.index) == 1
        assert f"byte {begun} " in capture.warnings[0]
        (tmp_path / "capture.pcapng").write_bytes(file.data)
        assert capture.grow() == 1
        assert capture.warnings == []


@pytest.mark.parametrize(
    "broken",
    [
        struct.pack("<III", 6, 13, 0),
        struct.pack("<III", 6, 0xFFFFFFF0, 0),
        struct.pack("<III", 0x99, 8, 0),
        struct.pack("<III", 0x0A0D0D0A, 28, 0x12345678),
        bytes(64),
    ],
    ids=["packet too short", "packet too long", "block too short", "no magic", "zeros"],
)
def test_a_block_that_cannot_be_ends_the_reading_with_its_place(opened, broken):
    file = File().interface().packet(1)
    place = len(file.data)
    capture = opened(file.data + broken + File().interface().packet(2).data)
    assert len(capture.index) == 1
    assert f"byte {place}" in capture.warnings[0]
    assert capture.grow() == 0


def test_a_packet_that_contradicts_itself_ends_the_reading(opened):
    for body in (struct.pack("<IIIII", 0, 0, 0, 500, 500) + FRAME, struct.pack("<IIIII", 5, 0, 0, 4, 4) + b"abcd"):
        file = File().interface().packet(1)
        place = len(file.data)
        capture = opened(file.block(6, body).packet(3))
        assert len(capture.index) == 1
        assert f"byte {place}" in capture.warnings[0]


def test_packets_before_any_interface(opened):
    capture = opened(File().packet(1))
    assert len(capture.index) == 0
    assert "contradicts itself" in capture.warnings[0]


def test_long_blocks_are_skipped_unread_and_little_is_kept(opened, monkeypatch):
    monkeypatch.setattr(pcapng, "MAX_METADATA", 100)
    file = File().block(10, struct.pack("<II", 0x544C534B, 200) + bytes(200)).interface().packet(1)
    capture = opened(file)
    assert (len(capture.index), capture.secrets) == (1, [])
    monkeypatch.setattr(pcapng, "MAX_KEPT", 70)
    secret = struct.pack("<II", 0x544C534B, 4) + b"keys"
    capture = opened(File().interface().block(10, secret).block(10, secret).block(10, secret).packet(1))
    assert (len(capture.index), len(capture.secrets)) == (1, 3)
    monkeypatch.setattr(pcapng, "MAX_KEPT", 50)
    assert len(opened(File().interface().block(10, secret).block(10, secret).block(10, secret).packet(1)).secrets) == 2


def test_no_section_header_is_no_pcapng(opened):
    with pytest.raises(CaptureError, match="neither pcap"):
        opened(File().data[:8] + b"????" + bytes(40))
