"""One stream of a capture, from its own packets only: the bytes of both directions in the order in which they became available."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from captures.capture import Capture
from captures.stream_events import Delivered, Ended, Noticed, Stream, StreamEvent
from captures.streams import ReassemblyLimits, Streams
from workbench.api import Chunk, Direction, Transport, UsageError

__all__ = ["MAX_FOLLOWED", "Conversation", "chunks_of_stream", "follow", "growing_stream"]

MAX_FOLLOWED = 64 << 20
"""Bytes of one conversation held in memory unless asked for more: nobody reads farther, and exports go through files."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A stream with its content. `truncated` says that there is more than was asked for."""

    stream: Stream
    chunks: tuple[Chunk, ...]
    notes: tuple[Noticed, ...]
    ends: tuple[Ended, ...]
    truncated: bool = False

    def data(self, direction: Direction) -> bytes:
        """All captured bytes of one direction, lost ones left out."""
        return b"".join(chunk.data for chunk in self.chunks if chunk.direction is direction)

    def lost(self, direction: Direction) -> int:
        """Bytes of one direction that are missing before captured ones."""
        return sum(chunk.gap for chunk in self.chunks if chunk.direction is direction)


def chunks_of_stream(
    capture: Capture, transport: Transport, number: int, *, limits: ReassemblyLimits | None = None
) -> Iterator[StreamEvent]:
    """The events of one stream, as far as the capture is indexed. Raises UsageError when there is no such stream."""
    return (event for event in growing_stream(capture, transport, number, limits=limits) if event is not None)


def growing_stream(
    capture: Capture, transport: Transport, number: int, *, beside: Sequence[int] = (), limits: ReassemblyLimits | None = None
) -> Iterator[StreamEvent | None]:
    """Like `chunks_of_stream`, with None whenever everything indexed was told. Who stops there can go on when more was indexed; who goes
    on although there is no more ends the stream. The events of streams `beside` it come with it, in their places."""
    count = capture.index.stream_count(transport)
    if not 0 <= number < count:
        remedy = f"Streams are numbered from 0 to {count - 1}" if count else f"There is no {transport.upper()} in this capture"
        raise UsageError(f"there is no {transport} stream {number}", place=str(capture.path), remedy=remedy)
    return _walk(capture, transport, (number, *beside), limits)


def follow(capture: Capture, transport: Transport, number: int, *, max_bytes: int = MAX_FOLLOWED) -> Conversation:
    """Read one stream, at most about `max_bytes` of it. Raises UsageError when there is no such stream."""
    chunks: list[Chunk] = []
    notes: list[Noticed] = []
    ends: list[Ended] = []
    size = 0
    for event in chunks_of_stream(capture, transport, number):
        if isinstance(event, Delivered):
            if size and size + len(event.chunk.data) > max_bytes:
                break
            size += len(event.chunk.data)
            chunks.append(event.chunk)
        elif isinstance(event, Noticed):
            notes.append(event)
        else:
            ends.append(event)
    else:
        return Conversation(_stream(capture, transport, number), tuple(chunks), tuple(notes), tuple(ends))
    return Conversation(_stream(capture, transport, number), tuple(chunks), tuple(notes), tuple(ends), truncated=True)


def _stream(capture: Capture, transport: Transport, number: int) -> Stream:
    return Stream(transport, number, capture.index.flow(transport, number))


def _walk(
    capture: Capture, transport: Transport, numbers: tuple[int, ...], limits: ReassemblyLimits | None
) -> Iterator[StreamEvent | None]:
    streams, walked = Streams(capture, limits=limits), 0
    while (end := len(capture.index)) > walked:
        rows = np.sort(np.concatenate([capture.index.packets_of(transport, number) for number in numbers])) - 1
        first, last = np.searchsorted(rows, (walked, end))
        yield from streams.walk(rows[first:last])
        walked = end
        yield None
    yield from streams.flush()
