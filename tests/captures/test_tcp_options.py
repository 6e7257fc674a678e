import numpy as np
import pytest

from captures import open_capture
from captures.segment import ACK, SYN
from captures.tcp_options import tcp_options
from captures.tcp_walk import Sent
from support.headers import ether, ipv4, tcp
from support.pcap import write_pcap
from support.records import indexed
from support.tcp_trouble import frame

BLOCKS = ((100, 110), (200, 230), (300, 301), (400, 500))
TIME_STAMPS = b"\x01\x01\x08\x0a" + bytes(8)


def _options(path):
    with open_capture(path) as capture:
        capture.grow()
        found = tcp_options(capture.index, np.flatnonzero(capture.index.stream >= 0))
    return found.shift.tolist(), found.sacked.tolist()


def _syn(options):
    return ether(ipv4(tcp(b"", flags=SYN, options=options)))


def test_scales_and_blocks(tmp_path):
    frames = [
        frame(Sent(0, 0, 0, 1, 0, SYN, 9, 0, shift=7)),
        frame(Sent(0, 0, 1, 5, 2, SYN | ACK, 9, 0, shift=0)),
        frame(Sent(0, 0, 0, 2, 6, ACK, 9, 50)),
        frame(Sent(0, 0, 1, 6, 2, ACK, 9, 0), blocks=BLOCKS[:2]),
        frame(Sent(0, 0, 1, 6, 2, ACK, 9, 5), blocks=BLOCKS),
        ether(ipv4(tcp(b"data", options=TIME_STAMPS + b"\x01\x01\x05\x0a" + bytes(4) + b"\0\0\0\x07"))),
    ]
    # of four blocks three count
    assert _options(write_pcap(tmp_path / "x.pcap", frames)) == ([7, 0, -1, -1, -1, -1], [0, 0, 0, 40, 41, 7])


@pytest.mark.parametrize(
    "options",
    [b"\x03\x00\x01\x01", b"\x01\x01\x03\x03", b"\x03\x7f\x07\x01", b"\x00\x03\x03\x07", b"\x03\x04\x07\x00", b"\x01" * 40],
)
def test_options_that_cannot_be_are_none(tmp_path, options):
    path = write_pcap(tmp_path / "x.pcap", [_syn(options + bytes(-len(options) % 4))])
    assert _options(path) == ([-1], [0])


def test_a_header_in_fragments_is_read(tmp_path):
    datagram = tcp(b"x" * 40, flags=SYN, options=b"\x03\x03\x05\x00")
    pieces = [ether(ipv4(datagram[:8], fragment=0x2000)), ether(ipv4(datagram[8:], fragment=1))]
    assert _options(write_pcap(tmp_path / "x.pcap", pieces)) == ([5], [0])


def test_headers_far_apart_in_a_file(tmp_path):
    large = ether(ipv4(tcp(b"y" * 60_000)))
    frames = [large if number % 40 else _syn(b"\x03\x03\x02\x00") for number in range(200)]
    shift, _ = _options(write_pcap(tmp_path / "x.pcap", frames))
    assert [place for place, value in enumerate(shift) if value == 2] == list(range(0, 200, 40))


def test_without_a_file_there_are_none():
    found = tcp_options(indexed([_syn(b"\x03\x03\x02\x00")]), np.array([0]))
    assert found.shift.tolist() == [-1]
