"""One stream in the fast lane: which protocol it is, and what that and its successors skim."""

import gc
import heapq
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dissectors.detect import MOST_DATA, Wait
from dissectors.flow_state import MOST_HANDOFFS
from dissectors.guide import Guide
from dissectors.lines import Waiting
from workbench.api import Dialogue, Direction, FlowKey, ProtocolSpec, Skim, SkimmedSide

if TYPE_CHECKING:  # numpy loads only when a capture is dissected
    from captures.capture import Capture
    from captures.joined import JoinedSide, JoinedStream
    from captures.undisturbed import Segments

__all__ = ["Skimming"]


class Skimming:
    """The undisturbed streams of a capture and their protocols."""

    def __init__(self, capture: "Capture", segments: "Segments", guide: Guide) -> None:
        self.capture = capture
        self._segments = segments
        self._guide = guide
        self._specs: dict[int, ProtocolSpec] = {}
        """The first protocol of each stream that `begins`."""

    def begins(self, number: int) -> bool:
        """Whether the first protocol of a stream has a fast lane; looks at its first segments only."""
        spec = self._detect(number, self.capture.index.flow("tcp", number))
        if spec is None or spec.skim is None:
            return False
        self._specs[number] = spec
        return True

    def skim(self, numbers: Any, waiting: Waiting) -> list[int]:
        """Skim streams that begin well; gives the numbers of those that go on otherwise."""
        from captures.joined import join

        # skimmers make many objects and hardly a cycle: looking for cycles meanwhile takes a tenth of their time
        collecting = gc.isenabled()
        gc.disable()
        try:
            return [
                stream.number for stream in join(self.capture, self._segments, numbers) if not self._skim_whole(stream, waiting)
            ]
        finally:
            if collecting:
                gc.enable()

    def _detect(self, number: int, flow: FlowKey) -> ProtocolSpec | None:
        """What detection would say, step by step, as the segments become available."""
        first: dict[Direction, bytes] = {}
        for packet, way in self._arrivals(number):
            known = first.get(way, b"")
            if len(known) < MOST_DATA:
                first[way] = known + self.capture.payload(packet)[: MOST_DATA - len(known)]
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

    def _skim_whole(self, stream: "JoinedStream", waiting: Waiting) -> bool:
        """All protocols of a stream, one after the other; whether all could be skimmed."""
        spec: ProtocolSpec | None = self._specs[stream.number]
        at = 0, 0
        facts: Any = {}
        found: list[tuple[SkimmedSide, JoinedSide, int]] = []
        for _ in range(MOST_HANDOFFS):
            skim = self._skim(spec, stream, at, facts)
            if skim is None:
                return False
            found += zip(skim.sides, stream.sides, at, strict=True)
            at = at if skim.rest is None else (at[0] + skim.rest[0], at[1] + skim.rest[1])
            if skim.rest is None or all(at[way] == len(side.data) for way, side in enumerate(stream.sides)):
                for skimmed, side, start in found:
                    waiting.add(skimmed, side, start, stream.number)
                return True
            spec, facts = (self._guide.named(skim.protocol) if skim.protocol else None), skim.facts
        return False

    def _skim(self, spec: ProtocolSpec | None, stream: "JoinedStream", at: tuple[int, int], facts: Any) -> Skim | None:
        skimmer = None if spec is None else spec.skim
        if skimmer is None:
            return None
        up, down = stream.sides

        # plain numbers: numpy is slow about one at a time, and some ask like that
        places = [(side.ends.tolist(), side.released.tolist()) for side in stream.sides]

        def packets_at(direction: Direction, offsets: Sequence[int]) -> list[int]:
            ends, released = places[direction]
            start, last = at[direction], len(ends) - 1
            return [released[min(bisect_left(ends, offset + start), last)] if ends else 0 for offset in offsets]

        data = (up.data[at[0] :] if at[0] else up.data, down.data[at[1] :] if at[1] else down.data)
        try:
            return skimmer(Dialogue(data, (up.ended, down.ended), packets_at, facts))
        except Exception:  # the decoder says it then; that a skimmer must not raise is a law
            return None
