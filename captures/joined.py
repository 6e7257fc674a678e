"""The bytes of undisturbed TCP streams, whole: both directions joined, with a map back to packets. Which those are: `undisturbed`."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from captures.arrays import Ints
from captures.capture import Capture
from captures.payloads import batches, payloads
from captures.undisturbed import Segments

__all__ = ["JoinedSide", "JoinedStream", "join", "size_of"]


@dataclass(frozen=True, slots=True)
class JoinedSide:
    """One direction: its bytes, and for each of its segments in order where it ends, which packet carried it, and with which packet it
    became available. `ended`: a FIN came at the end."""

    data: bytes
    ends: Ints
    carriers: Ints
    released: Ints
    ended: bool


@dataclass(frozen=True, slots=True)
class JoinedStream:
    """`tcp.stream` number and both directions."""

    number: int
    sides: tuple[JoinedSide, JoinedSide]


def size_of(capture: Capture, segments: Segments) -> int:
    """Bytes that `join` would hold."""
    return int(capture.index.payload_length[segments.rows].sum(dtype=np.int64))


def join(capture: Capture, segments: Segments) -> Iterator[JoinedStream]:
    """The streams that have bytes, in the order of their numbers. Reads the file once and holds all those bytes in memory."""
    ascending = np.argsort(segments.rows, kind="stable")
    place = np.empty_like(ascending)
    place[ascending] = np.arange(len(ascending))
    found: list[bytes] = []
    for batch in batches(capture, segments.rows[ascending]):
        found += payloads(capture, batch)
    pieces = list(map(found.__getitem__, place.tolist()))
    bounds = np.searchsorted(segments.keys, np.arange(len(segments.ended) + 1)).tolist()
    carriers = segments.rows + 1

    def side(key: int) -> JoinedSide:
        part = slice(bounds[key], bounds[key + 1])
        data = b"".join(pieces[part])
        return JoinedSide(data, segments.ends[part], carriers[part], segments.released[part], bool(segments.ended[key]))

    for number in np.flatnonzero(segments.calm).tolist():
        sides = side(2 * number), side(2 * number + 1)
        if sides[0].data or sides[1].data:
            yield JoinedStream(number, sides)
