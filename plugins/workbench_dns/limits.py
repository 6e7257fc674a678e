"""How much of hostile input is looked at, and why so much."""

from workbench.api import Limits

__all__ = [
    "DATAGRAM_LIMITS",
    "LONGEST_LABEL",
    "LONGEST_MESSAGE",
    "LONGEST_NAME",
    "MOST_ITEMS",
    "MOST_JUMPS",
    "MOST_NAME_BYTES",
    "STREAM_LIMITS",
]

LONGEST_LABEL = 63
"""Bytes of a label (RFC 1035 2.3.4): two bits of its length byte are taken."""

LONGEST_NAME = 255
"""Bytes of a name on the wire, length bytes and root included (RFC 1035 2.3.4)."""

MOST_NAME_BYTES = 1024
"""Bytes of a name that is too long and is followed nevertheless, to show what it says; beyond, compression only blows it up."""

MOST_JUMPS = 127
"""Compression pointers in one name: as many as a name of one-byte labels could need."""

LONGEST_MESSAGE = 65_535
"""Bytes of a message: what two bytes of length can say (RFC 1035 4.2.2)."""

MOST_ITEMS = 20_000
"""Fields of one message; the rest of its records is counted, not shown."""

DATAGRAM_LIMITS = Limits(message=LONGEST_MESSAGE + 1, fields=MOST_ITEMS, memory=4_096)
"""Memory: questions of one flow that wait for their answer; a resolver behind one port has some hundreds."""

STREAM_LIMITS = Limits(message=LONGEST_MESSAGE + 2, fields=MOST_ITEMS, memory=4_096)
"""The same with the length before it."""
