"""Numbers, times and names as people read them."""

import datetime as dt

__all__ = ["link_name", "milliseconds", "size", "when"]

LINK_NAMES = {
    0: "null/loopback",
    1: "Ethernet",
    12: "raw IP",
    14: "raw IP",
    101: "raw IP",
    105: "802.11",
    108: "loopback",
    113: "Linux cooked",
    127: "802.11 radiotap",
    228: "raw IPv4",
    229: "raw IPv6",
    249: "USB",
    276: "Linux cooked v2",
}
"""LINKTYPE_ values (tcpdump.org/linktypes.html) that captures usually have."""


def link_name(link_type: int) -> str:
    """A link type in words, or its number."""
    return LINK_NAMES.get(link_type, f"link type {link_type}")


def size(count: int) -> str:
    """Bytes, in decimal units from a kilobyte on."""
    if count < 1000:
        return f"{count} bytes"
    value = float(count)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.95:
            return f"{value:.1f} {unit}"
    return f"{value / 1000:.1f} TB"


def when(time_ns: int) -> str:
    """A time since the epoch as UTC with microseconds."""
    seconds, nanoseconds = divmod(time_ns, 1_000_000_000)
    try:
        moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (OverflowError, ValueError, OSError):  # a capture may claim any time
        return f"{seconds}.{nanoseconds:09d} s after 1970"
    return f"{moment:%Y-%m-%d %H:%M:%S}.{nanoseconds // 1000:06d} UTC"


def milliseconds(time_ns: int) -> str:
    """A duration in milliseconds, three digits after the point."""
    return f"{time_ns / 1e6:.3f} ms"
