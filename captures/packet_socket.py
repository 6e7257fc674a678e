"""The kernel's side of live capture: opening and preparing a Linux packet socket, and what it says about packets and losses.

Constants are those of linux/if_packet.h, linux/if_arp.h and asm-generic/socket.h, which Python does not name. Who reads the packets, and
how, is in `captures.sources`.
"""

import ctypes
import errno
import os
import socket
import struct
import sys
from pathlib import Path

from captures.privileges import CAP_NET_RAW, may
from workbench.api import CaptureError, UsageError

__all__ = [
    "LINUX_SLL",
    "attach",
    "bind",
    "drops",
    "failure_of",
    "ignore_echo",
    "interface_drops",
    "interfaces",
    "is_loopback",
    "link_type",
    "make_promiscuous",
    "open_socket",
    "without_echo",
]

LINUX_SLL = 113
"""LINKTYPE_ of packets with a cooked header, for links whose own header means nothing to readers, and for all interfaces together."""

_ETHERNET, _RAW_IP = 1, 101
_HARDWARE_LOOPBACK = 772
_HARDWARE_ETHERNET = {1, _HARDWARE_LOOPBACK}
_HARDWARE_NONE = {519, 65534, 768, 769, 776, 778}
"""Tunnels and raw IP devices: their packets begin with the IP header."""

SOL_PACKET = 263
_ADD_MEMBERSHIP, _PACKET_STATISTICS, _IGNORE_OUTGOING = 1, 6, 23
_MEMBERSHIP_PROMISCUOUS = 1
_SO_ATTACH_FILTER = 26
_ETH_P_ALL = 0x0003

_CLASSES = Path("/sys/class/net")
_MISSED = ("rx_missed_errors", "rx_fifo_errors")
"""What the interface had no room for. `rx_dropped` also counts packets that were captured, but that no protocol of the kernel wanted."""

_TO_PACKET_TYPE, _TO_INTERFACE = 0xFFFFF004, 0xFFFFF008
"""SKF_AD_OFF + SKF_AD_PKTTYPE and + SKF_AD_IFINDEX of linux/filter.h."""
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_INSTRUCTION, _MOST_INSTRUCTIONS = 8, 4096
"""struct sock_filter, and BPF_MAXINSNS."""
_PACKET_OUTGOING = 4

_REMEDY = (
    "Run it as root, or allow this interpreter to capture with: sudo setcap cap_net_raw,cap_net_admin+ep {}"
    " — or use `workbench tap`, which needs no privileges"
)


def interfaces() -> list[str]:
    """Names of the network interfaces, and "any" for all of them together."""
    return [*(name for _, name in socket.if_nameindex()), "any"]


def link_type(interface: str) -> int:
    """LINKTYPE_ value under which packets of an interface are recorded."""
    hardware = _hardware(interface)
    if hardware is None:
        return LINUX_SLL if interface == "any" else _ETHERNET
    if hardware in _HARDWARE_ETHERNET:
        return _ETHERNET
    return _RAW_IP if hardware in _HARDWARE_NONE else LINUX_SLL


def is_loopback(interface: str) -> bool:
    """Whether what this interface sends comes back to it at once, so that every packet passes it twice."""
    return _hardware(interface) == _HARDWARE_LOOPBACK


def _hardware(interface: str) -> int | None:
    try:
        return int((_CLASSES / interface / "type").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def open_socket(link: int = _ETHERNET) -> socket.socket:
    """A packet socket that receives nothing yet. Raises CaptureError, with the remedy, where that is not possible."""
    if not hasattr(socket, "AF_PACKET"):
        raise CaptureError("packet sockets exist on Linux only", remedy="Use `workbench tap`, which works everywhere")
    try:
        return socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM if link == LINUX_SLL else socket.SOCK_RAW, 0)
    except PermissionError as error:
        text = "a sandbox forbids packet sockets" if may(CAP_NET_RAW) else "capturing needs the capability CAP_NET_RAW"
        raise CaptureError(text, remedy=_REMEDY.format(Path(sys.executable).resolve())) from error
    except OSError as error:
        text = f"a packet socket cannot be opened: {error.strerror}"
        raise CaptureError(text, remedy="Use `workbench tap`, which needs none") from error


