"""Bits of the packet index's `flags` column, and the link types the index understands."""

__all__ = [
    "ASSEMBLED",
    "BROKEN",
    "COMMENTED",
    "FRAGMENT",
    "LAYERED",
    "LINK_ETHERNET",
    "LINK_LOOP",
    "LINK_NULL",
    "LINK_RAW",
    "LINK_SLL",
    "LINK_SLL2",
    "TIMELESS",
    "TRUNCATED",
]

COMMENTED = 1
"""The record carries options (pcapng)."""
TIMELESS = 2
"""The record has no time stamp (Simple Packet Block)."""
TRUNCATED = 4
"""Fewer bytes of the transport payload were captured than `payload_length` says (snaplen)."""
FRAGMENT = 8
"""An IP fragment that did not complete its datagram; it has no transport."""
ASSEMBLED = 16
"""The last fragment to arrive: transport columns and `payload_offset` refer to the reassembled datagram."""
LAYERED = 32
"""Not decoded by the vectorised path: tunnels, several tags, rare layers, anything irregular."""
BROKEN = 64
"""A header is cut short or contradicts itself; columns hold what stands before that place."""

LINK_NULL = 0
LINK_ETHERNET = 1
LINK_RAW = frozenset({12, 14, 101, 228, 229})
LINK_LOOP = 108
LINK_SLL = 113
LINK_SLL2 = 276
