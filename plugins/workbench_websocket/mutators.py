"""What WebSocket servers get wrong, for the fuzzer: handshakes, how frames are written and cut, text that is none, compression."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from workbench.api import Mutated, Mutator
from workbench_websocket.frames import build_frame, read_head
from workbench_websocket.masking import masked
from workbench_websocket.opcodes import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT

__all__ = ["MUTATORS"]

_KEY = b"\x37\xfa\x21\x3d"
_HEAD_END = b"\r\n\r\n"
_LONG = (125, 126, 127, 65_535, 65_536, 100_000)
"""Bytes of a payload: at the borders of the three ways to write a length."""
_BOMB = 32 * 1024 * 1024
"""Bytes that a compressed message becomes."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """A client's frame in a message (index `at`), which ends with it."""

    at: int
    first: int
    payload: bytes

    @property
    def opcode(self) -> int:
        return self.first & 15


def _frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0) -> bytes:
    return build_frame(opcode, payload, fin=fin, rsv=rsv, key=_KEY)


def _written(first: int, payload: bytes, *, form: int | None = None, key: bytes = _KEY, length: int | None = None) -> bytes:
    """A frame with any first byte, any way to write the length (0, 126 or 127), any length, masked or not (key b"")."""
    size = len(payload) if length is None else length
    form = (0 if size < 126 else 126 if size < 65_536 else 127) if form is None else form
    short = form or size & 0x7F
    head = bytes((first, short | (0x80 if key else 0)))
    head += b"" if not form else (size & (1 << (16 if form == 126 else 64)) - 1).to_bytes(2 if form == 126 else 8, "big")
    return head + key + (masked(payload, key) if key else payload)


def _frames(messages: Sequence[bytes]) -> list[_Frame]:
    """The messages that are one whole masked frame each."""
    found = []
    for at, raw in enumerate(messages):
        head = read_head(raw)
        if head is not None and head.masked and head.size + head.length == len(raw):
            found.append(_Frame(at, head.first, masked(raw[head.size :], head.key)))
    return found


def _editing(
    edit: Callable[[_Frame, Random], tuple[bytes, str] | None], *opcodes: int
) -> Callable[[Sequence[bytes], Random], Mutated | None]:
    """A change of one frame, of these kinds or of any."""

    def change(messages: Sequence[bytes], random: Random) -> Mutated | None:
        frames = [frame for frame in _frames(messages) if not opcodes or frame.opcode in opcodes]
        if not frames:
            return None
        frame = random.choice(frames)
        edited = edit(frame, random)
        return Mutated.put(messages, frame.at, *edited) if edited is not None else None

    return change


def _handshaking(
    edit: Callable[[list[bytes], Random], tuple[list[bytes], str]],
) -> Callable[[Sequence[bytes], Random], Mutated | None]:
    """A change of the lines of the opening handshake."""

    def change(messages: Sequence[bytes], random: Random) -> Mutated | None:
        at = next((place for place, raw in enumerate(messages) if raw.startswith(b"GET ") and _HEAD_END in raw), None)
        if at is None:
            return None
        head, _, rest = messages[at].partition(_HEAD_END)
        lines, what = edit(head.split(b"\r\n"), random)
        return Mutated.put(messages, at, b"\r\n".join(lines) + _HEAD_END + rest, what)

    return change


_ODD_LINES = (
    b"Upgrade: h2c", b"Upgrade:", b"Upgrade: websocket, h2c", b"UPGRADE: WebSocket", b"Connection: close", b"Connection:",
    b"Connection: upgrade, close", b"Sec-WebSocket-Version: 12", b"Sec-WebSocket-Version: 13, 8",
    b"Sec-WebSocket-Version: 013", b"Sec-WebSocket-Version: 255", b"Sec-WebSocket-Version: -13", b"Sec-WebSocket-Key:",
    b"Sec-WebSocket-Key: short", b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ", b"Sec-WebSocket-Key: \xff\xff", b"Sec-WebSocket-Key: " + b"A" * 9_000,
    b"Sec-WebSocket-Protocol: " + b"a, " * 3_000 + b"a", b"Sec-WebSocket-Protocol: ,", b"Sec-WebSocket-Protocol: chat\0",
    b"Origin: null", b"Origin: http://elsewhere.test", b"Content-Length: 5", b"Transfer-Encoding: chunked",
    b"Host: elsewhere.test", b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
)  # fmt: skip


