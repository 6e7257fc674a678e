"""Live capture on the loopback interface, where this process may; the parts that need no privileges are tested next door."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import captures.live
from captures.capture import open_capture
from captures.live import RawCapture, can_capture, open_live
from captures.recording import Recording
from support.waiting import until
from workbench.api import CaptureError, Endpoint, UsageError

permitted = pytest.mark.skipif(bool(can_capture()), reason=f"capturing is not permitted here: {can_capture()}")


class Pair:
    """A UDP sender and a sink on a port of its own."""

    def __init__(self, family: int = socket.AF_INET) -> None:
        host = "127.0.0.1" if family == socket.AF_INET else "::1"
        self.sink = socket.socket(family, socket.SOCK_DGRAM)
        self.sink.bind((host, 0))
        self.sender = socket.socket(family, socket.SOCK_DGRAM)
        self.sender.connect(self.sink.getsockname()[:2])
        self.endpoint = Endpoint(*self.sink.getsockname()[:2])
        self.port = self.endpoint.port

    def send(self, data: bytes, count: int = 1) -> None:
        for _ in range(count):
            self.sender.send(data)

    def close(self) -> None:
        self.sink.close()
        self.sender.close()


@pytest.fixture
def pair() -> Iterator[Pair]:
    made = Pair()
    yield made
    made.close()


def packets(path: Path) -> list[bytes]:
    with open_capture(path) as capture:
        capture.grow()
        assert capture.warnings == []
        return [capture.data(number) for number in range(1, len(capture.index) + 1)]


def once() -> Iterator[bool]:
    yield False
    while True:
        yield True


def test_why_capturing_is_not_possible(monkeypatch: pytest.MonkeyPatch):
    def refuse() -> socket.socket:
        raise CaptureError("capturing needs the capability CAP_NET_RAW", remedy="Run it as root")

    monkeypatch.setattr(captures.live, "open_socket", refuse)
    assert can_capture() == "capturing needs the capability CAP_NET_RAW. Run it as root"


@permitted
def test_each_packet_of_the_port_is_recorded_once(tmp_path: Path, pair: Pair):
    path, other = tmp_path / "live.pcapng", Pair()
    before = time.time_ns()
    with RawCapture("lo", path, ports=[pair.port]) as capture:
        for number in range(5):
            pair.send(b"wanted %d" % number)
            other.send(b"unwanted")
        stop = once()
        counters = capture.run(lambda: next(stop))
    other.close()
    assert [data[42:] for data in packets(path)] == [b"wanted %d" % number for number in range(5)]
    assert (counters.packets, counters.dropped, counters.bytes) == (5, 0, 5 * (42 + 8))
    with open_capture(path) as recorded:
        recorded.grow()
        times = recorded.index.time_ns
        assert before <= times[0] <= times[-1] <= time.time_ns()
        (interface,) = recorded.interfaces
        assert (interface.name, interface.link_type, interface.filter) == ("lo", 1, f"port {pair.port}")
        assert (interface.received, interface.dropped) == (5, 0)


@permitted
def test_ipv6_and_long_packets(tmp_path: Path):
    path, pair = tmp_path / "live.pcapng", Pair(socket.AF_INET6)
    with RawCapture("lo", path, ports=[pair.port], snaplen=100) as capture:
        pair.send(bytes(9000))
        stop = once()
        capture.run(lambda: next(stop))
    pair.close()
    with open_capture(path) as recorded:
        recorded.grow()
        assert recorded.index.original_length.tolist() == [9062]
        assert recorded.index.captured_length.tolist() == [100]


@permitted
def test_all_interfaces_together(tmp_path: Path, pair: Pair):
    path = tmp_path / "live.pcapng"
    with RawCapture("any", path, ports=[pair.port]) as capture:
        pair.send(b"anywhere")
        stop = once()
        capture.run(lambda: next(stop))
    with open_capture(path) as recorded:
        recorded.grow()
        assert recorded.interfaces[0].link_type == 113
        assert recorded.payload(1) == b"anywhere"
        assert len(recorded.index) == 1


@permitted
def test_a_burst_is_not_lost(tmp_path: Path, pair: Pair):
    with open_live("lo", tmp_path / "live.pcapng", filter_ports=[pair.port]) as live:
        pair.send(bytes(64), 20_000)
        counters = live.stop()
    assert (counters.packets, counters.dropped) == (20_000, 0)
    with open_capture(tmp_path / "live.pcapng") as recorded:
        assert recorded.grow() == 20_000


@permitted
def test_losses_are_counted(tmp_path: Path, pair: Pair):
    """A tiny buffer that nobody empties: what does not fit is dropped by the kernel, and said so in the file."""
    with RawCapture("lo", tmp_path / "live.pcapng", ports=[pair.port], buffer=1) as capture:
        pair.send(bytes(1000), 100)
        stop = once()
        counters = capture.run(lambda: next(stop))
    assert counters.dropped > 0
    assert counters.packets + counters.dropped == 100
    with open_capture(tmp_path / "live.pcapng") as recorded:
        recorded.grow()
        assert (recorded.interfaces[0].received, recorded.interfaces[0].dropped) == (100, counters.dropped)


@permitted
def test_a_killed_capture_leaves_everything_it_reported(tmp_path: Path, pair: Pair):
    path = tmp_path / "live.pcapng"
    with open_live("lo", path, filter_ports=[pair.port]) as live:
        pair.send(b"evidence", 100)
        until(lambda: live.counters.packets == 100)
        os.kill(live.pid, signal.SIGKILL)
        until(lambda: not live.running)
    assert len(packets(path)) == 100


@permitted
def test_an_unknown_interface_is_refused_with_the_known_ones(tmp_path: Path):
    with pytest.raises(CaptureError, match=r"nowhere0: No such device\. Choose one of: .*lo.*, any"):
        RawCapture("nowhere0", tmp_path / "live.pcapng")
    with pytest.raises(CaptureError, match="nowhere0"):
        open_live("nowhere0", tmp_path / "live.pcapng")
    with pytest.raises(UsageError, match="0 is no port"):
        open_live("lo", tmp_path / "live.pcapng", filter_ports=[0])


@permitted
def test_a_full_disk_is_a_clear_stop(tmp_path: Path, pair: Pair, monkeypatch: pytest.MonkeyPatch):
    with RawCapture("lo", tmp_path / "live.pcapng", ports=[pair.port]) as capture:
        pair.send(b"x")

        def full(self: Recording) -> None:
            raise CaptureError("recording stopped after 0 bytes: No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(Recording, "flush", full)
            with pytest.raises(CaptureError, match="No space left"):
                capture.run(lambda: False)
