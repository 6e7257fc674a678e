"""A client's session as frames, for whoever wants to say it differently; nothing here asks whether it is right."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from workbench.api import Mutated
from workbench_http2.server_frames import HEADER, PADDED, PREFACE, PRIORITY, Frame, FrameType

__all__ = ["Edit", "Edited", "Place", "adding", "block_of", "editing", "fields", "next_stream", "request", "session"]


MOST = 200
"""Frames of a session that are looked at: behind a flood of them nothing is to be found that was not before it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A frame, and where it lies: `[start, end)` of a message (by index)."""

    message: int
    start: int
    end: int
    frame: Frame


def session(messages: Sequence[bytes]) -> list[Place]:
    """The first whole frames of a session, each message for itself; the preface is none."""
    places: list[Place] = []
    for number, message in enumerate(messages):
        start = len(PREFACE) if message.startswith(PREFACE) else 0
        while len(places) < MOST and len(message) >= start + HEADER:
            end = start + HEADER + int.from_bytes(message[start : start + 3], "big")
            if end > len(message):
                break
            stream = int.from_bytes(message[start + 5 : start + HEADER], "big") & 0x7FFF_FFFF
            frame = Frame(message[start + 3], message[start + 4], stream, message[start + HEADER : end])
            places.append(Place(number, start, end, frame))
            start = end
    return places


Edited = tuple[bytes, str]
"""What is said in the place of a frame, or besides, and what that is."""
Edit = Callable[[Frame, Random], Edited | None]


def editing(edit: Edit, *kinds: FrameType) -> Callable[[Sequence[bytes], Random], Mutated | None]:
    """A mutator's change that puts something in the place of one frame, of these types or of any."""

    def change(messages: Sequence[bytes], random: Random) -> Mutated | None:
        places = [place for place in session(messages) if not kinds or place.frame.type in kinds]
        if not places:
            return None
        place = random.choice(places)
        edited = edit(place.frame, random)
        if edited is None:
            return None
        message = messages[place.message]
        return Mutated.put(messages, place.message, message[: place.start] + edited[0] + message[place.end :], edited[1])

    return change


def adding(made: Callable[[int, Random], Edited]) -> Callable[[Sequence[bytes], Random], Mutated | None]:
    """A mutator's change that says something more between two messages, behind the first. It is told the next unused stream."""

    def change(messages: Sequence[bytes], random: Random) -> Mutated | None:
        places = session(messages)
        if not places:
            return None
        more, what = made(next_stream(places), random)
        return Mutated.added(messages, random.randint(1, len(messages)), [more], what)

    return change


def next_stream(places: Sequence[Place]) -> int:
    """The first stream that no frame of a session is on (RFC 9113 5.1.1: clients use odd ones)."""
    return max([place.frame.stream for place in places if place.frame.stream < 2**30], default=0) + 1 | 1


def block_of(frame: Frame) -> tuple[bytes, bytes, bytes]:
    """What stands before the header block of HEADERS, the block, and the padding behind it (RFC 9113 6.2)."""
    start = (1 if frame.flags & PADDED else 0) + (5 if frame.flags & PRIORITY else 0)
    end = len(frame.payload) - (frame.payload[0] if frame.flags & PADDED and frame.payload else 0)
    end = max(start, end)
    return frame.payload[:start], frame.payload[start:end], frame.payload[end:]


def fields(*pairs: tuple[bytes, bytes]) -> bytes:
    """Literal field lines of any length, without index and Huffman code (RFC 7541 6.2.2)."""
    return b"".join(b"\0" + _text(name) + _text(value) for name, value in pairs)


def _text(value: bytes) -> bytes:
    size, head = len(value), bytearray()
    if size < 127:
        return bytes((size,)) + value
    head.append(127)
    size -= 127
    while size > 127:
        head.append(size & 127 | 128)
        size >>= 7
    head.append(size)
    return bytes(head) + value


def request(method: bytes = b"GET", path: bytes = b"/", *more: tuple[bytes, bytes]) -> bytes:
    """The block of an ordinary request."""
    return fields((b":method", method), (b":scheme", b"http"), (b":path", path), (b":authority", b"workbench.test"), *more)
