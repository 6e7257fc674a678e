"""Totals of a running server."""

from dataclasses import dataclass

__all__ = ["Counters"]


@dataclass(slots=True)
class Counters:
    """Counted since the start by the loop's thread; others may read at any time."""

    accepted: int = 0
    """Connections (for datagrams: peers) that were accepted."""
    open: int = 0
    refused: int = 0
    """Turned away: too many at once, or no resources."""
    crashed: int = 0
    """Exceptions out of the protocol's server code."""
    cut: int = 0
    """Still unfinished at the end of a drain."""
    received: int = 0
    """Bytes from peers."""
    sent: int = 0
    """Bytes to peers."""
