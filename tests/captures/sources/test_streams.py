import io
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


def other_order(data: bytes) -> bytes:
    """A pcapng stream as a big-endian machine writes it, roughly: sections and lengths turned, bodies as they are."""
    turned, at = b"", 0
    while at < len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        body = data[at + 8 : at + length - 4]
        words = b"".join(body[here : here + 4][::-1] for here in range(0, len(body), 4))
        turned += data[at : at + 4][::-1] + data[at + 4 : at + 8][::-1] + words + data[at + 4 : at + 8][::-1]
        at += length
    return turned


@settings(max_examples=300, deadline=None)
@given(
    data=st.sampled_from([pcap(), pcapng(), other_order(pcapng())]),
    changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=6),
    cuts=st.lists(st.integers(0, 300), max_size=4),
)
def test_hostile_bytes_end_in_a_sentence(data, changes, cuts):
    """Whatever comes, either packets come out or a CaptureError; what waits for its rest stays small."""
    hostile = bytearray(data * 2)
    for place, value in changes:
        hostile[place % len(hostile)] = value
    stream = PacketStream("x", lambda _: 0)
    places = sorted({0, len(hostile), *cuts})
    with suppress(CaptureError):
        for here, there in pairwise(places):
            for record in stream.feed(bytes(hostile[here:there])).records:
                assert int.from_bytes(record[4:8], "little") == len(record)
    assert stream.pending <= len(hostile)


def test_other_bytes_are_refused():
    stream = PacketStream("x", lambda _: 0)
    assert stream.feed(b"GE").records == []
    assert stream.pending == 2
    with pytest.raises(CaptureError, match="x: it begins with 47 45 54 20, which is neither pcap nor pcapng"):
        stream.feed(b"T / HTTP/1.1")
