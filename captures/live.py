"""Live capture into pcapng files: the loop that takes from sources and writes, and does nothing else.

`LiveCapture` is the loop itself; `open_live` runs it in a process of its own (`python -m captures.live`), so that neither the interpreter
lock nor a crash of the screens costs packets. The files can be read while they grow. Where packets come from is in `captures.sources`;
capture without privileges is `tap`.
"""

import argparse
import contextlib
import select
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from captures.capture_files import CaptureFiles
from captures.packet_socket import interfaces
from captures.recorder_process import RecorderProcess, serve_parent
from captures.recording import FLUSH_NS
from captures.rotation import Rotation
from captures.sources.choice import AUTO, can_capture, open_source
from captures.sources.model import SNAPLEN, Batch, LiveSource, Losses, Wish, cut
from workbench.api import CaptureError

__all__ = ["Ends", "LiveCapture", "LiveCounters", "can_capture", "interfaces", "open_live"]

LAST_NS = 5_000_000_000
"""Time to take what sources still hold when the capture stops."""

MOST_TAKES = 32
"""Batches taken from one source before the others have their turn, and before anybody looks at the clock."""

POLL_MS = 50

STATISTICS_NS = 1_000_000_000
"""Counters go into the file that often while packets are lost, so that they survive a kill."""

CALM_STATISTICS_NS = 10_000_000_000
"""And that often while all is well."""


@dataclass(frozen=True, slots=True)
class Ends:
    """When a capture ends by itself: after so many packets, or bytes of files; 0 means never."""

    packets: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class LiveCounters:
    """What a capture did so far: packets in the files and their bytes on the wire, and what was lost on the way.

    `received` passed the filters, `dropped` of them found no room in the kernel (where there is a ring, it was full `ring_full` times),
    `interface_dropped` never reached the kernel, `unwritten` were taken but are in no file. `counted` says whether the sources tell
    their losses already; some do at the end only. `size` and `files` are of what was written, `sources` say how.
    """

    packets: int = 0
    bytes: int = 0
    dropped: int = 0
    received: int = 0
    ring_full: int = 0
    interface_dropped: int = 0
    unwritten: int = 0
    counted: bool = True
    size: int = 0
    files: int = 0
    sources: str = ""


