import pytest

from captures.capture import open_capture
from captures.pcapng_writer import PcapngWriter
from support.pcap import tcp_frames
from workbench.api import Direction, Endpoint
from workbench.demo.merging import Merger


@pytest.fixture
def sources(tmp_path):
    """Two captures that are still open for writing."""
    files = [(tmp_path / f"{name}.pcapng").open("wb") for name in ("one", "two")]
    writers = [PcapngWriter(file) for file in files]
    for writer in writers:
        writer.interface("tap")
        writer.flush()
    yield [tmp_path / "one.pcapng", tmp_path / "two.pcapng"], writers
    for file in files:
        file.close()


def _times(path) -> list[int]:
    with open_capture(path) as capture:
        capture.grow()
        return capture.index.time_ns.tolist()


def test_new_packets_are_copied_in_order_of_time(sources, tmp_path):
    paths, (one, two) = sources
    frames = tcp_frames([(Direction.TO_SERVER, b"x")], client=Endpoint("10.0.0.1", 1))
    with Merger(paths, tmp_path / "all.pcapng") as merger:
        assert merger.step() == 0
        one.packet(30, frames[0])
        two.packet(10, frames[0])
        one.packet(50, frames[1])
        one.flush()
        two.flush()
        assert merger.step() == 3
        assert _times(tmp_path / "all.pcapng") == [10, 30, 50]
        two.packet(40, frames[1])
        two.flush()
    assert _times(tmp_path / "all.pcapng") == [10, 30, 50, 40]