def without_echo(program: bytes) -> bytes:
    """A filter program with a test before it that drops what the loopback interface sends: the same packet comes in again."""
    numbers = [number for number, name in socket.if_nameindex() if is_loopback(name)]
    if not numbers:
        return program
    tests = (
        (_LOAD, 0, 0, _TO_PACKET_TYPE),
        (_EQUAL, 0, 3, _PACKET_OUTGOING),
        (_LOAD, 0, 0, _TO_INTERFACE),
        (_EQUAL, 0, 1, numbers[0]),
        (_RETURN, 0, 0, 0),
    )
    return b"".join(struct.pack("=HBBI", *line) for line in tests) + program


def attach(sock: socket.socket, program: bytes) -> None:
    """Let the kernel filter with a classic BPF program (struct sock_filter, 8 bytes each); raises UsageError when it is too long."""
    code = ctypes.create_string_buffer(program)
    count = len(program) // _INSTRUCTION
    try:
        if count > _MOST_INSTRUCTIONS:
            raise OSError(errno.E2BIG, os.strerror(errno.E2BIG))
        sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HL", count, ctypes.addressof(code)))
    except OSError as error:  # also a shorter program may need more than net.core.optmem_max
        text = f"the kernel refuses a capture filter of {count} instructions: {error.strerror}"
        raise UsageError(text, remedy="Make it simpler, and select the rest when reading") from error


def ignore_echo(sock: socket.socket) -> None:
    """Do not even look at packets that the interface sends; kernels before 4.20 cannot, and leave it to `without_echo`."""
    try:
        sock.setsockopt(SOL_PACKET, _IGNORE_OUTGOING, 1)
    except OSError as error:
        if error.errno != errno.ENOPROTOOPT:
            raise


def make_promiscuous(sock: socket.socket, interface: str) -> None:
    """Let the interface take frames for other machines, too, until the socket is closed. "any" and the loopback have no such mode."""
    if interface == "any" or is_loopback(interface):
        return
    membership = struct.pack("=iHH8x", socket.if_nametoindex(interface), _MEMBERSHIP_PROMISCUOUS, 0)
    sock.setsockopt(SOL_PACKET, _ADD_MEMBERSHIP, membership)


def bind(sock: socket.socket, interface: str) -> None:
    """Receive what `interface` sees, from now on. Raises CaptureError for an unknown interface, and for one that is down."""
    try:
        if interface == "any":
            _bind_to_all(sock)
        else:
            sock.bind((interface, _ETH_P_ALL))
    except (OSError, UnicodeEncodeError) as error:
        text = error.strerror if isinstance(error, OSError) and error.strerror else "No such device"
        raise CaptureError(text, place=interface, remedy=f"Choose one of: {', '.join(interfaces())}") from error


def _bind_to_all(sock: socket.socket) -> None:
    """Bind to interface index 0, for which Python's `bind` wants a name that does not exist."""
    address = struct.pack("=HHiHBB8x", socket.AF_PACKET, socket.htons(_ETH_P_ALL), 0, 0, 0, 0)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.bind(sock.fileno(), address, len(address)):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def drops(sock: socket.socket) -> tuple[int, int, int]:
    """Since the last call: packets that passed the filter, how many of them the kernel dropped, how often a ring was found full."""
    counts = sock.getsockopt(SOL_PACKET, _PACKET_STATISTICS, 12)
    # a socket with a ring counts three things, any other one two
    received, dropped, full = struct.unpack("=III", counts.ljust(12, b"\0"))
    return received, dropped, full


def interface_drops(interface: str) -> int:
    """Packets that an interface had no room for since it exists; 0 where nobody counts them."""
    total = 0
    for name in _MISSED:
        try:
            total += int((_CLASSES / interface / "statistics" / name).read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue
    return total


def failure_of(sock: socket.socket, interface: str) -> CaptureError | None:
    """What is wrong with the interface of a socket that reports an error; None when it has been told already."""
    number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if not number:
        return None
    return CaptureError(os.strerror(number), place=interface, remedy="Bring the interface up again")
