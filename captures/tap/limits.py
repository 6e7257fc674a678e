"""How much a tap lets its clients and targets cost."""

from dataclasses import dataclass

__all__ = ["CHUNK", "TapLimits"]

CHUNK = 65_536
"""Bytes read from a socket at a time. Nothing more is read from one side while such a piece waits for the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TapLimits:
    """Bounds of one tap; times are nanoseconds."""

    connections: int = 400
    """Relayed at once; each takes two of the 1024 descriptors a process usually has. Further clients wait in the listen queue."""
    connect_ns: int = 10_000_000_000
    """A target that does not answer for so long is reported to the client as a reset, or as its proxy reports such things."""
    opening_ns: int = 10_000_000_000
    """A client says where it wants to go, or shakes hands, within so long: ten times what the slowest honest network needs."""
    drain_ns: int = 2_000_000_000
    """Time to pass on what was read already when the tap stops."""
    switch_ns: int = 2_000_000_000
    """A target has so long to end in order when its client goes on with another one in the same connection to the proxy."""
    sessions: int = 400
    """Clients of a UDP relay at once, one descriptor each. One more takes the place of the one that has been silent longest."""
    session_ns: int = 60_000_000_000
    """A UDP client that is silent for so long is forgotten. RFC 4787 (4.3) wants two minutes of address translators, for programs that
    nobody restarts; a tap's are at hand."""
    queue: int = 4 << 20
    """Bytes of datagrams that wait for slow sockets, all together; more are dropped and counted, as a network would."""
