"""All TCP and UDP streams of a capture at once, in capture order: bytes, ends and remarks as they become known.

It feeds packets from the index to one reassembler per connection and bounds how many there are. The rules of TCP are in
`reassembly`, one single stream is in `follow`.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from functools import partial

import numpy as np

from captures.arrays import Ints
from captures.capture import Capture
from captures.datagrams import Datagrams
from captures.payloads import batches, payloads
from captures.reassembly import Budget, Reassembler, ReassemblyLimits
from captures.segment import SYN, Segment
from captures.stream_events import Delivered, Ended, EndReason, Noticed, Stream, StreamEvent
from workbench.api import Direction, Note, Severity, Transport

__all__ = ["Delivered", "Ended", "Noticed", "ReassemblyLimits", "Stream", "StreamEvent", "Streams"]

STEP = 16_384
"""Rows looked at in one go."""

EVICTED_SHARE = 16
"""When too many streams are open, this part of them is given up at once, as finding the oldest costs a look at all."""

_OVER, _REFUSED, _EVICTED = 1, 2, 3
_UDP = 17
_TRANSPORTS: tuple[Transport, Transport] = ("tcp", "udp")

_segment = partial(tuple.__new__, Segment)  # what Segment._make does, at a third of the cost


class Streams:
    """Walks the packets of a capture.

    `advance` goes on with those indexed since it was last called, so that a growing file can be followed; `flush` ends what is still
    open. Exhaust each before the next call.
    """

    def __init__(self, capture: Capture, *, limits: ReassemblyLimits | None = None) -> None:
        self._capture = capture
        self._limits = limits or ReassemblyLimits()
        self._budget = Budget()
        self._row = 0
        self._open: dict[int, Reassembler | Datagrams] = {}
        self._datagrams: dict[int, Datagrams] = {}
        """Those of `_open` that are datagrams."""
        self._gone = bytearray()
        """One byte per key: _OVER when the stream's stragglers are to be ignored, _EVICTED when their bytes are missed."""

    @property
    def row(self) -> int:
        """Index rows before this one have been looked at."""
        return self._row

    def advance(self) -> Iterator[StreamEvent]:
        """What the packets indexed since the last call make known."""
        end = len(self._capture.index)
        while self._row < end:
            start, self._row = self._row, min(self._row + STEP, end)
            yield from self.walk(start + np.flatnonzero(self._capture.index.stream[start : self._row] >= 0))

    def walk(self, rows: Ints) -> Iterator[StreamEvent]:
        """What the packets of these index rows (ascending, all with a stream) make known."""
        for part in self.parts(rows):
            for key, segment in part:
                yield from self.feed(key, segment)
            yield from self.evict()

    def parts(self, rows: Ints) -> Iterator[Iterator[tuple[int, Segment]]]:
        """For who walks himself: the packets of these rows in parts, each packet with the key of its stream (twice its number, plus one for
        UDP). `feed` each, and `evict` after each part."""
        for part in batches(self._capture, rows):
            yield self._segments(part)

    def feed(self, key: int, segment: Segment) -> Iterable[StreamEvent]:
        """What a packet makes known."""
        state = self._open.get(key) or self._begin(key, segment.flags)
        if state is None:
            return self._missed(key, segment)
        events = state.receive(segment)
        if events and type(events[-1]) is Ended and state.closed:
            self._forget(key)
        return events

    @property
    def datagrams(self) -> Mapping[int, Datagrams]:
        """What becomes of the datagrams of each open stream over UDP, by key."""
        return self._datagrams

    def flush(self) -> Iterator[StreamEvent]:
        """The capture is over: end all open streams, in the order in which they began."""
        for key in list(self._open):
            yield from self._open[key].finish("capture")
            self._forget(key)

    def _segments(self, rows: Ints) -> Iterator[tuple[int, Segment]]:
        """Key of the stream and content of each packet."""
        index = self._capture.index
        columns = (
            index.direction[rows].tolist(),
            index.seq[rows].tolist(),
            index.ack[rows].tolist(),
            index.tcp_flags[rows].tolist(),
            index.window[rows].tolist(),
            payloads(self._capture, rows),
            index.payload_length[rows].tolist(),
            (rows + 1).tolist(),
            index.time_ns[rows].tolist(),
        )
        keys = index.stream[rows].astype(np.int64) * 2 + (index.ip_protocol[rows] == _UDP)
        return zip(keys.tolist(), map(_segment, zip(*columns, strict=True)), strict=True)

    def _begin(self, key: int, flags: int) -> Reassembler | Datagrams | None:
        """Open a stream; None when it is over already. One that was refused may begin again."""
        gone = self._gone[key] if key < len(self._gone) else 0
        if gone in (_OVER, _EVICTED) or (gone == _REFUSED and not flags & SYN):
            return None
        stream = self._stream(key)
        if key & 1:
            state: Reassembler | Datagrams = self._datagrams.setdefault(key, Datagrams(stream))
        else:
            state = Reassembler(stream, self._limits, recall=self._capture.payload, budget=self._budget)
        self._open[key] = state
        return state

    def _stream(self, key: int) -> Stream:
        number, udp = divmod(key, 2)
        transport = _TRANSPORTS[udp]
        return Stream(transport, number, self._capture.index.flow(transport, number))

    def _missed(self, key: int, segment: Segment) -> Iterator[StreamEvent]:
        """Say once that bytes of a stream are missed because it was evicted."""
        if self._gone[key] == _EVICTED and segment.length:
            self._gone[key] = _OVER
            text = f"more than {self._limits.open_streams} streams were open at once: this one is not followed any further"
            yield Noticed(self._stream(key), segment.packet, Note(Severity.WARN, text), Direction(segment.direction))

    def _forget(self, key: int) -> None:
        state = self._open.pop(key)
        self._datagrams.pop(key, None)
        if key >= len(self._gone):
            self._gone.extend(bytes(key + 1 - len(self._gone)))
        self._gone[key] = _REFUSED if isinstance(state, Reassembler) and state.refused else _OVER

    def evict(self) -> Iterator[StreamEvent]:
        """Keep the number of open streams within the limit; the least recently used go."""
        surplus = len(self._open) - self._limits.open_streams
        if surplus <= 0:
            return
        count = min(len(self._open), surplus + self._limits.open_streams // EVICTED_SHARE)
        oldest = heapq.nsmallest(count, self._open.items(), key=lambda item: item[1].packet)
        reason: EndReason = "limit"
        for key, state in oldest:
            yield from state.finish(reason)
            self._forget(key)
            self._gone[key] = _EVICTED
