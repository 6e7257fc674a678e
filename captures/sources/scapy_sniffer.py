"""The last source: scapy's own socket, for systems that have neither packet sockets nor dumpcap. Slow; bursts are lost.

One of the two files that touch scapy; its import takes most of a second, so it happens when the source is opened.
"""

import importlib.util
import os
import socket
import sys
import time
from collections.abc import Mapping
from typing import Any

from captures import packet_socket
from captures.capture_filter import check_filter
from captures.packet_socket import link_type
from captures.pcapng_building import interface_block, packet_block
from captures.sources.model import SNAPLEN, Batch, Describe, Losses, Wish
from captures.sources.plain import why_no_socket
from workbench.api import CaptureError

__all__ = ["ScapySource", "why_no_scapy"]

DRAIN = 256
"""Packets taken in one go before anybody looks at the clock."""

_LINUX = sys.platform == "linux"


def why_no_scapy() -> CaptureError | None:
    """Why scapy cannot capture here; None when it can."""
    if importlib.util.find_spec("scapy") is None:
        return CaptureError("scapy is not installed", remedy=f"{sys.executable} -m pip install scapy")
    if _LINUX:
        return why_no_socket()
    if hasattr(os, "geteuid") and os.geteuid():
        return CaptureError("capturing needs root", remedy="Run it with sudo, or use `workbench tap`")
    return None


class ScapySource:
    """See `LiveSource`."""

    kind = "scapy"

    def __init__(self, wish: Wish, describe: Describe) -> None:
        reason = why_no_scapy()
        if reason is not None:
            raise reason
        if wish.interface == "any":
            remedy = "Name one interface, or use another --source"
            raise CaptureError("scapy has no word for all interfaces together", place="any", remedy=remedy)
        check_filter(wish.filter, link_type(wish.interface))
        self._name, self._snaplen = wish.interface, wish.snaplen
        self._socket = _listen(wish)
        if _LINUX:
            if packet_socket.is_loopback(wish.interface):
                packet_socket.ignore_echo(self._socket.ins)
            self._socket.ins.setblocking(False)
            packet_socket.drops(self._socket.ins)  # until its filter stood, everything else was counted
        link = link_type(wish.interface) if _LINUX else _number_of(self._socket.LL)
        self._number = describe(interface_block(wish.interface, link, wish.snaplen, filter=wish.filter))
        self._counts = [0, 0]
        self._finished = False

    def fileno(self) -> int:
        """scapy's socket."""
        return int(self._socket.fileno())

    def take(self) -> Batch | None:
        """Up to DRAIN packets."""
        records: list[bytes] = []
        wire_bytes = 0
        while len(records) < DRAIN:
            try:
                _, data, seconds = self._socket.recv_raw(SNAPLEN)
            except BlockingIOError:
                break
            except OSError as error:
                text = error.strerror or str(error)
                raise CaptureError(text, place=self._name, remedy="Bring the interface up again") from error
            if not data:
                break
            time_ns = int((seconds or time.time()) * 1_000_000_000)
            records.append(packet_block(self._number, time_ns, data[: self._snaplen], len(data)))
            wire_bytes += len(data)
        return Batch(records, wire_bytes) if records else None

    def losses(self) -> Mapping[int, Losses]:
        """What the kernel counted, where scapy's socket is one of Linux; elsewhere nobody says."""
        if not _LINUX:
            return {self._number: Losses()}
        received, dropped, _ = packet_socket.drops(self._socket.ins)
        self._counts = [self._counts[0] + received, self._counts[1] + dropped]
        return {self._number: Losses(self._counts[0], self._counts[1])}

    def finish(self) -> None:
        """scapy's sockets cannot refuse packets; what is in them is taken."""
        self._finished = True

    def over(self) -> bool:
        """Whether it was told to end."""
        return self._finished

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()


def _listen(wish: Wish) -> Any:
    import scapy.arch  # fills in the sockets of this system
    import scapy.layers.l2  # noqa: F401 - and this the link layers that they look for
    from scapy.config import conf
    from scapy.error import Scapy_Exception

    if _LINUX and wish.interface not in {name for _, name in socket.if_nameindex()}:
        remedy = f"Choose one of: {', '.join(name for _, name in socket.if_nameindex())}"
        raise CaptureError("No such device", place=wish.interface, remedy=remedy)
    try:
        return conf.L2listen(iface=wish.interface, filter=wish.filter or None, promisc=wish.promiscuous)
    except (Scapy_Exception, OSError, ValueError) as error:
        raise CaptureError(f"scapy: {error}", place=wish.interface, remedy="Use another --source") from error


def _number_of(layer: Any) -> int:
    """LINKTYPE_ value of a first layer of scapy's."""
    from scapy.config import conf

    return next((number for number, known in conf.l2types.num2layer.items() if known is layer), 1)
