"""Live capture on a Linux packet socket into a pcapng file, with the standard library only.

`RawCapture` is the loop itself; `open_live` runs it in a process of its own (`python -m captures.live`), so that neither the interpreter
lock nor a crash of the screens costs packets. The file can be read while it grows. Not here: filter expressions (ports only, see
`bpf`), other systems than Linux, capture without privileges (`tap`).
"""

import argparse
import ctypes
import errno
import select
import socket
import struct
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from captures.bpf import port_filter
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

POLL_MS = 50
STATISTICS_NS = 1_000_000_000
"""Drop counters go into the file that often while packets are lost, so that they survive a kill."""

# linux/if_packet.h, linux/if_arp.h, asm-generic/socket.h; Python does not name them
_SOL_PACKET, _PACKET_STATISTICS, _PACKET_AUXDATA, _PACKET_IGNORE_OUTGOING = 263, 6, 8, 23
_SO_ATTACH_FILTER, _SO_RCVBUFFORCE, _SO_TIMESTAMPNS = 26, 33, 35
_ETH_P_ALL = 0x0003
_VLAN_VALID, _VLAN_TPID_VALID = 0x10, 0x40
_PACKET_OUTGOING = 4
_HARDWARE_ETHERNET = {1, 772}
_HARDWARE_NONE = {519, 65534, 768, 769, 776, 778}
"""Tunnels and raw IP devices: their packets begin with the IP header."""
_ETHERNET, _RAW_IP, _LINUX_SLL = 1, 101, 113

_AUXDATA = struct.Struct("=IIIHHHH")
_TIMESPEC = struct.Struct("=qq")
_REMEDY = (
    "Run it as root, or allow this interpreter to capture with: sudo setcap cap_net_raw,cap_net_admin+ep {}"
    " — or use `workbench tap`, which needs no privileges"
)


@dataclass(frozen=True, slots=True)
class LiveCounters:
    """What a capture did so far: packets in the file, their bytes, and packets the kernel had to drop."""

    packets: int = 0
    bytes: int = 0
    dropped: int = 0


def interfaces() -> list[str]:
    """Names of the network interfaces, and "any" for all of them together."""
    return [*(name for _, name in socket.if_nameindex()), "any"]


def can_capture() -> str:
    """ "" when this process may capture, else the reason and the remedy in one sentence each."""
    try:
        _open_socket().close()
    except CaptureError as error:
        return str(error)
    return ""


