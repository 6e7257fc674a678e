"""The four levels of encryption (RFC 9001 4): which keys protect a packet, and which frames it may carry."""

from enum import IntEnum

__all__ = ["Level"]


class Level(IntEnum):
    """In the order in which a connection comes to them. Early and 1-RTT packets share one space of packet numbers (RFC 9000 12.3)."""

    INITIAL = 0
    EARLY = 1
    """0-RTT."""
    HANDSHAKE = 2
    ONE_RTT = 3
