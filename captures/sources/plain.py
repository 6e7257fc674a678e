"""A plain packet socket: one system call for each packet. For kernels without a packet ring, and where no memory for one is left."""

import socket
import struct
import time
from collections.abc import Callable, Iterable, Mapping

from captures import packet_socket
from captures.capture_filter import compile_filter, reject_all
from captures.packet_socket import LINUX_SLL, SOL_PACKET, link_type
from captures.pcapng_building import interface_block, packet_block
from captures.sources.model import SNAPLEN, Batch, Describe, Losses, Wish
from captures.sources.ring_blocks import direction_options
from workbench.api import CaptureError

__all__ = ["SocketSource", "interpret", "why_no_socket"]

DRAIN = 2048
"""Packets taken in one go before anybody looks at the clock."""

_PACKET_AUXDATA = 8
_SO_RCVBUFFORCE, _SO_TIMESTAMPNS = 33, 35
_VLAN_VALID, _VLAN_TPID_VALID, _DOT1Q = 0x10, 0x40, 0x8100
_AUXDATA = struct.Struct("=IIIHHHH")
_TIMESPEC = struct.Struct("=qq")
ANCILLARY_ROOM = socket.CMSG_SPACE(_TIMESPEC.size) + socket.CMSG_SPACE(_AUXDATA.size)
"""Bytes of ancillary data that come with each packet."""

Address = tuple[str, int, int, int, bytes]
"""Interface, EtherType, packet type, hardware type, sender's hardware address: what `recvmsg` gives for a packet socket."""


def why_no_socket() -> CaptureError | None:
    """Why this process cannot open a packet socket; None when it can."""
    try:
        packet_socket.open_socket().close()
    except CaptureError as error:
        return error
    return None


class SocketSource:
    """See `LiveSource`."""

    kind = "socket"

    def __init__(self, wish: Wish, describe: Describe, *, clock: Callable[[], int] = time.time_ns) -> None:
        link = link_type(wish.interface)
        program = compile_filter(wish.filter, link, wish.snaplen, wish.interface)
        self._name, self._clock, self._snaplen = wish.interface, clock, wish.snaplen
        self._cooked = link == LINUX_SLL
        self._directed = not packet_socket.is_loopback(wish.interface)
        self._socket = packet_socket.open_socket(link)
        try:
            packet_socket.attach(self._socket, packet_socket.without_echo(program))
            _prepare(self._socket, wish.buffer)
            if not self._directed:
                packet_socket.ignore_echo(self._socket)
            packet_socket.bind(self._socket, wish.interface)
            if wish.promiscuous:
                packet_socket.make_promiscuous(self._socket, wish.interface)
        except BaseException:
            self._socket.close()
            raise
        self._number = describe(interface_block(wish.interface, link, wish.snaplen, filter=wish.filter))
        self._counts = [0, 0, 0]
        self._missed = packet_socket.interface_drops(wish.interface)
        self._finished = False

    def fileno(self) -> int:
        """The packet socket."""
        return self._socket.fileno()

    def take(self) -> Batch | None:
        """Up to DRAIN packets."""
        receive = self._socket.recvmsg
        records: list[bytes] = []
        wire_bytes = 0
        while len(records) < DRAIN:
            try:
                data, ancillary, _, address = receive(SNAPLEN, ANCILLARY_ROOM)
            except BlockingIOError:
                break
            except OSError as error:
                if records:  # they first; the next call meets the error again, or a working interface
                    break
                text = error.strerror or str(error)
                raise CaptureError(text, place=self._name, remedy="Bring the interface up again") from error
            time_ns, frame, original = interpret(data, ancillary, address, cooked=self._cooked)
            options = direction_options(address[2]) if self._directed else b""
            records.append(packet_block(self._number, time_ns or self._clock(), frame[: self._snaplen], original, options))
            wire_bytes += original
        return Batch(records, wire_bytes) if records else None

    def losses(self) -> Mapping[int, Losses]:
        """What the kernel counted; it forgets at each reading, so that we add up."""
        self._counts = [old + new for old, new in zip(self._counts, packet_socket.drops(self._socket), strict=True)]
        missed = packet_socket.interface_drops(self._name) - self._missed
        return {self._number: Losses(self._counts[0], self._counts[1], self._counts[2], missed)}

    def finish(self) -> None:
        """Let the filter refuse everything; what the kernel holds is still to be taken."""
        packet_socket.attach(self._socket, reject_all())
        self._finished = True

    def over(self) -> bool:
        """Nothing comes late here."""
        return self._finished

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()


def _prepare(sock: socket.socket, buffer: int) -> None:
    """Room in the kernel, and what it should say about each packet."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, buffer)
    except PermissionError:  # that one takes CAP_NET_ADMIN; then as much as the system allows everybody
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    sock.setsockopt(SOL_PACKET, _PACKET_AUXDATA, 1)
    sock.setblocking(False)


def interpret(
    data: bytes, ancillary: Iterable[tuple[int, int, bytes]], address: Address, *, cooked: bool
) -> tuple[int, bytes, int]:
    """What one `recvmsg` gave: time (0 when the kernel gave none), bytes as they belong into a capture, length on the wire."""
    time_ns, original = 0, len(data)
    if cooked:
        _, protocol, packet_type, hardware, sender = address
        data = struct.pack("!HHH8sH", packet_type, hardware, len(sender), sender[:8], protocol) + data
    for level, kind, value in ancillary:
        if level == SOL_PACKET and kind == _PACKET_AUXDATA:
            status, original, _, _, _, tag, tag_type = _AUXDATA.unpack(value)
            if status & _VLAN_VALID:
                # the kernel took the tag out; it belongs before the EtherType (IEEE 802.1Q 9.3), also of a cooked header
                place = 14 if cooked else 12
                tagged = struct.pack("!HH", tag_type if status & _VLAN_TPID_VALID else _DOT1Q, tag)
                data = data[:place] + tagged + data[place:]
                original += 4
        elif kind == _SO_TIMESTAMPNS:
            seconds, nanoseconds = _TIMESPEC.unpack(value)
            time_ns = seconds * 1_000_000_000 + nanoseconds
    return time_ns, data, original + 16 * cooked