def _open_socket(kind: int = socket.SOCK_RAW) -> socket.socket:
    if not hasattr(socket, "AF_PACKET"):
        raise CaptureError("packet sockets exist on Linux only", remedy="Use `workbench tap`, which works everywhere")
    try:
        return socket.socket(socket.AF_PACKET, kind, 0)
    except PermissionError as error:
        interpreter = Path(sys.executable).resolve()
        raise CaptureError("capturing needs the capability CAP_NET_RAW", remedy=_REMEDY.format(interpreter)) from error
    except OSError as error:
        text = f"a packet socket cannot be opened: {error.strerror}"
        raise CaptureError(text, remedy="Use `workbench tap`, which needs none") from error


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
        self._link_type = _link_type(interface)
        program = port_filter(ports, self._snaplen)
        self._socket = _open_socket(socket.SOCK_RAW if self._link_type != _LINUX_SLL else socket.SOCK_DGRAM)
        try:
            self._prepare(program, buffer)
            text = " or ".join(f"port {port}" for port in sorted(set(ports)))
            self._recording = Recording(path, interface, link_type=self._link_type, snaplen=self._snaplen, filter_text=text)
        except BaseException:
            self._socket.close()
            raise
        self._packets = self._bytes = self._received = self._dropped = self._reported = 0
        self._flushed = self._counted = clock()

    def _prepare(self, program: bytes, buffer: int) -> None:
        """Filter first, bind last: no packet that nobody wants is queued in between."""
        code = ctypes.create_string_buffer(program)
        option = struct.pack("HL", len(program) // 8, ctypes.addressof(code))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, option)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, buffer)
        except PermissionError:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
        if self._interface == "lo":
            try:
                # each packet passes the loopback interface twice, out and in
                self._socket.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
            except OSError as error:  # before Linux 4.20; `_skipped` sees to it then
                if error.errno != errno.ENOPROTOOPT:
                    raise
        self._socket.setblocking(False)
        name = "" if self._interface == "any" else self._interface
        try:
            self._socket.bind((name, _ETH_P_ALL))
        except OSError as error:
            remedy = f"Choose one of: {', '.join(interfaces())}"
            raise CaptureError(error.strerror or str(error), place=self._interface, remedy=remedy) from error

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
        while self._drain():  # what the kernel still holds arrived before the stop
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
        receive, write, interface = self._socket.recvmsg, self._recording.writer.packet, self._interface
        snaplen, cooked = self._snaplen, self._link_type == _LINUX_SLL
        room = socket.CMSG_SPACE(_TIMESPEC.size) + socket.CMSG_SPACE(_AUXDATA.size)
        for count in range(DRAIN):
            try:
                data, ancillary, _, address = receive(SNAPLEN, room)
            except BlockingIOError:
                return count
            except OSError as error:
                self._flush(self._clock())
                raise CaptureError(
                    error.strerror or str(error), place=interface, remedy="Bring the interface up again"
                ) from error
            if address[2] == _PACKET_OUTGOING and address[0] == "lo":
                continue
            time_ns, original = 0, len(data)
            for level, kind, value in ancillary:
                if level == _SOL_PACKET and kind == _PACKET_AUXDATA:
                    status, original, _, _, _, tag, tag_type = _AUXDATA.unpack(value)
                    if status & _VLAN_VALID and not cooked:
                        # the kernel took the tag out of the frame; it belongs back in (IEEE 802.1Q)
                        data = data[:12] + struct.pack("!HH", tag_type if status & _VLAN_TPID_VALID else 0x8100, tag) + data[12:]
                        original += 4
                elif kind == _SO_TIMESTAMPNS:
                    seconds, nanoseconds = _TIMESPEC.unpack(value)
                    time_ns = seconds * 1_000_000_000 + nanoseconds
            if cooked:
                data, original = _cooked_header(address) + data, original + 16
            data = data[:snaplen]
            write(time_ns or self._clock(), data, 0, original)
            self._packets += 1
            self._bytes += original
        return DRAIN

    def _flush(self, now: int) -> None:
        self._recording.flush()
        self._flushed = now
        self._count(now)

    def _count(self, now: int, *, final: bool = False) -> None:
        """Add the kernel's counters, which it resets at each reading, and write them down when they matter."""
        received, dropped = struct.unpack("=II", self._socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8))
        self._received += received
        self._dropped += dropped
        if final or (self._dropped != self._reported and now - self._counted >= STATISTICS_NS):
            self._recording.writer.statistics(0, now, self._received, self._dropped)
            self._recording.flush()
            self._reported, self._counted = self._dropped, now


def _link_type(interface: str) -> int:
    """LINKTYPE_ value of what a packet socket gives for an interface."""
    try:
        hardware = int(Path("/sys/class/net", interface, "type").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return _LINUX_SLL if interface == "any" else _ETHERNET
    if hardware in _HARDWARE_ETHERNET:
        return _ETHERNET
    return _RAW_IP if hardware in _HARDWARE_NONE else _LINUX_SLL


def _cooked_header(address: tuple[str, int, int, int, bytes]) -> bytes:
    """The Linux cooked header (LINKTYPE_LINUX_SLL) of a packet from its socket address."""
    _, protocol, kind, hardware, sender = address
    return struct.pack("!HHH8sH", kind, hardware, len(sender), sender[:8], protocol)


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
