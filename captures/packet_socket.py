"""The kernel's side of live capture: opening and preparing a Linux packet socket, and what it says about each packet.

Constants are those of linux/if_packet.h, linux/if_arp.h and asm-generic/socket.h, which Python does not name. The capture loop is in
`live`.
"""

import ctypes
import errno
import os
import socket
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from workbench.api import CaptureError

__all__ = ["ANCILLARY_ROOM", "LINUX_SLL", "Received", "drops", "interfaces", "interpret", "link_type", "open_socket", "prepare"]

LINUX_SLL = 113
"""LINKTYPE_ of packets with a cooked header, for links whose own header means nothing to readers, and for all interfaces together."""

_ETHERNET, _RAW_IP = 1, 101
_HARDWARE_ETHERNET = {1, 772}
_HARDWARE_NONE = {519, 65534, 768, 769, 776, 778}
"""Tunnels and raw IP devices: their packets begin with the IP header."""

_SOL_PACKET, _PACKET_STATISTICS, _PACKET_AUXDATA, _PACKET_IGNORE_OUTGOING = 263, 6, 8, 23
_SO_ATTACH_FILTER, _SO_RCVBUFFORCE, _SO_TIMESTAMPNS = 26, 33, 35
_ETH_P_ALL = 0x0003
_VLAN_VALID, _VLAN_TPID_VALID, _DOT1Q = 0x10, 0x40, 0x8100
_PACKET_OUTGOING = 4

_AUXDATA = struct.Struct("=IIIHHHH")
_TIMESPEC = struct.Struct("=qq")
ANCILLARY_ROOM = socket.CMSG_SPACE(_TIMESPEC.size) + socket.CMSG_SPACE(_AUXDATA.size)
"""Bytes of ancillary data that come with each packet."""

_REMEDY = (
    "Run it as root, or allow this interpreter to capture with: sudo setcap cap_net_raw,cap_net_admin+ep {}"
    " — or use `workbench tap`, which needs no privileges"
)

Address = tuple[str, int, int, int, bytes]
"""Interface, EtherType, packet type, hardware type, sender's hardware address: what `recvmsg` gives for a packet socket."""


class Received(NamedTuple):
    """One packet as it belongs into a capture; `time_ns` is 0 when the kernel gave none."""

    time_ns: int
    data: bytes
    original_length: int


def interfaces() -> list[str]:
    """Names of the network interfaces, and "any" for all of them together."""
    return [*(name for _, name in socket.if_nameindex()), "any"]


def link_type(interface: str) -> int:
    """LINKTYPE_ value under which packets of an interface are recorded."""
    try:
        hardware = int(Path("/sys/class/net", interface, "type").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return LINUX_SLL if interface == "any" else _ETHERNET
    if hardware in _HARDWARE_ETHERNET:
        return _ETHERNET
    return _RAW_IP if hardware in _HARDWARE_NONE else LINUX_SLL


def open_socket(link: int = _ETHERNET) -> socket.socket:
    """A packet socket that receives nothing yet. Raises CaptureError, with the remedy, where that is not possible."""
    if not hasattr(socket, "AF_PACKET"):
        raise CaptureError("packet sockets exist on Linux only", remedy="Use `workbench tap`, which works everywhere")
    try:
        return socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM if link == LINUX_SLL else socket.SOCK_RAW, 0)
    except PermissionError as error:
        interpreter = Path(sys.executable).resolve()
        raise CaptureError("capturing needs the capability CAP_NET_RAW", remedy=_REMEDY.format(interpreter)) from error
    except OSError as error:
        text = f"a packet socket cannot be opened: {error.strerror}"
        raise CaptureError(text, remedy="Use `workbench tap`, which needs none") from error


def prepare(sock: socket.socket, interface: str, program: bytes, buffer: int) -> None:
    """Let a socket receive what `program` (see `bpf`) keeps of an interface, with `buffer` bytes of room in the kernel.

    Filter first, bind last: no packet that nobody wants is queued in between. Raises CaptureError for an unknown interface.
    """
    code = ctypes.create_string_buffer(program)
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HL", len(program) // 8, ctypes.addressof(code)))
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, buffer)
    except PermissionError:  # that one takes CAP_NET_ADMIN; then as much as the system allows everybody
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    sock.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
    if interface == "lo":
        try:
            # each packet passes the loopback interface twice, out and in
            sock.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
        except OSError as error:  # before Linux 4.20; `interpret` sees to it then
            if error.errno != errno.ENOPROTOOPT:
                raise
    sock.setblocking(False)
    try:
        if interface == "any":
            _bind_to_all(sock)
        else:
            sock.bind((interface, _ETH_P_ALL))
    except OSError as error:
        remedy = f"Choose one of: {', '.join(interfaces())}"
        raise CaptureError(error.strerror or str(error), place=interface, remedy=remedy) from error


def _bind_to_all(sock: socket.socket) -> None:
    """Bind to interface index 0, for which Python's `bind` wants a name that does not exist."""
    address = struct.pack("=HHiHBB8x", socket.AF_PACKET, socket.htons(_ETH_P_ALL), 0, 0, 0, 0)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.bind(sock.fileno(), address, len(address)):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def interpret(data: bytes, ancillary: Iterable[tuple[int, int, bytes]], address: Address, *, cooked: bool) -> Received | None:
    """What one `recvmsg` gave, as a packet; None for the outgoing copy of a loopback packet."""
    if address[2] == _PACKET_OUTGOING and address[0] == "lo":
        return None
    time_ns, original = 0, len(data)
    for level, kind, value in ancillary:
        if level == _SOL_PACKET and kind == _PACKET_AUXDATA:
            status, original, _, _, _, tag, tag_type = _AUXDATA.unpack(value)
            if status & _VLAN_VALID and not cooked:
                # the kernel took the tag out of the frame; it belongs back in (IEEE 802.1Q)
                data = data[:12] + struct.pack("!HH", tag_type if status & _VLAN_TPID_VALID else _DOT1Q, tag) + data[12:]
                original += 4
        elif kind == _SO_TIMESTAMPNS:
            seconds, nanoseconds = _TIMESPEC.unpack(value)
            time_ns = seconds * 1_000_000_000 + nanoseconds
    if cooked:
        _, protocol, packet_type, hardware, sender = address
        data = struct.pack("!HHH8sH", packet_type, hardware, len(sender), sender[:8], protocol) + data
        original += 16
    return Received(time_ns, data, original)


def drops(sock: socket.socket) -> tuple[int, int]:
    """Packets that passed the filter since the last call, and how many of them the kernel had to drop."""
    received, dropped = struct.unpack("=II", sock.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8))
    return received, dropped