def _handshakes(lines: list[bytes], random: Random) -> tuple[list[bytes], str]:
    """RFC 6455 4.2.1: what a handshake must have, once, and in this form."""
    pick = random.randrange(4)
    if pick == 0 and len(lines) > 1:
        at = random.randrange(1, len(lines))
        return lines[:at] + lines[at + 1 :], f"without {_told(lines[at])}"
    if pick == 1:
        line = random.choice(
            (
                b"POST / HTTP/1.1",
                b"GET / HTTP/1.0",
                b"GET / HTTP/2.0",
                b"CONNECT / HTTP/1.1",
                b"GET ws://workbench.test/ HTTP/1.1",
                b"GET /#a HTTP/1.1",
            )
        )
        return [line, *lines[1:]], f"the request {_told(line)}"
    odd = random.choice(_ODD_LINES)
    name = odd.partition(b":")[0].lower()
    kept = [line for line in lines if pick == 2 or line.partition(b":")[0].lower() != name]
    return [kept[0], odd, *kept[1:]], _told(odd)


_OFFERS = (
    b"permessage-deflate; server_max_window_bits=7", b"permessage-deflate; server_max_window_bits=16",
    b"permessage-deflate; server_max_window_bits=8", b"permessage-deflate; server_max_window_bits=08",
    b"permessage-deflate; server_max_window_bits=\"10\"", b"permessage-deflate; server_max_window_bits",
    b"permessage-deflate; client_max_window_bits=8", b"permessage-deflate; client_max_window_bits=0",
    b"permessage-deflate; client_no_context_takeover=1", b"permessage-deflate; unknown=1",
    b"permessage-deflate; server_no_context_takeover; server_no_context_takeover", b"permessage-deflate;",
    b"permessage-deflate, " * 500 + b"permessage-deflate", b"x-webkit-deflate-frame", b"permessage-bzip2", b";", b",",
    b"permessage-deflate; a=\"", b"\xff", b"permessage-deflate; " + b"a=b; " * 2_000 + b"c",
)  # fmt: skip


def _offers(lines: list[bytes], random: Random) -> tuple[list[bytes], str]:
    """RFC 7692 7.1, RFC 6455 9.1."""
    offer = b"Sec-WebSocket-Extensions: " + random.choice(_OFFERS)
    kept = [line for line in lines if not line.lower().startswith(b"sec-websocket-extensions:")]
    return [*kept, offer], _told(offer)


def _told(line: bytes) -> str:
    return ascii(line[:60].decode("latin-1"))[1:-1]


def _heads(frame: _Frame, random: Random) -> tuple[bytes, str]:
    """RFC 6455 5.2: reserved bits that nobody agreed on, reserved opcodes."""
    if random.random() < 0.5:
        first = frame.first ^ random.choice((0x10, 0x20, 0x40, 0x70))
        return _written(first, frame.payload), f"reserved bits {first >> 4 & 7}"
    opcode = random.choice([code for code in (3, 4, 7, 11, 15, 0, 1, 2, 8, 9, 10) if code != frame.opcode])
    return _written(frame.first & 0xF0 | opcode, frame.payload), f"opcode {opcode} in the place of {frame.opcode}"


def _masks(frame: _Frame, random: Random) -> tuple[bytes, str]:
    """RFC 6455 5.1: a server closes when a frame is not masked."""
    key = random.choice((b"", b"", bytes(4), b"\xff\xff\xff\xff"))
    return _written(frame.first, frame.payload, key=key), "not masked" if not key else f"masked with {key.hex()}"


