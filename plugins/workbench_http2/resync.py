"""Finding frames again: where bytes were lost, or where a capture begins in the middle, a place is looked for at which two frames follow
each other. Nothing in HTTP/2 marks the beginning of a frame."""

import re
from typing import NamedTuple

from workbench_http2.frames import HEADER
from workbench_http2.limits import DEFAULT_FRAME_SIZE
from workbench_http2.names import FLAGS, Type

__all__ = ["Found", "find_frames", "plausible"]

_LIKELY = re.compile(rb"(?=\x00[\x00-\x40].[\x00-\x0a\x0c\x10].\x00)", re.DOTALL)
"""The first bytes of a frame of at most the default size, of a known type, and on one of the first 16 million streams. Takes no bytes:
places may overlap."""

_ON_CONNECTION = frozenset((Type.SETTINGS, Type.PING, Type.GOAWAY, Type.ORIGIN, Type.PRIORITY_UPDATE))
_ANYWHERE = frozenset((Type.WINDOW_UPDATE, Type.ALTSVC))
_TYPES = frozenset(int(member) for member in Type)
_KNOWN_FLAGS = {kind: sum(mask for mask, _, _ in flags) for kind, flags in FLAGS.items()}
_BITS_31 = 0x7FFFFFFF
_SIZES: dict[int, int] = {Type.PRIORITY: 5, Type.RST_STREAM: 4, Type.PING: 8, Type.WINDOW_UPDATE: 4}


class Found(NamedTuple):
    """`at`: no frame begins before it. `sure`: one begins there; else it is undecided until more bytes come."""

    at: int
    sure: bool


def plausible(data: bytes | bytearray, at: int = 0, most: int = DEFAULT_FRAME_SIZE) -> int | None:
    """The length of the payload where nine bytes make a sensible header of a known type; None otherwise."""
    head = data[at : at + HEADER]
    if len(head) < HEADER:
        return None
    length, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
    stream = int.from_bytes(head[5:9], "big")
    if length > most or kind not in _TYPES or stream > _BITS_31:
        return None
    if kind not in _ANYWHERE and (stream == 0) is not (kind in _ON_CONNECTION):
        return None
    if flags & ~_KNOWN_FLAGS.get(kind, 0) or length != _SIZES.get(kind, length):
        return None
    if kind == Type.SETTINGS and (length % 6 or (flags and length)):
        return None
    return None if kind == Type.GOAWAY and length < 8 else length


def find_frames(data: bytes | bytearray, at: int, *, ended: bool) -> Found:
    """The first place from `at` on where a frame begins behind which another one begins, or the data end (`ended`: no more will follow)."""
    size = len(data)
    for match in _LIKELY.finditer(data, at):
        start = match.start()
        length = plausible(data, start)
        if length is None:
            if start + HEADER > size and not ended:
                return Found(start, False)
            continue
        behind = start + HEADER + length
        if behind + HEADER > size:
            if not ended:
                return Found(start, False)
            if behind == size:
                return Found(start, True)
        elif plausible(data, behind) is not None:
            return Found(start, True)
    return Found(size if ended else max(at, size - HEADER + 1), False)
