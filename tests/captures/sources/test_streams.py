import io

import pytest

from captures.pcap_writer import PcapWriter
from captures.pcapng_building import packet_block
from captures.pcapng_writer import PcapngWriter
from captures.sources.streams import PacketStream
from workbench.api import CaptureError


def pcap() -> bytes:
    file = io.BytesIO()
    PcapWriter(file).packet(5, b"a packet")
    return file.getvalue()


def pcapng() -> bytes:
    file = io.BytesIO()
    writer = PcapngWriter(file)
    writer.interface("eth0")
    writer.packet(5, b"a packet")
    return file.getvalue()


@pytest.mark.parametrize("data", [pcap(), pcapng()])
def test_the_first_bytes_tell_the_format(data):
    stream = PacketStream("x", lambda _: 0)
    records = []
    for at in range(len(data)):
        assert stream.began == (at > 23 and bool(stream.losses()))
        records += stream.feed(data[at : at + 1]).records
    assert records == [packet_block(0, 5, b"a packet", 8)]
    assert stream.began
    assert stream.pending == 0


def test_other_bytes_are_refused():
    stream = PacketStream("x", lambda _: 0)
    assert stream.feed(b"GE").records == []
    assert stream.pending == 2
    with pytest.raises(CaptureError, match="x: it begins with 47 45 54 20, which is neither pcap nor pcapng"):
        stream.feed(b"T / HTTP/1.1")
