"""All TCP and UDP streams of a capture at once, in capture order: bytes, ends and remarks as they become known.

It feeds packets from the index to one reassembler per connection and bounds how many there are. The rules of TCP are in
`reassembly`, one single stream is in `follow`.
"""

import heapq
from collections.abc import Iterator

import numpy as np

from captures.arrays import Ints
from captures.capture import Capture
from captures.datagrams import Datagrams
from captures.payloads import batches, payloads
from captures.reassembly import Budget, Reassembler, ReassemblyLimits
from captures.segment import SYN, Segment
from captures.stream_events import Delivered, Ended, EndReason, Noticed, Stream, StreamEvent
from workbench.api import Note, Severity, Transport

__all__ = ["Delivered", "Ended", "Noticed", "ReassemblyLimits", "Stream", "StreamEvent", "Streams"]

STEP = 16_384
"""Rows looked at in one go."""

EVICTED_SHARE = 16
"""When too many streams are open, this part of them is given up at once, as finding the oldest costs a look at all."""

_OVER, _REFUSED = 1, 2
_TCP, _UDP = 6, 17
_TRANSPORTS: dict[int, Transport] = {_TCP: "tcp", _UDP: "udp"}


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
        self._open: dict[tuple[int, int], Reassembler | Datagrams] = {}
        self._gone = {_TCP: bytearray(), _UDP: bytearray()}
        """One byte per stream number: _OVER when its stragglers are to be ignored."""

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
        for part in batches(self._capture, rows):
            for protocol, number, segment in self._segments(part):
                state = self._open.get((protocol, number)) or self._begin(protocol, number, segment.flags)
                if state is None:
                    continue
                events = state.receive(segment)
                if events:
                    yield from events
                    if type(events[-1]) is Ended and state.closed:
                        self._forget(protocol, number)
            yield from self._evict()

    def flush(self) -> Iterator[StreamEvent]:
        """The capture is over: end all open streams, in the order in which they began."""
        for protocol, number in list(self._open):
            yield from self._open[protocol, number].finish("capture")
            self._forget(protocol, number)

    def _segments(self, rows: Ints) -> Iterator[tuple[int, int, Segment]]:
        """IP protocol, stream number and content of each packet."""
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
        segments = map(Segment._make, zip(*columns, strict=True))
        return zip(index.ip_protocol[rows].tolist(), index.stream[rows].tolist(), segments, strict=True)

    def _begin(self, protocol: int, number: int, flags: int) -> Reassembler | Datagrams | None:
        """Open a stream; None when it is over already. One that was refused may begin again."""
        gone = self._gone[protocol]
        if number < len(gone) and (gone[number] == _OVER or (gone[number] == _REFUSED and not flags & SYN)):
            return None
        transport = _TRANSPORTS[protocol]
        stream = Stream(transport, number, self._capture.index.flow(transport, number))
        if protocol == _UDP:
            state: Reassembler | Datagrams = Datagrams(stream)
        else:
            state = Reassembler(stream, self._limits, recall=self._capture.payload, budget=self._budget)
        self._open[protocol, number] = state
        return state

    def _forget(self, protocol: int, number: int) -> None:
        state = self._open.pop((protocol, number))
        gone = self._gone[protocol]
        if number >= len(gone):
            gone.extend(bytes(number + 1 - len(gone)))
        gone[number] = _REFUSED if isinstance(state, Reassembler) and state.refused else _OVER

    def _evict(self) -> Iterator[StreamEvent]:
        """Keep the number of open streams within the limit; the least recently used go."""
        surplus = len(self._open) - self._limits.open_streams
        if surplus <= 0:
            return
        count = min(len(self._open), surplus + self._limits.open_streams // EVICTED_SHARE)
        oldest = heapq.nsmallest(count, self._open.items(), key=lambda item: item[1].packet)
        text = f"more than {self._limits.open_streams} streams are open at once: this one is not followed any further"
        reason: EndReason = "limit"
        for (protocol, number), state in oldest:
            yield from state.finish(reason)
            yield Noticed(state.stream, state.packet, Note(Severity.WARN, text))
            self._forget(protocol, number)
