"""One packet that was opened, as those see it who follow a connection: rules and measures."""

from typing import NamedTuple

from workbench.api import Direction
from workbench_quic.frame_items import Item
from workbench_quic.levels import Level

__all__ = ["APPLICATION", "SPACES", "Observed"]

_SPACE_OF = {Level.INITIAL: 0, Level.HANDSHAKE: 1, Level.EARLY: 2, Level.ONE_RTT: 2}
SPACES = tuple(_SPACE_OF[level] for level in Level)
"""Packet number spaces (RFC 9000 12.3), by level."""
APPLICATION = _SPACE_OF[Level.ONE_RTT]
"""The packet number space of 0-RTT and 1-RTT."""


class Observed(NamedTuple):
    """`role` sent it (`TO_SERVER`: the client); `size` are its bytes on the wire, `datagram` those of the datagram around it; `at` is where
    its payload begins in the packet, `dcid` where it was sent to; `spin` is the spin bit of short headers."""

    role: Direction
    level: Level
    number: int
    items: tuple[Item, ...]
    time_ns: int = 0
    size: int = 0
    datagram: int = 0
    at: int = 0
    dcid: bytes = b""
    spin: bool | None = None
