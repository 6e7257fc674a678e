"""Live capture on the loopback interface, where this process may; the parts that need no privileges are tested next door."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from captures.capture import open_capture
from captures.live import Ends, LiveCapture, LiveCounters, main, open_live
from captures.pcapng_building import interface_block, packet_block
from captures.recording import Recording
from captures.rotation import Rotation
from captures.sources import choice
from captures.sources.choice import Kind
from captures.sources.model import Batch, Describe, Losses, Wish
from captures.sources.ring import why_no_ring
from support.live import Pair, once, packets
from support.waiting import until
from workbench.api import CaptureError, UsageError

permitted = pytest.mark.skipif(why_no_ring() is not None, reason="capturing by a ring is not permitted here")


@pytest.fixture
def pair() -> Iterator[Pair]:
    with Pair() as made:
        yield made


def wish(pair: Pair, interface: str = "lo", **more: int) -> Wish:
    return Wish(interface=interface, filter=pair.filter, **more)  # type: ignore[arg-type]


@permitted
@pytest.mark.parametrize("source", ["ring", "socket"])
def test_each_packet_of_the_port_is_recorded_once(tmp_path: Path, pair: Pair, source: str):
    path = tmp_path / "live.pcapng"
    before = time.time_ns()
    with Pair() as other, LiveCapture([wish(pair)], path, source=source) as capture:
        for number in range(5):
            pair.send(b"wanted %d" % number)
            other.send(b"unwanted")
        stop = once()
        counters = capture.run(lambda: next(stop))
    assert [data[42:] for data in packets(path)] == [b"wanted %d" % number for number in range(5)]
    assert (counters.packets, counters.dropped, counters.bytes) == (5, 0, 5 * (42 + 8))
    assert (counters.received, counters.unwritten, counters.counted, counters.sources) == (5, 0, True, source)
    assert counters.size == path.stat().st_size
    with open_capture(path) as recorded:
        recorded.grow()
        times = recorded.index.time_ns
        assert before <= times[0] <= times[-1] <= time.time_ns()
        (interface,) = recorded.interfaces
        assert (interface.name, interface.link_type, interface.filter) == ("lo", 1, pair.filter)
        assert (interface.received, interface.dropped) == (5, 0)


@permitted
@pytest.mark.parametrize("source", ["ring", "socket"])
def test_ipv6_and_long_packets(tmp_path: Path, source: str):
    path = tmp_path / "live.pcapng"
    with Pair(socket.AF_INET6) as pair, LiveCapture([wish(pair, snaplen=100)], path, source=source) as capture:
        pair.send(bytes(9000))
        stop = once()
        capture.run(lambda: next(stop))
    with open_capture(path) as recorded:
        recorded.grow()
        assert recorded.index.original_length.tolist() == [9062]
        assert recorded.index.captured_length.tolist() == [100]


@permitted
@pytest.mark.parametrize("source", ["ring", "socket"])
def test_all_interfaces_together(tmp_path: Path, pair: Pair, source: str):
    path = tmp_path / "live.pcapng"
    with LiveCapture([wish(pair, "any")], path, source=source) as capture:
        pair.send(b"anywhere")
        stop = once()
        capture.run(lambda: next(stop))
    with open_capture(path) as recorded:
        recorded.grow()
        assert recorded.interfaces[0].link_type == 113
        assert recorded.payload(1) == b"anywhere"
        assert len(recorded.index) == 1


@permitted
def test_several_interfaces_keep_their_names(tmp_path: Path, pair: Pair):
    path = tmp_path / "live.pcapng"
    with LiveCapture([wish(pair, "any"), wish(pair, "lo")], path) as capture:
        pair.send(b"twice")
        stop = once()
        counters = capture.run(lambda: next(stop))
    assert counters.packets == 2
    with open_capture(path) as recorded:
        recorded.grow()
        assert [(interface.name, interface.received) for interface in recorded.interfaces] == [("any", 1), ("lo", 1)]
        assert sorted(recorded.index.interface.tolist()) == [0, 1]


@permitted
def test_a_burst_is_not_lost(tmp_path: Path, pair: Pair):
    with open_live("lo", tmp_path / "live.pcapng", filter=pair.filter) as live:
        pair.send(bytes(64), 20_000)
        counters = live.stop()
    assert (counters.packets, counters.dropped) == (20_000, 0)
    with open_capture(tmp_path / "live.pcapng") as recorded:
        assert recorded.grow() == 20_000


@permitted
def test_losses_are_counted(tmp_path: Path, pair: Pair):
    """A tiny buffer that nobody empties: what does not fit is dropped by the kernel, and said so in the file."""
    with LiveCapture([wish(pair, buffer=1)], tmp_path / "live.pcapng", source="socket") as capture:
        pair.send(bytes(1000), 100)
        stop = once()
        counters = capture.run(lambda: next(stop))
    assert counters.dropped > 0
    assert counters.packets + counters.dropped == counters.received == 100
    with open_capture(tmp_path / "live.pcapng") as recorded:
        recorded.grow()
        assert (recorded.interfaces[0].received, recorded.interfaces[0].dropped) == (100, counters.dropped)


@permitted
def test_a_killed_capture_leaves_everything_it_reported(tmp_path: Path, pair: Pair):
    path = tmp_path / "live.pcapng"
    with open_live("lo", path, filter=pair.filter) as live:
        pair.send(b"evidence", 100)
        until(lambda: live.counters.packets == 100)
        os.kill(live.pid, signal.SIGKILL)
        until(lambda: not live.running)
    assert len(packets(path)) == 100


@permitted
def test_an_unknown_interface_is_refused_with_the_known_ones(tmp_path: Path):
    with pytest.raises(CaptureError, match=r"nowhere0: No such device\. Choose one of: .*lo.*, any"):
        LiveCapture([Wish(interface="nowhere0")], tmp_path / "live.pcapng")
    assert not list(tmp_path.iterdir())
    with pytest.raises(CaptureError, match="nowhere0"):
        open_live("nowhere0", tmp_path / "live.pcapng")
    with pytest.raises(UsageError, match="capture filter 'port 0x'"):
        open_live("lo", tmp_path / "live.pcapng", filter="port 0x")


class Script:
    """A source that gives prepared batches, then waits; `readable` is the end of a pipe that always has something."""

    kind = "script"

    def __init__(self, batches: list[Batch | Exception], describe: Describe, losses: list[Losses]) -> None:
        self.number = describe(interface_block("script", 1, 262_144))
        self.batches = batches
        self.counts = losses
        self.finished = False
        self.reader, self.writer = os.pipe()
        os.write(self.writer, b"x")

    def fileno(self) -> int:
        return self.reader

    def take(self) -> Batch | None:
        if not self.batches:
            return None
        batch = self.batches.pop(0)
        if isinstance(batch, Exception):
            raise batch
        return batch

    def losses(self) -> dict[int, Losses]:
        return {self.number: self.counts.pop(0) if len(self.counts) > 1 else self.counts[0]}

    def finish(self) -> None:
        self.finished = True

    def over(self) -> bool:
        return self.finished

    def close(self) -> None:
        if self.reader >= 0:
            os.close(self.reader)
            os.close(self.writer)
            self.reader = -1


def batch(count: int) -> Batch:
    return Batch([packet_block(0, 1, b"packet", 6)] * count, 6 * count)


class Clock:
    """A clock that moves by a step at each look."""

    def __init__(self, step: int) -> None:
        self.now = 1_700_000_000_000_000_000
        self.step = step

    def __call__(self) -> int:
        self.now += self.step
        return self.now


def scripted(
    monkeypatch: pytest.MonkeyPatch,
    path: Path,
    batches: list[Batch | Exception],
    losses: tuple[Losses, ...] = (Losses(0, 0),),
    ends: Ends | None = None,
    rotation: Rotation | None = None,
    step: int = 1000,
) -> LiveCapture:
    kind = Kind("script", "", lambda: None, lambda _, describe: Script(batches, describe, list(losses)))
    monkeypatch.setattr(choice, "KINDS", (kind,))
    return LiveCapture([Wish(interface="x")], path, ends=ends, rotation=rotation, clock=Clock(step), ticks=Clock(step))


def test_the_end_is_exact(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    with scripted(monkeypatch, tmp_path / "x.pcapng", [batch(3), batch(3), batch(3)], ends=Ends(packets=5)) as capture:
        counters = capture.run(lambda: False)
    assert (counters.packets, counters.bytes) == (5, 30)
    assert len(packets(tmp_path / "x.pcapng")) == 5


def test_an_end_by_size(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    with scripted(monkeypatch, tmp_path / "x.pcapng", [batch(100)] * 100, ends=Ends(bytes=10_000)) as capture:
        counters = capture.run(lambda: False)
    assert counters.size >= 10_000
    assert counters.size == (tmp_path / "x.pcapng").stat().st_size


def test_rotation_counts_files_and_all_their_bytes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    rotation, stop = Rotation(packets=4), once()
    with scripted(monkeypatch, tmp_path / "x.pcapng", [batch(10)], rotation=rotation) as capture:
        counters = capture.run(lambda: next(stop))
    files = sorted(tmp_path.glob("x_*.pcapng"))
    assert [len(packets(path)) for path in files] == [4, 4, 2]
    assert (counters.files, counters.packets) == (3, 10)
    assert counters.size == sum(path.stat().st_size for path in files)


def test_losses_reach_the_file_while_they_happen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """A capture that is killed a second after the first loss has said so in its file."""
    path, told = tmp_path / "x.pcapng", []
    losses = (Losses(0, 0), Losses(5, 0), Losses(9, 4, ring_full=1, interface_dropped=2))
    with scripted(monkeypatch, path, [], losses, step=400_000_000) as capture:

        def stop() -> bool:
            with open_capture(path) as recorded:
                recorded.grow()
                told.append((recorded.interfaces[0].received, recorded.interfaces[0].dropped))
            return told[-1] == (9, 6)

        counters = capture.run(stop)
    assert told[0] == (-1, -1)
    assert (counters.dropped, counters.received, counters.ring_full, counters.interface_dropped) == (4, 9, 1, 2)


def test_what_nobody_counts_is_no_zero(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    stop = once()
    with scripted(monkeypatch, tmp_path / "x.pcapng", [batch(1)], (Losses(),)) as capture:
        counters = capture.run(lambda: next(stop))
    assert not counters.counted
    with open_capture(tmp_path / "x.pcapng") as recorded:
        recorded.grow()
        assert recorded.interfaces[0].dropped == -1


def test_a_full_disk_is_a_clear_stop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Nothing that was not written has been counted."""
    reports: list[LiveCounters] = []
    with scripted(monkeypatch, tmp_path / "x.pcapng", [batch(2), batch(3)]) as capture:

        def full(self: Recording) -> None:
            raise CaptureError("recording stopped after 0 bytes: No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(Recording, "flush", full)
            with pytest.raises(CaptureError, match="No space left"):
                capture.run(lambda: False, report=reports.append)
        assert [(told.packets, told.unwritten) for told in reports] == [(0, 5)]
        assert (capture.counters.packets, capture.counters.unwritten) == (0, 5)


def test_an_interface_that_goes_away_leaves_what_came_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    gone = CaptureError("Network is down", place="x")
    path = tmp_path / "x.pcapng"
    reports: list[LiveCounters] = []
    with scripted(monkeypatch, path, [batch(2), gone]) as capture, pytest.raises(CaptureError, match="Network is down"):
        capture.run(lambda: False, report=reports.append)
    assert len(packets(path)) == reports[-1].packets == capture.counters.packets == 2
    with open_capture(path) as recorded:
        recorded.grow()
        assert recorded.interfaces[0].received == 0


def test_a_source_that_ends_by_itself_ends_the_capture(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    with scripted(monkeypatch, tmp_path / "x.pcapng", [batch(2)]) as capture:
        capture._sources[0].finish()
        counters = capture.run(lambda: False)
    assert counters.packets == 2


def test_the_process_refuses_what_it_does_not_know():
    with pytest.raises(SystemExit):
        main(["--interface"])
