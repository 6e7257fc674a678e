"""Joined streams against packet-by-packet reassembly of the same capture."""

import numpy as np

from captures.capture import Capture
from captures.joined import join
from captures.stream_events import Delivered
from captures.streams import Streams
from captures.undisturbed import undisturbed
from workbench.api import Chunk


def compare_with_reassembly(capture: Capture) -> int:
    """Assert that every undisturbed stream is what reassembly delivers, segment by segment; returns how many there were."""
    streams = Streams(capture)
    chunks: dict[tuple[int, int], list[Chunk]] = {}
    ended: set[tuple[int, int]] = set()
    for event in [*streams.advance(), *streams.flush()]:
        if event.stream.transport == "tcp" and isinstance(event, Delivered):
            key = event.stream.number, int(event.chunk.direction)
            if event.chunk.data or event.chunk.gap:
                chunks.setdefault(key, []).append(event.chunk)
            if event.chunk.last:
                ended.add(key)
    segments = undisturbed(capture.index)
    joined = list(join(capture, segments, np.flatnonzero(segments.calm)))
    for stream in joined:
        for way, side in enumerate(stream.sides):
            expected = chunks.get((stream.number, way), [])
            assert not any(chunk.gap for chunk in expected)
            assert side.data == b"".join(chunk.data for chunk in expected)
            assert side.ends.tolist() == [chunk.end for chunk in expected]
            assert side.carriers.tolist() == [chunk.carrier for chunk in expected]
            assert side.released.tolist() == [chunk.packet for chunk in expected]
            assert not side.ended or (stream.number, way) in ended
    return len(joined)