def _lengths(frame: _Frame, random: Random) -> tuple[bytes, str]:
    """RFC 6455 5.2: three ways to write a length, the shortest is to be used; the highest bit of 64 is 0."""
    pick = random.randrange(3)
    if pick == 0:
        form = random.choice((126, 127))
        return _written(
            frame.first, frame.payload, form=form
        ), f"a length of {len(frame.payload)} in {2 if form == 126 else 8} bytes"
    if pick == 1:
        length = random.choice((2**63, 2**64 - 1, 2**63 - 1, 2**32, 2**32 + len(frame.payload), 2**31, len(frame.payload) + 1))
        return _written(
            frame.first, frame.payload, form=127, length=length
        ), f"a length of {length} for {len(frame.payload)} bytes"
    size = random.choice(_LONG)
    return _written(frame.first, (frame.payload or b"x") * (size // max(1, len(frame.payload)) + 1)), f"more than {size} bytes"


def _fragments(frame: _Frame, random: Random) -> tuple[bytes, str]:
    """RFC 6455 5.4: fragments follow each other, control frames may come between them and may not be fragments themselves."""
    count = random.choice((2, 3, 10, 1_000))
    size = max(1, -(-len(frame.payload) // count))
    parts = [frame.payload[at : at + size] for at in range(0, len(frame.payload), size)]
    parts += [b""] * (min(count, 2_000) - len(parts))
    said = [_frame(CONTINUATION, part, fin=place == len(parts) - 1) for place, part in enumerate(parts)]
    said[0] = _written(frame.first & 0x7F, parts[0])
    between = random.choice(_BETWEEN)
    said[1:1] = between
    if random.random() < 0.2:
        said.pop()
    return b"".join(said), f"{len(parts)} fragments, and {len(between)} frames between"


_BETWEEN: tuple[list[bytes], ...] = (
    [], [_frame(PING, b"between")], [_frame(PONG)] * 50, [_frame(TEXT, b"another")], [_frame(CLOSE, b"\x03\xe8")],
    [_frame(PING, b"", fin=False)], [_frame(CONTINUATION)], [_frame(PING, b"x" * 126)], [_frame(BINARY, b"", fin=False)],
)  # fmt: skip


def _orphans(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """RFC 6455 5.4: a continuation without a beginning; a beginning inside of a message."""
    frames = _frames(messages)
    if not frames:
        return None
    said = random.choice(
        (
            [_frame(CONTINUATION, b"x")],
            [_frame(CONTINUATION, b"x", fin=False)] * 2,
            [_frame(TEXT, b"a", fin=False), _frame(TEXT, b"b")],
        )
    )
    return Mutated.added(messages, random.choice(frames).at, said, f"{len(said)} fragments that belong to nothing")


_CLOSES = (
    b"\x03", b"\x00\x00", b"\x03\xe7", b"\x03\xec", b"\x03\xed", b"\x03\xee", b"\x03\xf7", b"\x04\x00", b"\x07\xcf",
    b"\x13\x88", b"\xff\xff", b"\x03\xe8\xff\xfe", b"\x03\xe8\xed\xa0\x80", b"\x03\xe8" + b"r" * 123,
    b"\x03\xe8" + b"r" * 124, b"\x03\xe8\xce", b"",
)  # fmt: skip


def _closes(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """RFC 6455 5.5.1, 7.4: a code is two bytes, some are never sent; nothing is said behind a Close."""
    frames = _frames(messages)
    if not frames:
        return None
    payload = random.choice(_CLOSES)
    said = [
        _frame(CLOSE, payload),
        *random.choice(([], [], [_frame(CLOSE, payload)], [_frame(TEXT, b"still here")], [_frame(PING)] * 20)),
    ]
    return Mutated.added(
        messages,
        random.choice(frames).at,
        [b"".join(said)],
        f"Close with {payload[:8].hex() or 'nothing'}, {len(said) - 1} frames behind it",
    )


def _controls(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """RFC 6455 5.5: control frames have 125 bytes at most and are no fragments; answers to floods of them pile up."""
    frames = _frames(messages)
    if not frames:
        return None
    opcode = random.choice((PING, PONG, CLOSE))
    what, raw = random.choice(
        (
            ("of 126 bytes", _frame(opcode, b"x" * 126)),
            ("of 65,536 bytes", _frame(opcode, b"x" * 65_536)),
            ("that is a fragment", _frame(opcode, b"x", fin=False)),
            ("1,000 times", _frame(PING, b"x" * 60) * 1_000),
            ("with a reserved bit", _frame(opcode, b"x", rsv=4)),
        )
    )
    return Mutated.added(messages, random.choice(frames).at, [raw], f"a control frame {what}")


_NO_TEXT = (
    b"\xff", b"\xc0\x80", b"\xc1\xbf", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xce",
    b"\xe2\x82", b"\xf0\x9f\x98", b"\x80", b"\xf8\x88\x80\x80\x80", b"ok\xffok", b"\xef\xbb\xbf", b"\0",
)  # fmt: skip


def _texts(frame: _Frame, random: Random) -> tuple[bytes, str]:
    """RFC 6455 8.1: text is UTF-8, also where fragments cut a letter."""
    odd = random.choice(_NO_TEXT)
    payload = frame.payload[:20] + odd
    if random.random() < 0.5:
        return _frame(TEXT, payload), f"text that ends with {odd.hex()}"
    cut = random.randrange(1, len(payload)) if len(payload) > 1 else 1
    more = random.choice((b"", "€".encode()[1:]))
    return _frame(TEXT, payload[:cut], fin=False) + _frame(CONTINUATION, payload[cut:] + more), f"{odd.hex()} cut by fragments"


@cache
def _zeros() -> bytes:
    packer = zlib.compressobj(9, wbits=-15)
    return packer.compress(bytes(_BOMB)) + packer.flush(zlib.Z_SYNC_FLUSH)


_COMPRESSED = (
    ("nothing", b""), ("one empty block", b"\x00"),
    ("a block without its tail", b"\xf2\x48\xcd\xc9\xc9\x07\x00\x00\x00\xff\xff"), ("a reserved kind of block", b"\x07"),
    ("a last block", b"\x01\x00\x00\xff\xff"), ("data behind the last block", b"\x03\x00" + b"more"),
    ("a distance before the beginning", b"\x4b\x04\x12\x00\x00\x00"),
    ("a context that was not taken over", b"\xf2\x00\x11\x00\x00"),
    ("a stored block that is longer than it says", b"\x00\x05\x00\xfa\xffab"), ("noise", b"\xff" * 64),
)  # fmt: skip


def _compressed(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """RFC 7692 6.2, 7.2.2: what does not inflate, what inflates without end, and the context of the messages before."""
    frames = [frame for frame in _frames(messages) if frame.opcode in (TEXT, BINARY, CONTINUATION)]
    if not frames:
        return None
    frame = random.choice(frames)
    opcode = random.choice((TEXT, BINARY))
    if random.random() < 0.3:
        raw, what = _frame(opcode, _zeros()[:-4], rsv=4), f"{_BOMB} bytes compressed"
    else:
        what, data = random.choice(_COMPRESSED)
        raw = _frame(opcode, data, rsv=4)
        if random.random() < 0.3:
            raw = _frame(opcode, data[:1], fin=False, rsv=4) + _frame(CONTINUATION, data[1:], rsv=random.choice((0, 4)))
    offered = [_offering(message) for message in messages]
    return Mutated.put(offered, frame.at, raw, what)


def _offering(message: bytes) -> bytes:
    """A handshake that offers compression, so that the reserved bit means something."""
    if not message.startswith(b"GET ") or b"permessage-deflate" in message or _HEAD_END not in message:
        return message
    return message.replace(_HEAD_END, b"\r\nSec-WebSocket-Extensions: permessage-deflate" + _HEAD_END, 1)


def _early(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """RFC 6455 4.1: frames before the server has answered the handshake, or before it was asked."""
    frames = _frames(messages)
    if len(messages) < 2 or not frames:
        return None
    if random.random() < 0.7:
        return Mutated((messages[0] + messages[1], *messages[2:]), 0, "a frame behind the handshake, at once")
    at = frames[0].at
    return Mutated((messages[at], *messages[:at], *messages[at + 1 :]), 0, "a frame before the handshake")


MUTATORS = (
    Mutator("handshake", "RFC 6455 4.2.1", _handshaking(_handshakes)),
    Mutator("offer", "RFC 7692 7.1", _handshaking(_offers)),
    Mutator("frame-head", "RFC 6455 5.2", _editing(_heads)),
    Mutator("mask", "RFC 6455 5.1", _editing(_masks)),
    Mutator("length", "RFC 6455 5.2", _editing(_lengths)),
    Mutator("fragments", "RFC 6455 5.4", _editing(_fragments)),
    Mutator("orphans", "RFC 6455 5.4", _orphans),
    Mutator("close", "RFC 6455 7.4", _closes),
    Mutator("control", "RFC 6455 5.5", _controls),
    Mutator("text", "RFC 6455 8.1", _editing(_texts, TEXT, BINARY, CONTINUATION)),
    Mutator("compressed", "RFC 7692 6.2", _compressed),
    Mutator("early", "RFC 6455 4.1", _early),
)
