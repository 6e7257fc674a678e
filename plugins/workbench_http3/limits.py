"""Every bound of the HTTP/3 decoder, each with its reason. The server's own bounds stand beside its code."""

__all__ = [
    "MAX_BLOCKED",
    "MAX_BLOCKED_BYTES",
    "MAX_CAPSULE",
    "MAX_CONNECTIONS",
    "MAX_EARLY",
    "MAX_FACTS",
    "MAX_ITEMS",
    "MAX_LINES",
    "MAX_LIST",
    "MAX_LITERAL",
    "MAX_NOTES",
    "MAX_OUTSTANDING",
    "MAX_PUSHES",
    "MAX_SECTION",
    "MAX_STREAMS",
    "MAX_TABLE",
    "OPAQUE",
]

MAX_TABLE = 1_048_576
"""Bytes of one dynamic table. Peers allow 4 KiB to 64 KiB; who allows more is not followed further than this."""

MAX_LITERAL = 1_048_576
"""Bytes of a name or value on an encoder stream: longer ones never fit into a table."""

MAX_SECTION = 1_048_576
"""Bytes of one encoded field section that are decoded: browsers accept a quarter of it, servers a tenth."""

MAX_LIST = 1_048_576
"""Bytes of one decoded field section that are kept: two bytes of QPACK can stand for a whole table entry (a "QPACK bomb")."""

MAX_LINES = 1_500
"""Field lines of one section that become fields, a dozen nodes each; the others are only counted."""

MAX_ITEMS = 2_000
"""Settings or capsules in one frame that become fields; nobody sends more than a dozen."""

MAX_STREAMS = 10_000
"""Streams followed at once; peers allow each other 100 to 1000. One more forgets the one that was silent longest."""

MAX_BLOCKED = 1_000
"""Streams of a connection that wait for inserts at once: peers allow 16 to 100. Those beyond are decoded with what is known."""

MAX_BLOCKED_BYTES = 1_048_576
"""Bytes of one stream that wait behind a blocked field section. What comes beyond them waits no more."""

MAX_CONNECTIONS = 4_096
"""Connections of one capture that streams may still be opened on; the one that opened none for longest goes first."""

MAX_OUTSTANDING = 10_000
"""Field sections of one direction that were not acknowledged yet; many decoders acknowledge none at all where the table is not used."""

MAX_PUSHES = 1_000
"""Push IDs remembered of one connection: no browser allows any, test clients a handful."""

MAX_EARLY = 65_536
"""Bytes of a tunnel that its client sends before the server agreed; they wait for the answer."""

MAX_CAPSULE = 131_072
"""Bytes of one capsule that are kept: a datagram has at most 64 KiB."""

MAX_FACTS = 200
"""Fields of a CONNECT that are kept for the protocol inside: a request has a dozen, and ten thousand streams may wait."""

OPAQUE = 16_384
"""Bytes of a stream without frames (reserved, unknown) are given out in runs of this size."""

MAX_NOTES = 200
"""Notes on one message: a section of a thousand odd lines says the same thing a thousand times."""
