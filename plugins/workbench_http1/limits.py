"""Every bound of the HTTP/1.1 decoder, each with its reason. The server's own bounds stand in `server.py`."""

__all__ = [
    "MAX_BLANK_LINES",
    "MAX_CHUNK_FIELDS",
    "MAX_CHUNK_LINE",
    "MAX_CODINGS",
    "MAX_DECODED",
    "MAX_HEADERS",
    "MAX_HEADER_SECTION",
    "MAX_HELD",
    "MAX_JUNK",
    "MAX_LENGTH_DIGITS",
    "MAX_NOTES",
    "MAX_OUTSTANDING",
    "MAX_SURPLUS",
    "UNFOLDING",
]

MAX_HEADER_SECTION = 262_144
"""Bytes of start line and header fields: the most generous server default is 64 KiB (Jetty 8 KiB, Node 16 KiB, nginx 4 x 8 KiB); four
times that is not a header section any more."""

MAX_HEADERS = 2_000
"""Header lines that become fields of the tree; Apache refuses more than 100. The others are counted in a note."""

MAX_CHUNK_LINE = 16_384
"""Bytes of one chunk-size line with its extensions; RFC 9112 7.1.1 asks for a limit, and h11 and nginx stop far below."""

MAX_CHUNK_FIELDS = 2_000
"""Chunks that become fields of the tree; a screen can scroll through that many. The body has the bytes of all of them."""

MAX_DECODED = 16 * 1024 * 1024
"""Bytes that one content coding may unfold to: deflate packs a thousand to one, and a small response must not fill the memory."""

UNFOLDING = 32
"""What a body may unfold to at any time, as a multiple of its size: text shrinks to a tenth, repetitive logs to a thirtieth."""

MAX_SURPLUS = 64 * 1024 * 1024
"""Bytes that all bodies of one direction together may unfold to beyond `UNFOLDING` times their sizes: who keeps a whole stream in
memory must not have to keep `MAX_DECODED` for each of a thousand small responses."""

MAX_CODINGS = 4
"""Codings undone for one body, one after the other: nobody stacks more for a purpose, and each costs `MAX_DECODED`."""

MAX_JUNK = 65_536
"""Bytes that are no HTTP message are given out in runs of this size, so that a binary stream needs no more memory than that."""

MAX_HELD = 1_048_576
"""Bytes that wait for the answer to CONNECT or Upgrade: an impatient client sends a TLS hello, a megabyte is a capture of one side."""

MAX_BLANK_LINES = 16
"""Empty lines before a start line that count as its prefix (RFC 9112 2.2 wants at least one to be ignored); more are junk."""

MAX_LENGTH_DIGITS = 20
"""Digits of a length: 2**64 has 20; a longer number overflows somebody on the way."""

MAX_OUTSTANDING = 10_000
"""Requests of one connection that wait for their response; the oldest are forgotten beyond (a capture of one direction only)."""

MAX_NOTES = 200
"""Notes on one message: a body of ten thousand odd chunks says the same thing ten thousand times."""
