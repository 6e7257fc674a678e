"""A client's session as what its streams say, for whoever wants to say it differently; nothing here asks whether it is right."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from workbench.api import FrameError, Mutated, StreamData, read_frame, read_varint, varint
from workbench_http3.names import Type

__all__ = ["CONTROL", "Said", "adding", "editing", "fields", "frame", "long", "next_stream", "request", "said"]

CONTROL = 2
"""Where the sessions of the seeds have their control stream."""
_ONE_WAY = 2
"""Bit of the numbers of streams that go one way (RFC 9000 2.1)."""
_MOST = 64
"""HTTP/3 frames of one message that are looked at."""


@dataclass(frozen=True, slots=True)
class Said:
    """An HTTP/3 frame of a request: `[start, end)` of what the STREAM frame `data`, which is message `at`, says."""

    at: int
    data: StreamData
    start: int
    end: int
    type: int
    payload: bytes

    def replaced(self, raw: bytes, *, end: bool | None = None) -> bytes:
        """The message with something else in its place."""
        said = self.data.data[: self.start] + raw + self.data.data[self.end :]
        return bytes(StreamData(self.data.stream, said, self.data.end if end is None else end))


def _streams(messages: Sequence[bytes]) -> list[tuple[int, StreamData]]:
    found = []
    for at, raw in enumerate(messages):
        try:
            read = read_frame(raw)
        except FrameError:
            continue
        if read is not None and read[1] == len(raw) and isinstance(read[0], StreamData):
            found.append((at, read[0]))
    return found


def said(messages: Sequence[bytes]) -> list[Said]:
    """The whole HTTP/3 frames (RFC 9114 7.1) that STREAM frames of requests begin with."""
    found: list[Said] = []
    for at, data in _streams(messages):
        start = 0
        while not data.stream & _ONE_WAY and start < len(data.data) and len(found) < _MOST:
            kind = read_varint(data.data, start)
            size = read_varint(data.data, kind[1]) if kind is not None else None
            if kind is None or size is None or size[1] + size[0] > len(data.data):
                break
            end = size[1] + size[0]
            found.append(Said(at, data, start, end, kind[0], data.data[size[1] : end]))
            start = end
    return found


def next_stream(messages: Sequence[bytes]) -> int:
    """The first stream for requests that is not in use (RFC 9000 2.1: 0, 4, 8, …)."""
    used = [data.stream for _, data in _streams(messages) if not data.stream & 3 and data.stream < 1 << 40]
    return max(used, default=-4) + 4


Edit = Callable[[Said, Random], tuple[bytes, str] | None]
"""What is said in the place of a frame, and what that is."""


def editing(edit: Edit, *types: int) -> Callable[[Sequence[bytes], Random], Mutated | None]:
    """A mutator's change that puts something in the place of a frame of a request, of these types or of any."""

    def change(messages: Sequence[bytes], random: Random) -> Mutated | None:
        places = [each for each in said(messages) if not types or each.type in types]
        if not places:
            return None
        place = random.choice(places)
        edited = edit(place, random)
        return Mutated.put(messages, place.at, place.replaced(edited[0]), edited[1]) if edited is not None else None

    return change


def adding(made: Callable[[int, Random], tuple[bytes, str]]) -> Callable[[Sequence[bytes], Random], Mutated | None]:
    """A mutator's change that says something more between two messages. It is told the next unused stream."""

    def change(messages: Sequence[bytes], random: Random) -> Mutated | None:
        if not _streams(messages):
            return None
        more, what = made(next_stream(messages), random)
        return Mutated.added(messages, random.randint(0, len(messages)), [more], what)

    return change


def frame(kind: int, payload: bytes = b"", *, length: int | None = None) -> bytes:
    """An HTTP/3 frame, its length right or not."""
    return varint(kind) + varint(len(payload) if length is None else length) + payload


def long(value: int, size: int) -> bytes:
    """An integer in more bytes than it needs (RFC 9000 16)."""
    mark = {1: 0, 2: 1, 4: 2, 8: 3}[size]
    return ((value & (1 << (8 * size - 2)) - 1) | mark << (8 * size - 2)).to_bytes(size, "big")


def fields(*pairs: tuple[bytes, bytes]) -> bytes:
    """A field section of literals with literal names (RFC 9204 4.5.6), of any length."""
    return b"\0\0" + b"".join(_prefixed(name, 0x20, 3) + _prefixed(value, 0, 7) for name, value in pairs)


def _prefixed(text: bytes, first: int, bits: int) -> bytes:
    """A string behind its length (RFC 9204 4.1.2)."""
    full = (1 << bits) - 1
    if len(text) < full:
        return bytes((first | len(text),)) + text
    rest, head = len(text) - full, bytearray((first | full,))
    while rest > 127:
        head.append(rest & 127 | 128)
        rest >>= 7
    head.append(rest)
    return bytes(head) + text


def request(method: bytes = b"GET", path: bytes = b"/health", *more: tuple[bytes, bytes]) -> bytes:
    """HEADERS of an ordinary request."""
    named = ((b":method", method), (b":scheme", b"https"), (b":authority", b"workbench.test"), (b":path", path))
    return frame(Type.HEADERS, fields(*named, *more))