class LiveCapture:
    """Captures what the wishes say into `path` from the moment it is made.

    Use it as a context manager, or call `close`. `source` names the kind for network interfaces (see `captures.sources.choice`). Raises
    CaptureError when capturing is not permitted or an interface or the file cannot be used, UsageError for a wrong filter.
    """

    def __init__(
        self,
        wishes: Sequence[Wish],
        path: str | Path,
        *,
        source: str = AUTO,
        rotation: Rotation | None = None,
        ends: Ends | None = None,
        clock: Callable[[], int] = time.time_ns,
        ticks: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._clock, self._ticks = clock, ticks
        self._ends = ends or Ends()
        self._sources: list[LiveSource] = []
        self._files = CaptureFiles(Path(path), rotation or Rotation(), clock, ticks)
        try:
            for wish in wishes:
                room = wish.buffer // len(wishes)
                self._sources.append(open_source(source, replace(wish, buffer=room), self._files.describe))
            self._files.begin()
        except BaseException:
            self.close()
            raise
        self._flushed = self._counted = self._told_at = ticks()
        self._told: dict[int, Losses] = {}
        self._losses: dict[int, Losses] = {}
        self._count()

    @property
    def counters(self) -> LiveCounters:
        """What is in the files, flushed, and what was lost."""
        known = [losses for losses in self._losses.values() if losses.received >= 0]
        files = self._files
        return LiveCounters(
            packets=files.packets,
            bytes=files.wire_bytes,
            dropped=sum(max(0, losses.dropped) for losses in known),
            received=sum(losses.received for losses in known),
            ring_full=sum(losses.ring_full for losses in known),
            interface_dropped=sum(losses.interface_dropped for losses in known),
            unwritten=files.taken - files.packets,
            counted=0 < len(known) == len(self._losses),
            size=files.size,
            files=files.count,
            sources=", ".join(dict.fromkeys(source.kind for source in self._sources)),
        )

    def run(self, stop: Callable[[], bool], *, report: Callable[[LiveCounters], None] = lambda _: None) -> LiveCounters:
        """Capture until `stop()` says so, an end is reached or every source has come to its own; `stop` is asked every 100 ms or sooner.

        What `report` is told has been flushed. Raises CaptureError when the disk is full or an interface goes away; the files are whole
        then, and `counters` say what is in them.
        """
        try:
            self._run(stop, report)
        except CaptureError:
            with contextlib.suppress(CaptureError):
                self._flush(final=True)
            report(self.counters)
            raise
        report(self.counters)
        return self.counters

    def close(self) -> None:
        """Give up sources and file; harmless when repeated."""
        for source in self._sources:
            source.close()
        self._files.close()

    def __enter__(self) -> "LiveCapture":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self, stop: Callable[[], bool], report: Callable[[LiveCounters], None]) -> None:
        poll = select.poll()
        for source in self._sources:
            poll.register(source.fileno(), select.POLLIN)
        active = list(self._sources)
        while active and not stop() and not self._ended():
            poll.poll(POLL_MS)
            busy = self._take(active)
            for source in [source for source in active if source.over()]:
                poll.unregister(source.fileno())
                active.remove(source)
            self._flush_in_time(report, busy=busy)
        self._finish(active)
        self._flush(final=True)

    def _take(self, sources: Sequence[LiveSource]) -> bool:
        """Write down what the sources have, each in its turn; whether there may be more at once."""
        busy = False
        for source in sources:
            for _ in range(MOST_TAKES):
                batch = source.take()
                if batch is None:
                    break
                self._write(batch)
                if self._files.waiting:
                    self._files.flush()
            else:
                busy = True
        return busy

    def _write(self, batch: Batch) -> None:
        """Write a batch, or as much of it as the end allows."""
        if self._ends.packets:
            batch, _ = cut(batch, min(len(batch.records), self._ends.packets - self._files.taken))
        self._files.write(batch)

    def _ended(self) -> bool:
        ends, files = self._ends, self._files
        return bool((ends.packets and files.taken >= ends.packets) or (ends.bytes and files.size >= ends.bytes))

    def _finish(self, active: Sequence[LiveSource]) -> None:
        """Take what arrived before the stop, but not for ever. Where an end was reached, nothing more is wanted."""
        for source in active:
            source.finish()
        deadline = self._ticks() + LAST_NS
        remaining = list(active)
        while remaining and not self._ended() and self._ticks() < deadline:
            if not self._take(remaining):
                remaining = [source for source in remaining if not source.over()]
                select.select(remaining, [], [], POLL_MS / 1000 if remaining else 0)

    def _flush_in_time(self, report: Callable[[LiveCounters], None], *, busy: bool) -> None:
        now = self._ticks()
        if not busy or now - self._flushed >= FLUSH_NS:
            self._flush()
            self._flushed = now
            report(self.counters)

    def _flush(self, *, final: bool = False) -> None:
        self._files.flush()
        now = self._ticks()
        if final or now - self._counted >= FLUSH_NS:
            self._count()
            self._counted = now
        news = self._losses != self._told
        since = now - self._told_at
        lost = any(_lost(losses) != _lost(self._told.get(number, Losses())) for number, losses in self._losses.items())
        if final or (news and since >= (STATISTICS_NS if lost else CALM_STATISTICS_NS)):
            self._files.statistics(self._losses)
            self._files.flush()
            self._told, self._told_at = self._losses, now

    def _count(self) -> None:
        self._losses = {number: losses for source in self._sources for number, losses in source.losses().items()}


def _lost(losses: Losses) -> int:
    return max(0, losses.dropped) + losses.interface_dropped


def open_live(
    interface: str,
    path: str | Path,
    *,
    filter: str = "",  # noqa: A002
    snaplen: int = SNAPLEN,
    source: str = AUTO,
) -> RecorderProcess[LiveCounters]:
    """Start capturing in a process of its own, by the best source there is; returns once packets are being captured.

    Raises CaptureError (with the child's reason) when it cannot. Stop it with `stop`; it stops by itself when this process dies.
    """
    arguments = [
        f"--interface={interface}",
        f"--write={path}",
        f"--snaplen={snaplen}",
        f"--filter={filter}",
        f"--source={source}",
    ]
    return RecorderProcess("captures.live", arguments, LiveCounters)


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m captures.live …`: capture until standard input ends, telling counters on standard output."""
    parser = argparse.ArgumentParser(prog="captures.live", description=main.__doc__)
    parser.add_argument("--interface", required=True)
    parser.add_argument("--write", required=True)
    parser.add_argument("--snaplen", type=int, default=SNAPLEN)
    parser.add_argument("--filter", default="")
    parser.add_argument("--source", default=AUTO)
    given = parser.parse_args(arguments)

    def record(stop: Callable[[], bool], report: Callable[[dict[str, object]], None]) -> None:
        wish = Wish(interface=given.interface, filter=given.filter, snaplen=given.snaplen)
        with LiveCapture([wish], given.write, source=given.source) as capture:
            report(asdict(capture.counters))
            capture.run(stop, report=lambda counters: report(asdict(counters)))

    return serve_parent(record)


if __name__ == "__main__":
    sys.exit(main())
