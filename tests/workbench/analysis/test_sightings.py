import pytest

from captures import open_capture
from support.headers import A4, ether, ipv4, tcp
from support.pcap import STEP_NS, tcp_frames, write_pcap
from workbench.analysis.sightings import sightings
from workbench.api import Direction


def _seen(path, frames, layer):
    with open_capture(write_pcap(path, frames)) as capture:
        capture.grow()
        return sightings(capture, layer)


@pytest.mark.parametrize("layer", ["eth", "ip", "tcp"])
def test_sums_by_direction_in_the_order_of_first_rows(tmp_path, layer):
    frames = tcp_frames([(Direction.TO_SERVER, b"x" * 50), (Direction.TO_CLIENT, b"y" * 9)])
    seen = _seen(tmp_path / "x.pcap", frames, layer)
    assert seen.row.tolist() == [0, 1]
    assert int(seen.packets.sum()) == len(frames)
    assert int(seen.bytes.sum()) == sum(map(len, frames))
    assert int(seen.last.max() - seen.first.min()) == (len(frames) - 1) * STEP_NS
    assert seen.stream.tolist() == ([0, 0] if layer == "tcp" else [-1, -1])
    assert seen.direction.tolist() == ([0, 1] if layer == "tcp" else [0, 0])


def test_a_tunnelled_header_is_one_more(tmp_path):
    inner = ipv4(tcp(b"x"), source="192.0.2.1", destination="192.0.2.2")
    seen = _seen(tmp_path / "x.pcap", [ether(ipv4(inner, 4)), ether(inner)], "ip")
    assert sorted(seen.packets.tolist()) == [1, 2]
    assert seen.packets[[int(key[0]) == int.from_bytes(bytes(map(int, A4.split("."))), "big") for key in seen.keys]].tolist() == [
        1
    ]
