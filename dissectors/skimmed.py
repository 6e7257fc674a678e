"""One stream in the fast lane: which protocol it is, what that and its successors skim, and which packets carried each message."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dissectors.detect import MOST_DATA, Wait
from dissectors.flow_state import MOST_HANDOFFS, Guide
from workbench.api import Dialogue, Direction, FlowKey, ProtocolSpec, Skim, SkimmedRow, Skimmer

if TYPE_CHECKING:  # numpy loads only when a capture is dissected
    from captures.capture import Capture
    from captures.joined import JoinedSide, JoinedStream
    from captures.undisturbed import Segments

__all__ = ["Line", "Skimming"]

Line = tuple[int, str, str]
"""Number of the packet that completed a message, and its JSON object in two pieces, since copying long lines takes its time."""


class Skimming:
    """The undisturbed streams of a capture and their protocols."""

    def __init__(
        self, capture: "Capture", segments: "Segments", guide: Guide, skimmer_of: Callable[[ProtocolSpec], Skimmer | None]
    ) -> None:
        self._capture = capture
        self._segments = segments
        self._guide = guide
        self._skimmer_of = skimmer_of
        self._specs: dict[int, ProtocolSpec] = {}
        """The first protocol of each stream that `begins`."""

    def begins(self, number: int) -> bool:
        """Whether the first protocol of a stream has a fast lane; looks at its first segments only."""
        spec = self._detect(number, self._capture.index.flow("tcp", number))
        if spec is None or self._skimmer_of(spec) is None:
            return False
        self._specs[number] = spec
        return True

    def lines(self, numbers: Any) -> Iterator[tuple[int, list[Line] | None]]:
        """The lines of streams that begin well; None for one that goes on otherwise."""
        from captures.joined import join

        for stream in join(self._capture, self._segments, numbers):
            yield stream.number, self._lines(stream)

    def _detect(self, number: int, flow: FlowKey) -> ProtocolSpec | None:
        """What detection would say, step by step, as the segments become available."""
        first: dict[Direction, bytes] = {}
        for packet, way in self._arrivals(number):
            known = first.get(way, b"")
            if len(known) < MOST_DATA:
                first[way] = known + self._capture.payload(packet)[: MOST_DATA - len(known)]
            full = any(len(data) >= MOST_DATA for data in first.values())
            found = self._guide.detect(flow, first, tuple(Direction) if full else (), [], pinned=True)
            if not isinstance(found, Wait):
                return found
        return None

    def _arrivals(self, number: int) -> Iterator[tuple[int, Direction]]:
        """(packet, direction) of the segments as they became available."""
        segments = self._segments

        def of(way: Direction) -> Iterator[tuple[int, int, Direction, int]]:
            low, high = segments.keys.searchsorted((2 * number + way, 2 * number + way + 1)).tolist()
            for place in range(low, high):
                yield int(segments.released[place]), place, way, int(segments.rows[place]) + 1

        return ((packet, way) for _, _, way, packet in heapq.merge(of(Direction.TO_SERVER), of(Direction.TO_CLIENT)))

    def _lines(self, stream: "JoinedStream") -> list[Line] | None:
        spec: ProtocolSpec | None = self._specs[stream.number]
        at = [0, 0]
        facts: Any = {}
        lines: list[Line] = []
        for _ in range(MOST_HANDOFFS):
            skim = self._skim(spec, stream, at, facts)
            if skim is None:
                return None
            lines += _placed(skim, stream, at, self._capture.index.time_ns)
            if skim.rest is None:
                return lines
            at = [at[0] + skim.rest[0], at[1] + skim.rest[1]]
            if all(at[way] == len(side.data) for way, side in enumerate(stream.sides)):
                return lines
            spec, facts = (self._guide.named(skim.protocol) if skim.protocol else None), skim.facts
        return None

    def _skim(self, spec: ProtocolSpec | None, stream: "JoinedStream", at: list[int], facts: Any) -> Skim | None:
        skimmer = None if spec is None else self._skimmer_of(spec)
        if skimmer is None:
            return None
        up, down = stream.sides

        def packet_at(direction: Direction, offset: int) -> int:
            side = stream.sides[direction]
            if not len(side.ends):
                return 0
            return int(side.released[min(int(side.ends.searchsorted(offset + at[direction])), len(side.ends) - 1)])

        data = (up.data[at[0] :] if at[0] else up.data, down.data[at[1] :] if at[1] else down.data)
        try:
            return skimmer(Dialogue(data, (up.ended, down.ended), packet_at, facts))
        except Exception:  # the decoder says it then; that a skimmer must not raise is a law
            return None


def _placed(skim: Skim, stream: "JoinedStream", at: list[int], times: Any) -> list[Line]:
    """The skimmed rows with the packets that carried them."""
    lines: list[Line] = []
    for way, side in enumerate(stream.sides):
        rows = [row for row in skim.rows if row[0] == way]
        if rows:
            lines += _located(rows, side, at[way], stream.number, times)
    return lines


def _located(rows: Sequence[SkimmedRow], side: "JoinedSide", at: int, number: int, times: Any) -> list[Line]:
    import numpy as np

    _, starts, ends, texts = zip(*rows, strict=True)
    first = side.ends.searchsorted(np.array(starts, np.int64) + at, side="right")
    last = side.ends.searchsorted(np.array(ends, np.int64) + at)
    packets = side.released[last]
    carriers = side.carriers.tolist()
    places = zip(packets.tolist(), times[packets - 1].tolist(), first.tolist(), last.tolist(), texts, strict=True)
    lines: list[Line] = []
    for packet, time_ns, low, high, text in places:
        among = carriers[low] if low == high else ",".join(map(str, sorted(carriers[low : high + 1])))
        lines.append((packet, f'{{"packet":{packet},"packets":[{among}],"time_ns":{time_ns},"stream":{number},', f"{text}}}"))
    return lines
