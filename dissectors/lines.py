"""Skimmed messages on their way to becoming lines: they wait until their turn is certain, and are written in runs, by packet.

A million lines are never a million objects here: what the engine knows of a message are numbers in columns, and its text is copied once.
"""

import heapq
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from workbench.api import SkimmedSide

if TYPE_CHECKING:  # numpy loads only when a capture is dissected
    from captures.joined import JoinedSide

__all__ = ["Line", "Others", "Waiting"]

Line = tuple[int, str]
"""Number of the packet in whose turn a message was made, and its JSON object."""

RUN = 256
"""Lines given at once: writing them one by one costs more than making them."""


class Others:
    """Lines that were made by decoders, by packet: those of a walk over the capture, and those of streams decoded meanwhile."""

    def __init__(self, walk: Iterator[Line]) -> None:
        self._walk = walk
        self._next = next(walk, None)
        self._more: list[tuple[int, int, str]] = []
        self._count = 0

    def add(self, lines: Iterable[Line]) -> None:
        """The lines of one more stream."""
        for packet, text in lines:
            self._count += 1  # lines of one packet keep their order
            heapq.heappush(self._more, (packet, self._count, text))

    @property
    def packet(self) -> int | None:
        """The packet of the next line; None when there is none."""
        packets = [line[0] for line in (self._next, self._more[0] if self._more else None) if line is not None]
        return min(packets, default=None)

    def take(self) -> str:
        """The next line."""
        following = self._next
        if self._more and (following is None or self._more[0][0] <= following[0]):
            return heapq.heappop(self._more)[2]
        assert following is not None
        self._next = next(self._walk, None)
        return following[1]


class Waiting:
    """Skimmed rows of several streams. `times` gives the time of each packet, from 1."""

    def __init__(self, times: Any) -> None:
        self._times = times
        self._columns: list[tuple[Any, Any, Any]] = []
        """Packet, stream and carrier of the texts, in arrays; a negative carrier is the place of several ones, counted from the end."""
        self._texts: list[str] = []
        self._several: list[str] = []

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, skimmed: SkimmedSide, side: "JoinedSide", at: int, stream: int) -> None:
        """Messages of one direction, whose offsets count from `at` of its bytes."""
        import numpy as np

        if not skimmed.ends:
            return
        ends = np.array(skimmed.ends, np.int64) + at
        first = side.ends.searchsorted(np.concatenate(([at], ends[:-1])), side="right")
        last = side.ends.searchsorted(ends)
        carriers = side.carriers[last]
        spread = np.flatnonzero(first != last)
        if len(spread):
            carriers[spread] = -1 - len(self._several) - np.arange(len(spread))
            those = side.carriers.tolist()
            for low, high in zip(first[spread].tolist(), last[spread].tolist(), strict=True):
                self._several.append(",".join(map(str, sorted(those[low : high + 1]))))
        self._columns.append((side.released[last], np.full(len(ends), stream), carriers))
        self._texts += skimmed.texts

    def give(self, until: int | None, others: Others) -> Iterator[str]:
        """All lines for packets before `until`, with those that `others` have between them; each item is one line or many."""
        import numpy as np

        if not self._texts:
            return
        packets, streams, carriers = (np.concatenate(column) for column in zip(*self._columns, strict=True))
        order = np.argsort(packets, kind="stable")
        ready = order if until is None else order[: int(packets[order].searchsorted(until))]
        texts = [self._texts[place] for place in ready.tolist()]
        chosen = packets[ready]
        columns = chosen.tolist(), self._times[chosen - 1].tolist(), streams[ready].tolist(), carriers[ready].tolist(), texts
        yield from _merged(columns, self._several, others)
        rest = order[len(ready) :]
        self._columns = [(packets[rest], streams[rest], carriers[rest])] if len(rest) else []
        self._texts = [self._texts[place] for place in rest.tolist()]


_Columns = tuple[list[int], list[int], list[int], list[int], list[str]]
"""Packet, time, stream, carrier and text of lines by packet."""


def _merged(columns: _Columns, several: Sequence[str], others: Others) -> Iterator[str]:
    packets = columns[0]
    at, count = 0, len(packets)
    while at < count:
        other = others.packet
        stop = count if other is None or other > packets[-1] else bisect_left(packets, other, at)
        while at < stop:
            end = min(at + RUN, stop)
            yield _run(columns, several, slice(at, end))
            at = end
        if stop < count:
            yield others.take()


def _run(columns: _Columns, several: Sequence[str], part: slice) -> str:
    pieces: list[str] = []
    add = pieces.append
    known, who, head = 0, 0, ""
    packets, times, streams, carriers, texts = columns
    for packet, time_ns, stream, carrier, text in zip(
        packets[part], times[part], streams[part], carriers[part], texts[part], strict=True
    ):
        if carrier < 0:
            add(f'}}\n{{"packet":{packet},"packets":[{several[-1 - carrier]}],"time_ns":{time_ns},"stream":{stream},')
        else:
            if packet != known or carrier != who:  # messages that arrived together have the same beginning
                known, who = packet, carrier
                head = f'}}\n{{"packet":{packet},"packets":[{carrier}],"time_ns":{time_ns},"stream":{stream},'
            add(head)
        add(text)
    pieces[0] = pieces[0][2:]
    add("}")
    return "".join(pieces)
