"""Header blocks that strain decompression (RFC 7541) and requests that are none (RFC 9113 8)."""

from random import Random

from workbench_http2.server_frames import (
    DEFAULT_FRAME,
    END_HEADERS,
    END_STREAM,
    PADDED,
    Frame,
    FrameType,
    build,
)
from workbench_http2.session_text import Edited, block_of, fields, request

__all__ = ["bombs", "continued", "flooded", "indices", "integers", "pseudo", "sizes", "strings", "trailing"]

_BOMB_ENTRY = 4_000
"""Bytes of a table entry that is referred to again and again: nearly all that the table holds (RFC 7541 4.2)."""
_BOMB_TIMES = 4_000
_HEAD = bytes.fromhex("828684")
"""GET, http, / out of the static table."""


def _with_block(frame: Frame, block: bytes) -> bytes:
    """HEADERS with another block; what does not fit goes into CONTINUATION (RFC 9113 6.10)."""
    head, _, padding = block_of(frame)
    first, rest = block[:DEFAULT_FRAME], block[DEFAULT_FRAME:]
    flags = frame.flags & ~END_HEADERS if rest else frame.flags | END_HEADERS
    said = [build(frame.type, flags, frame.stream, head + first + padding)]
    while rest:
        part, rest = rest[:DEFAULT_FRAME], rest[DEFAULT_FRAME:]
        said.append(build(FrameType.CONTINUATION, 0 if rest else END_HEADERS, frame.stream, part))
    return b"".join(said)


def _somewhere(frame: Frame, more: bytes, random: Random) -> bytes:
    """The block of a request with these lines before, behind, or alone."""
    block = random.choice((block_of(frame)[1], request()))
    return random.choice((more + block, block + more, more))


def integers(frame: Frame, random: Random) -> Edited:
    """RFC 7541 5.1: an integer that does not fit, or takes too many bytes, is an error."""
    size = random.choice((1, 4, 5, 9, 10, 11, 100, 5_000))
    tail = random.choice((b"\xff" * size + b"\x0f", b"\x80" * size + b"\0", b"\xff" * size, b"\x80" * size))
    first = random.choice((0xFF, 0x7F, 0x3F, 0x1F, 0x0F))
    return _with_block(
        frame, _somewhere(frame, bytes((first,)) + tail, random)
    ), f"an integer of {len(tail)} bytes behind {first:#04x}"


def indices(frame: Frame, random: Random) -> Edited:
    """RFC 7541 2.3.3, 6.1: 0 and what is beyond both tables is an error."""
    index = random.choice(
        (
            b"\x80",
            b"\xbe",
            b"\xbf",
            b"\xfe",
            b"\xff\0",
            b"\xff\x80\x80\x04",
            b"\x7f\0\x01a",
            b"\x7e\x01a",
            b"\x40",
            b"\x00\x00\x00",
        )
    )
    return _with_block(frame, _somewhere(frame, index, random)), f"the index {index.hex()}"


_TABLE_SIZES = (
    b"\x20", b"\x3f\xe2\x1f", b"\x3f\xff\xff\xff\xff\x07", b"\x3f\xff\xff\xff\xff\xff\xff\xff\xff\x7f", b"\x3f\xe1\x1f" * 3,
    b"\x20\x3f\xe1\x1f", (b"\x20\x3f\xe1\x1f") * 2_000, b"\x3f\x80\x80\x80\x80\x80\0", b"\x3f",
)  # fmt: skip


def sizes(frame: Frame, random: Random) -> Edited:
    """RFC 7541 4.2, 6.3: updates of the table's size come first in a block, at most two, and below the limit."""
    update = random.choice(_TABLE_SIZES)
    return _with_block(frame, _somewhere(frame, update, random)), f"{len(update)} bytes of table size updates"


_TEXTS = (
    b"\x00\x7f\xff\xff\xff\xff\x07a", b"\x00\x05ab", b"\x00\x84\xff\xff\xff\xff\x01b", b"\x00\x81\xfe\x01b",
    b"\x00\x82\x1c\xff\x01b", b"\x00\x80\x01b", b"\x00\x01a\x84\xff\xff\xff\xfc", b"\x00\x01a\x81\x00", b"\x00\x01a\xff",
    b"\x40\x01a\x7f\x80\xff\xff\xff\x0f", b"\x00\x00\x00", b"\x00\x01a\x9e" + b"\xff" * 30, b"\x10\x01a",
)  # fmt: skip


def strings(frame: Frame, random: Random) -> Edited:
    """RFC 7541 5.2: texts longer than their block, the end-of-string symbol in Huffman code, padding that is long or not all ones."""
    text = random.choice(_TEXTS)
    return _with_block(frame, _somewhere(frame, text, random)), f"the text {text[:12].hex()}"


def bombs(frame: Frame, random: Random) -> Edited:
    """RFC 9113 10.5.1: a few bytes that become megabytes of field lines; limits count what comes out."""
    value = b"b" * _BOMB_ENTRY
    entry = b"\x40\x01x" + fields((b"", value))[2:]
    times = random.choice((200, _BOMB_TIMES))
    return _with_block(frame, _HEAD + entry + b"\xbe" * times), f"{times * _BOMB_ENTRY} bytes of fields in {times + len(entry)}"


