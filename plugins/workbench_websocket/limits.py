"""Every bound of the WebSocket decoder, each with its reason. The server's own bounds stand in `server.py`."""

__all__ = [
    "CHAIN",
    "MAX_FRAGMENTS",
    "MAX_HANDSHAKE",
    "MAX_HEADERS",
    "MAX_INFLATED",
    "MAX_JUNK",
    "MAX_PINGS",
    "MAX_SURPLUS",
    "PLAUSIBLE",
    "UNFOLDING",
]

MAX_HANDSHAKE = 65_536
"""Bytes of a handshake's start line and header fields: eight times what servers take by default."""

MAX_HEADERS = 500
"""Header lines that become fields of a handshake; browsers send fifteen."""

MAX_FRAGMENTS = 100_000
"""Fragments put together to one message; a message sent byte by byte says no more after so many."""

MAX_INFLATED = 16 * 1024 * 1024
"""Bytes that one compressed message may unfold to: DEFLATE packs a thousand to one, and a small frame must not fill the memory."""

UNFOLDING = 32
"""What a message may unfold to at any time, as a multiple of its size: text shrinks to a tenth, repetitive text to a thirtieth."""

MAX_SURPLUS = 64 * 1024 * 1024
"""Bytes that all messages of one direction together may unfold to beyond `UNFOLDING` times their sizes: who keeps a whole stream in memory
must not have to keep `MAX_INFLATED` for each of a thousand small messages."""

MAX_PINGS = 64
"""Pings of a client that wait for their pong; a server answers the newest at least (RFC 6455 5.5.3)."""

PLAUSIBLE = 65_536
"""Payload bytes of a frame that is believed while the place of frames is being looked for: real ones are mostly far smaller."""

CHAIN = 3
"""Plausible frame headers, one where the other's payload ends, that show where frames begin: by accident about once in 100,000 places."""

MAX_JUNK = (CHAIN + 1) * PLAUSIBLE
"""Bytes in which frames are looked for at once, so that a binary stream needs no more memory than that; a chain always fits."""
