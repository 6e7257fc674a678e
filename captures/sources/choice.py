"""The kinds of live sources, best first: which can be used here, why not, and opening one. Here meet all files of this folder."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from captures.capture_filter import check_filter
from captures.packet_socket import link_type
from captures.sources.fifo import FifoSource, is_stream
from captures.sources.model import Describe, LiveSource, Wish
from captures.sources.plain import SocketSource, why_no_socket
from captures.sources.programs import DUMPCAP, TCPDUMP, opener, why_no_program
from captures.sources.ring import RingSource, why_no_ring
from captures.sources.scapy_sniffer import ScapySource, why_no_scapy
from workbench.api import CaptureError, UsageError

__all__ = ["AUTO", "KINDS", "Kind", "can_capture", "open_source"]

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to capture from network interfaces. `why_not` gives what stands in its way here, None when nothing does."""

    name: str
    summary: str
    why_not: Callable[[], CaptureError | None]
    open: Callable[[Wish, Describe], LiveSource]


KINDS = (
    Kind("ring", "a ring shared with the kernel (TPACKET_V3)", why_no_ring, RingSource),
    Kind("socket", "a plain packet socket", why_no_socket, SocketSource),
    Kind("dumpcap", "Wireshark's capture program", partial(why_no_program, DUMPCAP), opener(DUMPCAP)),
    Kind("tcpdump", "tcpdump's output", partial(why_no_program, TCPDUMP), opener(TCPDUMP)),
    Kind("scapy", "scapy's sniffer, which loses bursts", why_no_scapy, ScapySource),
)
"""Best first."""


def can_capture() -> str:
    """Why this process may not capture, with the remedy; "" when it may."""
    return "" if any(kind.why_not() is None for kind in KINDS) else str(_nothing())


def open_source(name: str, wish: Wish, describe: Describe) -> LiveSource:
    """Open what the wish asks for by the source of this name, or (AUTO) by the best that can be used; a stream has a source of its own.

    Raises CaptureError with what stands in the way, UsageError for a wrong filter or name.
    """
    kind = next((kind for kind in KINDS if kind.name == name), None)
    if kind is None and name != AUTO:
        remedy = f"Choose one of: {', '.join([AUTO, *(kind.name for kind in KINDS)])}"
        raise UsageError("there is no such source", place=name, remedy=remedy)
    if is_stream(wish.interface):
        return FifoSource(wish, describe)
    if kind is None:
        kind = next((kind for kind in KINDS if kind.why_not() is None), None)
    if kind is None:
        check_filter(wish.filter, link_type(wish.interface))  # whoever can mend the permission should not come back for this
        raise _nothing()
    return kind.open(wish, describe)


def _nothing() -> CaptureError:
    """No source can be used: what stands in the way of the best, and the smallest permission that would do."""
    reason = KINDS[0].why_not()
    assert reason is not None
    smaller = next((why.remedy for kind in KINDS if kind.name == DUMPCAP.name and (why := kind.why_not())), "")
    ways = ["Run it as root", *[f"let dumpcap do it: {smaller}"] * bool(smaller), "use `workbench tap`, which needs no privilege"]
    return CaptureError(reason.message, remedy=", or ".join(ways))
