"""Conversations inside a flow whose decoder says how many bytes complete nothing: so many are kept, and given to it together.

A body of a megabyte comes in a thousand pieces, of which only the last one matters to a decoder. Equal bytes give equal messages however
they are split; which packets carried them is remembered piece by piece.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from dissectors.carriers import Carried, Piece
from dissectors.inner_flows import InnerFlow
from dissectors.paths import message_line
from workbench.api import Chunk, Direction, Inner, Message

if TYPE_CHECKING:
    from dissectors.flow_state import FlowState
    from dissectors.telling import TellingFlow

__all__ = ["MOST_PIECES", "PatientFlow"]

MOST_PIECES = 4_096
"""Pieces that are kept together, which cost some 200 bytes each beside their own: full packets of five megabytes. Pieces of a single byte
would else cost gigabytes before a long frame is there."""


class PatientFlow(InnerFlow):
    """See the module."""

    __slots__ = ("_kept", "_room")

    def __init__(self, state: "FlowState") -> None:
        super().__init__(state)
        self._kept: tuple[list[Piece], list[Piece]] = ([], [])
        self._room = [0, 0]
        """How many more bytes of each direction may be kept."""

    def keep(self, way: int, data: bytes, carried: Carried) -> bool:
        """Keep the next bytes of a direction, if they complete nothing. They count as pending."""
        room, kept = self._room[way] - len(data), self._kept[way]
        if room < 0 or len(kept) >= MOST_PIECES:
            return False
        self._room[way] = room
        kept.append((data, carried))
        self._offsets[way] += len(data)
        self.state.counted += len(data)
        return True

    def tell(self, inner: Inner, carried: Carried, lines: list[str]) -> None:
        """Append the lines of the messages that these bytes complete."""
        way = inner.direction
        state = cast("TellingFlow", self.state)
        kept = self._kept[way]
        if self._kept[way.opposite] or (kept and (inner.gap or not inner.data)):
            # what a decoder makes of one direction may change what it makes of the other
            lines += map(message_line, self.flush())
        self._room[way.opposite] = 0
        chunk = self.chunk(inner, carried)
        pieces: list[Piece] = []
        if kept:
            pieces = [*kept, (inner.data, carried)]
            chunk = self._joined(way, chunk.end, pieces, last=inner.last and not inner.reset)
        if way not in state.ended:
            state.tell(chunk, lines, pieces)
            self._room[way] = 0 if inner.last else state.patience(way)

    def receive(self, inner: Inner, carried: Carried) -> Iterator[Message]:
        """See `InnerFlow`."""
        yield from self.flush()
        yield from super().receive(inner, carried)

    def flush(self) -> Iterator[Message]:
        """Give the decoder what was kept, in both directions."""
        for way in Direction:
            self._room[way] = 0
            if self._kept[way]:
                pieces = self._kept[way].copy()
                chunk = self._joined(way, self._offsets[way], pieces, last=False)
                yield from cast("TellingFlow", self.state).receive_pieces(chunk, pieces)

    def _joined(self, way: Direction, end: int, pieces: list[Piece], *, last: bool) -> Chunk:
        """The chunk of bytes up to `end` that came in pieces, of which none is kept any more."""
        self._kept[way].clear()
        data = b"".join([data for data, _ in pieces])
        packets, packet, time_ns = pieces[-1][1]
        return Chunk(way, end - len(data), data, packet, packets[-1], time_ns, last=last)
