import struct

import pytest

from captures.pcap import maybe_pcap, maybe_snoop
from captures.records import MAX_CAPTURED
from captures.source import WINDOW, Source
from workbench.api import CaptureError

FRAMES = (b"first frame", b"", b"a third one, longer")
SHAPES = {
    "little": (b"\xd4\xc3\xb2\xa1", "<", 0, 1000),
    "big": (b"\xa1\xb2\xc3\xd4", ">", 0, 1000),
    "nanoseconds": (b"\x4d\x3c\xb2\xa1", "<", 0, 1),
    "nanoseconds, big": (b"\xa1\xb2\x3c\x4d", ">", 0, 1),
    "modified": (b"\x34\xcd\xb2\xa1", "<", 8, 1000),
    "modified, big": (b"\xa1\xb2\xcd\x34", ">", 8, 1000),
}


def pcap(frames=FRAMES, shape="little", *, link_type=1) -> bytes:
    magic, order, more, _ = SHAPES[shape]
    data = magic + struct.pack(order + "HHiIII", 2, 4, 0, 0, 65535, link_type)
    for number, frame in enumerate(frames):
        head = struct.pack(order + "IIII", 1000 + number, 7 + number, len(frame), len(frame) + 5)
        data += head + bytes(more) + frame
    return data


@pytest.fixture
def reader(tmp_path):
    """Makes a reader of a file with the given bytes."""
    sources = []

    def make(data, maybe=maybe_pcap):
        path = tmp_path / "capture"
        path.write_bytes(data)
        sources.append(Source(path))
        return maybe(sources[-1])

    yield make
    for source in sources:
        source.close()


def _frames(records):
    return [records.buffer[at : at + size].tobytes() for at, size in zip(records.start, records.captured, strict=True)]


@pytest.mark.parametrize("shape", SHAPES)
def test_all_kinds_of_pcap(reader, shape):
    found = reader(pcap(shape=shape))
    tick = SHAPES[shape][3]
    records = found.read(10)
    assert _frames(records) == list(FRAMES)
    assert records.time_ns.tolist() == [(1000 + n) * 10**9 + (7 + n) * tick for n in range(3)]
    assert (records.original - records.captured).tolist() == [5, 5, 5]
    assert found.read(10) is None
    assert found.metadata.interfaces[0].link_type == 1
    assert found.metadata.interfaces[0].snaplen == 65535
    assert found.metadata.damage == ""
    assert found.comments(40, 5) == ()


def test_the_link_type_stands_in_the_lower_bits(reader):
    assert reader(pcap(link_type=0x5000_0071)).metadata.interfaces[0].link_type == 0x71


def test_reading_on_where_the_last_call_stopped(reader):
    found = reader(pcap())
    assert _frames(found.read(2)) == list(FRAMES[:2])
    assert _frames(found.read(2)) == [FRAMES[2]]


def test_a_record_that_is_being_written_is_read_when_it_is_there(reader, tmp_path):
    data = pcap()
    for cut in range(len(data) - len(FRAMES[2]) - 16, len(data)):
        found = reader(data[:cut])
        assert len(found.read(10)) == 2
        assert found.read(10) is None
        assert found.metadata.damage == ""
        (tmp_path / "capture").write_bytes(data)
        assert _frames(found.read(10)) == [FRAMES[2]]


def test_more_than_a_window_of_packets(reader):
    frames = [bytes([n % 251]) * 200_000 for n in range(2 * WINDOW // 200_000)]
    found = reader(pcap(frames))
    seen = []
    while (records := found.read(1000)) is not None:
        seen += _frames(records)
    assert seen == frames


def test_a_length_that_cannot_be_ends_the_reading_with_its_place(reader):
    data = pcap()
    place = len(data) - len(FRAMES[2]) - 16
    for length in (MAX_CAPTURED + 100, 0xFFFFFFFF):
        found = reader(data[: place + 8] + struct.pack("<I", length) + data[place + 12 :])
        assert len(found.read(10)) == 2
        assert found.read(10) is None
        assert f"byte {place}" in found.metadata.damage


def test_a_cut_file_header_is_an_error(reader):
    with pytest.raises(CaptureError, match="header is cut short"):
        reader(pcap()[:20])
    assert reader(b"neither") is None


def _snoop(frames, network=4):
    data = b"snoop\0\0\0" + struct.pack(">II", 2, network)
    for number, frame in enumerate(frames):
        padded = frame + bytes(-len(frame) % 4)
        data += struct.pack(">IIIIII", len(frame) + 1, len(frame), 24 + len(padded), 0, 5, number) + padded
    return data


def test_snoop(reader):
    records = reader(_snoop(FRAMES), maybe_snoop).read(10)
    assert _frames(records) == list(FRAMES)
    assert records.original.tolist() == [len(frame) + 1 for frame in FRAMES]
    assert records.time_ns.tolist() == [5_000_000_000, 5_000_001_000, 5_000_002_000]
    assert reader(pcap(), maybe_snoop) is None
    with pytest.raises(CaptureError, match="data link type 99"):
        reader(_snoop(FRAMES, network=99), maybe_snoop)


def test_a_snoop_record_without_length_does_not_go_on_forever(reader):
    data = bytearray(_snoop(FRAMES))
    data[16 + 8 : 16 + 12] = bytes(4)
    found = reader(bytes(data), maybe_snoop)
    assert found.read(10) is None
    assert "byte 16" in found.metadata.damage
