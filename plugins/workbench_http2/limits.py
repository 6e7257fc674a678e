"""Every bound of the HTTP/2 decoder, each with its reason. The server's own bounds stand beside its code."""

__all__ = [
    "DEFAULT_FRAME_SIZE",
    "DEFAULT_TABLE",
    "DEFAULT_WINDOW",
    "LARGEST_FRAME_SIZE",
    "LARGEST_WINDOW",
    "LONGEST_DOUBTFUL",
    "MAX_BLOCK",
    "MAX_CLOSED",
    "MAX_EARLY",
    "MAX_FACTS",
    "MAX_ITEMS",
    "MAX_JUNK",
    "MAX_LINES",
    "MAX_LIST",
    "MAX_NOTES",
    "MAX_PENDING_SETTINGS",
    "MAX_STREAMS",
    "MAX_TABLE",
]

DEFAULT_TABLE = 4_096
"""SETTINGS_HEADER_TABLE_SIZE before anybody says otherwise (RFC 9113 6.5.2), and likewise the next two."""

DEFAULT_WINDOW = 65_535
DEFAULT_FRAME_SIZE = 16_384

LARGEST_WINDOW = 2**31 - 1
"""No flow-control window may be larger (RFC 9113 6.9.1)."""

LARGEST_FRAME_SIZE = 2**24 - 1
"""SETTINGS_MAX_FRAME_SIZE ends here, and so does what the length field can say (RFC 9113 4.2)."""

MAX_TABLE = 1_048_576
"""Bytes of one dynamic table. Peers use 4 KiB to 64 KiB; a larger one is followed as far as this, and then in doubt."""

MAX_BLOCK = 262_144
"""Bytes of one header block over all its CONTINUATION frames that are decoded: browsers accept as much, servers a tenth."""

MAX_LIST = 1_048_576
"""Bytes of one decoded header list that are kept: a few bytes of HPACK can stand for kilobytes each (the "HPACK bomb")."""

MAX_LINES = 1_500
"""Header lines of one block that become fields, a dozen nodes each; the others still change the dynamic table and are counted."""

MAX_ITEMS = 2_000
"""Settings or origins in one frame that become fields; nobody sends more than a dozen."""

MAX_STREAMS = 10_000
"""Streams followed at once; servers allow 100 to 1000. One more forgets the one that was silent longest."""

MAX_CLOSED = 2_000
"""Closed streams whose end is remembered, so that frames that were on their way are told from forbidden ones."""

MAX_PENDING_SETTINGS = 32
"""SETTINGS frames of one side that wait for their acknowledgement; nobody sends a second before the first is answered."""

MAX_EARLY = 65_536
"""Bytes of a tunnel that its client sends before the server agreed; they wait for the answer."""

LONGEST_DOUBTFUL = 262_144
"""Payload of a frame that is believed where frames had to be looked for: a wrong guess must not swallow megabytes."""

MAX_FACTS = 200
"""Header fields of a CONNECT that are kept for the protocol inside: a request has a dozen, and ten thousand streams may wait."""

MAX_JUNK = 65_536
"""Bytes that are no frame are given out in runs of this size."""

MAX_NOTES = 200
"""Notes on one message: a block of a thousand odd header lines says the same thing a thousand times."""
