"""The bytes of undisturbed TCP streams, whole: both directions joined, with a map back to packets. Which those are: `undisturbed`."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from captures.arrays import Ints
from captures.capture import Capture
from captures.payloads import batches, payloads
from captures.undisturbed import Segments

__all__ = ["JoinedSide", "JoinedStream", "join"]


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


def join(capture: Capture, segments: Segments, numbers: Ints) -> Iterator[JoinedStream]:
    """Those undisturbed streams, in that order. Their bytes are read at once, in the order of the file, and held together in memory."""
    keys = np.stack((2 * numbers, 2 * numbers + 1), axis=1).ravel()
    low, high = np.searchsorted(segments.keys, keys), np.searchsorted(segments.keys, keys, side="right")
    chosen = np.concatenate([np.arange(*span) for span in zip(low, high, strict=True)]) if len(keys) else low
    rows = segments.rows[chosen]
    ascending = np.argsort(rows, kind="stable")
    pieces = [b""] * len(rows)
    at = 0
    for batch in batches(capture, rows[ascending]):
        for place, data in zip(ascending[at : at + len(batch)].tolist(), payloads(capture, batch), strict=True):
            pieces[place] = data
        at += len(batch)
    sides: list[JoinedSide] = []
    at = 0
    for key, first, last in zip(keys.tolist(), low.tolist(), high.tolist(), strict=True):
        data = b"".join(pieces[at : at + last - first])
        at += last - first
        part = slice(first, last)
        ended = bool(segments.ended[key])
        sides.append(JoinedSide(data, segments.ends[part], segments.rows[part] + 1, segments.released[part], ended))
        if key & 1:
            yield JoinedStream(key >> 1, (sides[0], sides[1]))
            sides.clear()