_PSEUDO = (
    ((b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/")),
    ((b":method", b"GET"), (b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/")),
    ((b":method", b"GET"), (b":path", b"/"), (b":path", b"/b"), (b":scheme", b"http")),
    ((b":method", b"GET"), (b":scheme", b"http")),
    ((b":method", b"GET"), (b":path", b"/")),
    ((b":scheme", b"http"), (b":path", b"/")),
    ((b"a", b"b"), (b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/")),
    ((b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b":status", b"200")),
    ((b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b":unknown", b"x")),
    ((b":method", b"GET"), (b":scheme", b"http"), (b":path", b"")),
    ((b":method", b""), (b":scheme", b""), (b":path", b"/")),
    ((b":method", b"GET"), (b":scheme", b"http"), (b":path", b"no-slash")),
    ((b":method", b"CONNECT"), (b":scheme", b"http"), (b":path", b"/")),
    ((b":method", b"CONNECT"), (b":authority", b"")),
    ((b":method", b"CONNECT"), (b":protocol", b"websocket"), (b":authority", b"workbench.test")),
    ((b":method", b"GET"), (b":protocol", b"websocket"), (b":scheme", b"http"), (b":path", b"/")),
    ((b":method", b"G\0T"), (b":scheme", b"http"), (b":path", b"/")),
    ((b":method", b"GET / HTTP/1.1\r\nX:"), (b":scheme", b"http"), (b":path", b"/")),
    ((b":method", b"GET"), (b":scheme", b"http://x"), (b":path", b"/ HTTP/1.1\r\nHost: x\r\n\r\n")),
    ((b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"a"), (b":authority", b"b")),
    (),
)
_MORE = (
    (b"X-Upper", b"a"), (b"connection", b"close"), (b"transfer-encoding", b"chunked"), (b"keep-alive", b"1"),
    (b"te", b"gzip"), (b"", b"x"), (b"upgrade", b"h2c"), (b"host", b"elsewhere.test"), (b"content-length", b"5"),
    (b"content-length", b"-1"), (b"x", b"a\r\nb: c"), (b"x", b"a\0"), (b"x", b" a "), (b"x y", b""), (b"x:", b""),
    (b":late", b""), (b"\xff", b""), (b"x\r\ny", b""), (b"cookie", b"a=b; " * 5_000), (b"x", b"y" * 70_000),
)  # fmt: skip


def pseudo(frame: Frame, random: Random) -> Edited:
    """RFC 9113 8.2, 8.3: pseudo-header fields come first, once each; names are lower case; nothing speaks of the connection."""
    head = random.choice((*_PSEUDO, None, None, None))
    more = random.sample(_MORE, random.choice((0, 1, 1, 2)) if head is not None else 1)
    block = (request() if head is None else fields(*head)) + fields(*more)
    names = " ".join(name.decode("latin-1").encode("ascii", "backslashreplace").decode() for name, _ in (*(head or ()), *more))
    printable = "".join(letter if letter.isprintable() else "?" for letter in names)
    return _with_block(frame, block), f"the fields {printable}" if printable else "no fields"


def continued(frame: Frame, random: Random) -> Edited:
    """RFC 9113 6.10: nothing comes between HEADERS and its CONTINUATION frames."""
    head, block, padding = block_of(frame)
    count = random.choice((1, 2, 5, 30))
    size = max(1, -(-len(block) // (count + 1)))
    parts = [block[at : at + size] for at in range(0, len(block), size)] or [b""]
    said = [build(frame.type, frame.flags & ~END_HEADERS, frame.stream, head + parts[0] + padding)]
    for number, part in enumerate(parts[1:] or [b""], 1):
        last = number >= len(parts) - 1
        said.append(build(FrameType.CONTINUATION, END_HEADERS if last else 0, frame.stream, part))
    between = random.choice(_BETWEEN)
    if between:
        said.insert(random.randrange(1, len(said) + 1), between)
    return b"".join(said), f"{len(parts)} parts, and {len(between)} bytes of other frames between"


_BETWEEN = (
    b"", b"", build(FrameType.PING, 0, 0, bytes(8)), build(FrameType.SETTINGS, 0, 0),
    build(FrameType.DATA, END_STREAM, 1, b"x"), build(FrameType.CONTINUATION, END_HEADERS, 3, b""), build(0xFA, 0, 0, b""),
    build(FrameType.HEADERS, END_HEADERS | END_STREAM, 99, _HEAD), build(FrameType.RST_STREAM, 0, 1, bytes(4)),
    build(FrameType.CONTINUATION, PADDED, 1, b"\0"),
)  # fmt: skip


def flooded(frame: Frame, random: Random) -> Edited:
    """RFC 9113 10.5: CONTINUATION frames without an end cost whoever collects them memory, or time where they are empty."""
    count, part = random.choice(
        ((1_000, b""), (5_000, b""), (100, b"\x00\x01x\x01y" * 100), (1_000, b"\x00\x01x\x40" + b"y" * 64))
    )
    first = build(
        frame.type,
        frame.flags & ~(END_HEADERS | PADDED),
        frame.stream,
        block_of(frame)[0][1 if frame.flags & PADDED else 0 :] + _HEAD,
    )
    return first + build(
        FrameType.CONTINUATION, 0, frame.stream, part
    ) * count, f"{count} CONTINUATION frames of {len(part)} bytes, and no end"


def trailing(frame: Frame, random: Random) -> Edited:
    """RFC 9113 8.1: trailers end the stream, and have no pseudo-header fields."""
    block = fields(random.choice(((b":path", b"/"), (b":status", b"200"), (b"content-length", b"9"), (b"x", b"y"), (b"X", b"y"))))
    flags = random.choice((END_HEADERS, END_HEADERS | END_STREAM))
    ended = build(frame.type, frame.flags & ~END_STREAM, frame.stream, frame.payload)
    more = random.choice((b"", build(FrameType.DATA, 0, frame.stream, b"more")))
    return ended + build(FrameType.HEADERS, flags, frame.stream, block) + more, "odd trailers"
