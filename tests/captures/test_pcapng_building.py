"""What blocks say is what a reader finds in them."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captures.capture import open_capture
from captures.pcapng_blocks import comments_in
from captures.pcapng_building import MAX_OPTION, ended, interface_block, option, packet_block, statistics_block, text
from captures.pcapng_writer import PcapngWriter

TIME = 1_700_000_000_123_456_789


def section() -> bytes:
    file = io.BytesIO()
    PcapngWriter(file)
    return file.getvalue()


@given(data=st.binary(max_size=40), more=st.integers(0, 100), time_ns=st.integers(0, (1 << 63) - 1), comment=st.text(max_size=9))
def test_a_packet_is_laid_out_as_section_4_3_says(data, more, time_ns, comment):
    options = ended(option(1, text(comment)) if comment else b"")
    found = packet_block(3, time_ns, data, len(data) + more, options)
    kind, length, number, high, low, captured, original = struct.unpack_from("<7I", found)
    assert (kind, number, high << 32 | low, captured, original) == (6, 3, time_ns, len(data), len(data) + more)
    assert length == len(found) == struct.unpack_from("<I", found, length - 4)[0]
    assert found[28 : 28 + captured] == data
    assert not any(found[28 + captured : 28 + captured + -captured % 4])
    assert comments_in(found[:-4], 28 + captured + -captured % 4, "<") == ((comment.rstrip("\0"),) if comment else ())


@pytest.mark.parametrize("name", ["eth0", "", "ü" * 40_000])
def test_a_reader_finds_what_was_said(tmp_path, name):
    path = tmp_path / "x.pcapng"
    counts = {4: 10, 5: 3, 7: 3}
    blocks = [
        section(),
        interface_block(name, 113, 96, filter="port 80", description="the net"),
        packet_block(0, TIME, b"abcde", 50, option(2, b"\1\0\0\0") + bytes(4)),
        statistics_block(0, TIME, counts, begun_ns=TIME - 5),
    ]
    path.write_bytes(b"".join(blocks))
    with open_capture(path) as capture:
        capture.grow()
        (interface,) = capture.interfaces
        assert (interface.link_type, interface.snaplen, interface.filter) == (113, 96, "port 80")
        assert interface.description == "the net"
        assert interface.name == name[: (MAX_OPTION - 4) // 2]
        assert (interface.received, interface.dropped) == (10, 3)
        assert (capture.packet(1).time_ns, capture.packet(1).data, capture.packet(1).original_length) == (TIME, b"abcde", 50)
        assert capture.warnings == []
