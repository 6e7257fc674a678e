"""Live capture on a Linux packet socket into a pcapng file, with the standard library only.

`RawCapture` is the loop itself; `open_live` runs it in a process of its own (`python -m captures.live`), so that neither the interpreter
lock nor a crash of the screens costs packets. The file can be read while it grows. Not here: filter expressions (ports only, see
`bpf`), other systems than Linux, capture without privileges (`tap`).
"""

import argparse
import select
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from captures.bpf import port_filter
from captures.packet_socket import ANCILLARY_ROOM, LINUX_SLL, drops, interfaces, interpret, link_type, open_socket, prepare
from captures.recorder_process import RecorderProcess, serve_parent
from captures.recording import FLUSH_NS, MAX_WAITING, Recording
from workbench.api import CaptureError

__all__ = ["LiveCounters", "RawCapture", "can_capture", "interfaces", "open_live"]

SNAPLEN = 262_144
"""The largest packet that readers accept; loopback packets reach 64 KiB and more."""

BUFFER = 128 << 20
"""Bytes the kernel holds for us while we are busy: a burst of 50,000 small packets takes about half of it."""

DRAIN = 2048
"""Packets taken in one go before looking at the clock and at `stop`."""

LAST_NS = 3_000_000_000
"""Time to take what the kernel still holds when the capture stops, while new packets may go on arriving."""

POLL_MS = 50
STATISTICS_NS = 1_000_000_000
"""Drop counters go into the file that often while packets are lost, so that they survive a kill."""


@dataclass(frozen=True, slots=True)
class LiveCounters:
    """What a capture did so far: packets in the file, their bytes, and packets the kernel had to drop."""

    packets: int = 0
    bytes: int = 0
    dropped: int = 0


def can_capture() -> str:
    """Why this process may not capture, with the remedy; "" when it may."""
    try:
        open_socket().close()
    except CaptureError as error:
        return str(error)
    return ""


class RawCapture:
    """Captures packets of one interface (or "any") into `path` from the moment it is made.

    `ports` keeps TCP and UDP packets of these ports only. Use it as a context manager, or call `close`. Raises CaptureError when
    capturing is not permitted or the interface or the file cannot be used.
    """

    def __init__(
        self,
        interface: str,
        path: str | Path,
        *,
        ports: Sequence[int] = (),
        snaplen: int = SNAPLEN,
        buffer: int = BUFFER,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._interface = interface
        self._clock = clock
        self._snaplen = min(snaplen, SNAPLEN)
        link = link_type(interface)
        self._cooked = link == LINUX_SLL
        program = port_filter(ports, self._snaplen)
        self._socket = open_socket(link)
        try:
            prepare(self._socket, interface, program, buffer)
            text = " or ".join(f"port {port}" for port in sorted(set(ports)))
            self._recording = Recording(path, interface, link_type=link, snaplen=self._snaplen, filter_text=text)
        except BaseException:
            self._socket.close()
            raise
        self._packets = self._bytes = self._received = self._dropped = self._reported = 0
        self._flushed = self._counted = clock()

    @property
    def counters(self) -> LiveCounters:
        """What is in the file, flushed, and what was lost."""
        return LiveCounters(self._packets, self._bytes, self._dropped)

    def run(
        self,
        stop: Callable[[], bool],
        *,
        report: Callable[[LiveCounters], None] = lambda _: None,
    ) -> LiveCounters:
        """Capture until `stop()` says so, calling it and `report` at least every 100 ms.

        What `report` is told has been flushed. Raises CaptureError when the disk is full or the interface goes away; the file is
        whole then.
        """
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        while not stop():
            poll.poll(POLL_MS)
            drained = self._drain() < DRAIN
            now = self._clock()
            if drained or now - self._flushed >= FLUSH_NS or self._recording.waiting >= MAX_WAITING:
                self._flush(now)
                report(self.counters)
        deadline = self._clock() + LAST_NS
        while self._drain() == DRAIN and self._clock() < deadline:  # what the kernel still holds arrived before the stop
            self._flush(self._clock())
        self._flush(self._clock())
        self._count(self._clock(), final=True)
        report(self.counters)
        return self.counters

    def close(self) -> None:
        """Give up socket and file; harmless when repeated."""
        self._socket.close()
        self._recording.close()

    def __enter__(self) -> "RawCapture":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _drain(self) -> int:
        """Take up to DRAIN packets; returns how many there were."""
        receive, write = self._socket.recvmsg, self._recording.writer.packet
        cooked, snaplen = self._cooked, self._snaplen
        for count in range(DRAIN):
            try:
                data, ancillary, _, address = receive(SNAPLEN, ANCILLARY_ROOM)
            except BlockingIOError:
                return count
            except OSError as error:
                self._flush(self._clock())
                remedy = "Bring the interface up again"
                raise CaptureError(error.strerror or str(error), place=self._interface, remedy=remedy) from error
            packet = interpret(data, ancillary, address, cooked=cooked)
            if packet is not None:
                write(packet.time_ns or self._clock(), packet.data[:snaplen], 0, packet.original_length)
                self._packets += 1
                self._bytes += packet.original_length
        return DRAIN

    def _flush(self, now: int) -> None:
        self._recording.flush()
        self._flushed = now
        self._count(now)

    def _count(self, now: int, *, final: bool = False) -> None:
        """Add the kernel's counters, which it resets at each reading, and write them down when they matter."""
        received, dropped = drops(self._socket)
        self._received += received
        self._dropped += dropped
        if final or (self._dropped != self._reported and now - self._counted >= STATISTICS_NS):
            self._recording.writer.statistics(0, now, self._received, self._dropped)
            self._recording.flush()
            self._reported, self._counted = self._dropped, now


def open_live(
    interface: str, path: str | Path, *, filter_ports: Sequence[int] | None = None, snaplen: int = SNAPLEN
) -> RecorderProcess[LiveCounters]:
    """Start capturing in a process of its own; returns once packets are being captured.

    Raises CaptureError (with the child's reason) when it cannot. Stop it with `stop`; it stops by itself when this process dies.
    """
    arguments = [interface, str(path), "--snaplen", str(snaplen)]
    arguments += [f"--port={port}" for port in filter_ports or ()]
    return RecorderProcess("captures.live", arguments, LiveCounters)


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m captures.live INTERFACE FILE`: capture until standard input ends, telling counters on standard output."""
    parser = argparse.ArgumentParser(prog="captures.live", description=main.__doc__)
    parser.add_argument("interface")
    parser.add_argument("path")
    parser.add_argument("--port", type=int, action="append", default=[])
    parser.add_argument("--snaplen", type=int, default=SNAPLEN)
    given = parser.parse_args(arguments)

    def record(stop: Callable[[], bool], report: Callable[[dict[str, int]], None]) -> None:
        with RawCapture(given.interface, given.path, ports=given.port, snaplen=given.snaplen) as capture:
            report(asdict(capture.counters))
            capture.run(stop, report=lambda counters: report(asdict(counters)))

    return serve_parent(record)


if __name__ == "__main__":
    sys.exit(main())
