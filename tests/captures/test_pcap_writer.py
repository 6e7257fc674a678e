import io
import struct

from captures import open_capture
from captures.pcap_writer import PcapWriter


def test_what_is_written_can_be_read(tmp_path):
    path = tmp_path / "out.pcap"
    with path.open("wb") as file:
        writer = PcapWriter(file, link_type=101)
        writer.packet(1_700_000_000_123_456_789, b"E" * 20)
        writer.packet(1_700_000_001_000_000_001, b"", original_length=1500)
        writer.flush()
    with open_capture(path) as capture:
        assert capture.grow() == 2
        first, second = capture.packet(1), capture.packet(2)
        assert (first.time_ns, first.data, first.original_length, first.link_type) == (
            1_700_000_000_123_456_789,
            b"E" * 20,
            20,
            101,
        )
        assert (second.time_ns, second.data, second.original_length) == (1_700_000_001_000_000_001, b"", 1500)


def test_microseconds():
    file = io.BytesIO()
    PcapWriter(file, nanoseconds=False).packet(1_000_000_999, b"x")
    data = file.getvalue()
    assert data[:4] == b"\xd4\xc3\xb2\xa1"
    assert struct.unpack("<IIII", data[24:40]) == (1, 0, 1, 1)
