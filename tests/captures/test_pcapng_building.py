"""Blocks made one by one say the same as those of the writer of whole files."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captures.capture import open_capture
from captures.pcapng_building import MAX_OPTION, interface_block, option, packet_block, statistics_block
from captures.pcapng_writer import PcapngWriter

TIME = 1_700_000_000_123_456_789


def section() -> bytes:
    file = io.BytesIO()
    PcapngWriter(file)
    return file.getvalue()


@given(data=st.binary(max_size=40), more=st.integers(0, 100), time_ns=st.integers(0, (1 << 63) - 1), number=st.integers(0, 9))
def test_packets_are_those_of_the_writer(data, more, time_ns, number):
    file = io.BytesIO()
    writer = PcapngWriter(file)
    begun = file.tell()
    writer.packet(time_ns, data, number, len(data) + more)
    assert packet_block(number, time_ns, data, len(data) + more) == file.getvalue()[begun:]


@pytest.mark.parametrize("name", ["eth0", "", "ü" * 40_000])
def test_a_reader_finds_what_was_said(tmp_path, name):
    path = tmp_path / "x.pcapng"
    counts = {4: 10, 5: 3, 7: 3}
    blocks = [
        section(),
        interface_block(name, 113, 96, filter="port 80", description="the net"),
        packet_block(0, TIME, b"abcde", 50, option(2, b"\1\0\0\0") + bytes(4)),
        statistics_block(0, TIME - 5, TIME, counts),
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
