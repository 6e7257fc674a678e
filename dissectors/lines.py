"""Skimmed messages on their way to becoming lines: they wait until their turn is certain, and are written in runs, by packet.

While they wait they are rows of columns; a line is text only for the moment in which it is written.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

from workbench.api import SkimmedSide

if TYPE_CHECKING:  # numpy loads only when a capture is dissected
    from captures.joined import JoinedSide

__all__ = ["Line", "Others", "Waiting"]

Line = tuple[int, str]
"""Number of the packet in whose turn a message was made, and its JSON object."""

PAGE = 1_024
"""Messages that are put in turn together."""

FIRST_RUN = 32
"""Lines given at once before it is known how long they are."""

RUN_CHARACTERS = 80 * 1024
"""About as many characters are given at once: enough to forget what a run costs, few enough to stay in the processor's cache."""


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


@dataclass(slots=True)
class _Side:
    """Messages of one direction, by packet; `done` of them were given. A negative carrier stands for several ones, which `several` names,
    counted from the end."""

    stream: int
    texts: Sequence[str]
    packets: Any
    carriers: Any
    several: list[str]
    done: int = 0


class Waiting:
    """Skimmed messages of several streams. `times` gives the time of each packet, from 1."""

    def __init__(self, times: Any) -> None:
        self._times = times
        self._sides: list[_Side] = []

    def __len__(self) -> int:
        return sum(len(side.texts) - side.done for side in self._sides)

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
        several: list[str] = []
        if len(spread):
            carriers[spread] = -1 - np.arange(len(spread))
            those = side.carriers.tolist()
            for low, high in zip(first[spread].tolist(), last[spread].tolist(), strict=True):
                several.append(",".join(map(str, sorted(those[low : high + 1]))))
        self._sides.append(_Side(stream, skimmed.texts, side.released[last], carriers, several))

    def give(self, until: int | None, others: Others) -> Iterator[str]:
        """All lines for packets before `until`, with those that `others` have between them; each item is one line or many."""
        ready = _Ready(self._times)
        for side in self._sides:
            ready.take(side, len(side.texts) if until is None else int(side.packets.searchsorted(until)))
        self._sides = [side for side in self._sides if side.done < len(side.texts)]
        return ready.lines(others)


class _Ready:
    """Messages whose turn it is."""

    def __init__(self, times: Any) -> None:
        self._times = times
        self._texts: list[str] = []
        self._several: list[str] = []
        self._taken: list[tuple[Any, Any, Any]] = []
        """Packets, carriers and streams."""

    def take(self, side: _Side, stop: int) -> None:
        """The messages of a side until `stop` of them are done."""
        import numpy as np

        start, side.done = side.done, stop
        if start == stop:
            return
        self._texts += side.texts[start:stop]
        carriers = side.carriers[start:stop]
        if side.several:
            carriers = np.where(carriers < 0, carriers - len(self._several), carriers)
            self._several += side.several
        self._taken.append((side.packets[start:stop], carriers, np.full(stop - start, side.stream)))

    def lines(self, others: Others) -> Iterator[str]:
        """Their lines by packet, with those that others have between them."""
        import numpy as np

        if not self._taken:
            return
        columns = [np.concatenate(column) for column in zip(*self._taken, strict=True)]
        order = np.argsort(columns[0], kind="stable")
        packets = columns[0][order]
        at, count = 0, len(order)
        while at < count:
            other = others.packet
            stop = count if other is None or other > packets[-1] else int(packets.searchsorted(other))
            while at < stop:
                page = order[at : min(at + PAGE, stop)]
                at += len(page)
                yield from _runs(self._heads(*(column[page] for column in columns)), [self._texts[row] for row in page.tolist()])
            if stop < count:
                yield others.take()

    def _heads(self, packets: Any, carriers: Any, streams: Any) -> list[str]:
        """What stands between the texts: the end of one line and the beginning of the next, the same for messages that came together."""
        import numpy as np

        several, change = self._several, np.ones(len(packets) + 1, np.bool_)
        change[1:-1] = (packets[1:] != packets[:-1]) | (carriers[1:] != carriers[:-1])
        begins = np.flatnonzero(change)
        chosen = begins[:-1]
        numbers = packets[chosen]
        columns = numbers, carriers[chosen], self._times[numbers - 1], streams[chosen], begins[1:] - chosen
        made = [
            repeat(
                f'}}\n{{"packet":{packet},"packets":[{carrier if carrier > 0 else several[-1 - carrier]}],'
                f'"time_ns":{time},"stream":{stream},',
                times,
            )
            for packet, carrier, time, stream, times in zip(*(column.tolist() for column in columns), strict=True)
        ]
        return list(chain.from_iterable(made))


def _runs(heads: list[str], texts: list[str]) -> Iterator[str]:
    """Consecutive lines, about so many at once as are written best."""
    at, count = 0, FIRST_RUN
    while at < len(texts):
        stop = min(at + count, len(texts))
        pieces = [""] * (2 * (stop - at))
        pieces[::2] = heads[at:stop]
        pieces[1::2] = texts[at:stop]
        pieces[0] = pieces[0][2:]
        pieces.append("}")
        run = "".join(pieces)
        yield run
        at, count = stop, (stop - at) * RUN_CHARACTERS // len(run) + 1
