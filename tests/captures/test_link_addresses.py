import numpy as np

from captures import open_capture
from captures.link_addresses import ethernet_rows, link_addresses
from captures.pairs import MAC, host_text
from support.headers import ether, ipv4, tcp, vlan
from support.pcap import write_pcap


def test_addresses_of_every_frame(tmp_path):
    large = ipv4(tcp(b"y" * 60_000))
    sources = [bytes([2, 0, 0, 0, number >> 8, number & 255]) for number in range(150)]
    frames = [
        ether(large if number % 3 else vlan(large, 5, 0x0800), 0x0800 if number % 3 else 0x8100, source)
        for number, source in enumerate(sources)
    ]
    with open_capture(write_pcap(tmp_path / "x.pcap", frames)) as capture:
        capture.grow()
        rows = ethernet_rows(capture)
        parts = list(link_addresses(capture, rows))
    assert len(parts) > 1
    assert np.concatenate([part for part, _ in parts]).tolist() == rows.tolist() == list(range(150))
    keys = np.concatenate([keys for _, keys in parts])
    assert [host_text(MAC, int(key[0]), 0) for key in keys] == [source.hex(":") for source in sources]
    assert {host_text(MAC, int(key[2]), 0) for key in keys} == {"02:00:00:00:00:0b"}


def test_frames_that_are_none_are_left_out(tmp_path):
    with open_capture(write_pcap(tmp_path / "x.pcap", [b"short", ether(ipv4(tcp()))])) as capture:
        capture.grow()
        assert ethernet_rows(capture).tolist() == [1]
    with open_capture(write_pcap(tmp_path / "y.pcap", [ipv4(tcp())], link_type=101)) as capture:
        capture.grow()
        assert ethernet_rows(capture).tolist() == []
        assert list(link_addresses(capture, ethernet_rows(capture))) == []
