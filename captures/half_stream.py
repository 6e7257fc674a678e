"""One direction of a TCP connection: the bytes delivered so far, and what waits behind a hole.

It turns sequence numbers into 64-bit offsets and pieces into chunks; which segment means what is decided in `reassembly`.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from captures.backlog import Backlog, Piece
from workbench.api import Chunk, Direction

__all__ = ["NEVER", "OLDEST", "SEQUENCE_MASK", "HalfStream", "Recall", "Release"]

SEQUENCE_MASK = 0xFFFFFFFF
"""Sequence numbers count modulo 2^32 (RFC 9293 3.4)."""

OLDEST = 1 << 30
"""No window is larger than 2^30 bytes (RFC 7323 2.3): what lies farther back than that is ahead instead, behind a large loss."""

NEVER = -1
"""No offset and no sequence number."""

Recall = Callable[[int], bytes]
"""Payload of an earlier packet by number, to compare a retransmission with."""


@dataclass(frozen=True, slots=True)
class Release:
    """The packet in whose turn bytes become available."""

    packet: int
    time_ns: int


class HalfStream:
    """State of one direction.

    `expected` is the next sequence number while nothing unusual is under way, else NEVER: one comparison then tells the ordinary
    segment from all others. `sequence` is always the next sequence number, `offset` its place in the byte stream.
    """

    __slots__ = (
        "acknowledged",
        "alert",
        "backlog",
        "base",
        "direction",
        "ended",
        "expected",
        "fin",
        "fin_packet",
        "history",
        "lost",
        "offset",
        "packet",
        "peer_reset",
        "probed",
        "refused",
        "stalled",
        "started",
        "synchronized",
        "time_ns",
        "window",
    )

    def __init__(self, direction: Direction, history: int) -> None:
        self.direction = direction
        self.backlog = Backlog()
        self.history: deque[tuple[int, int, int, int]] = deque(maxlen=history)
        """(offset, end, packet, skip) of what was delivered last: where to find the bytes again."""
        self.started = False
        self.synchronized = False
        """Its SYN was seen."""
        self.ended = False
        self.base = 0
        """Sequence number of offset 0."""
        self.offset = 0
        self.expected = NEVER
        self.lost = 0
        """Bytes just before `offset` that were never captured and not yet reported."""
        self.fin = NEVER
        """Offset at which a FIN lies that cannot be taken yet."""
        self.fin_packet = 0
        self.acknowledged = NEVER
        """The last acknowledgment number this side sent."""
        self.window = NEVER
        """The last window this side advertised (unscaled; only zero matters here)."""
        self.probed = False
        """This side was sent a keep-alive and has not answered yet."""
        self.stalled = False
        """The other side advertised a window of zero: a single byte from here is a probe."""
        self.alert = False
        """Segments of the other side may change something here: their acknowledgments and windows have to be looked at."""
        self.refused = False
        """It ended with a reset before it had begun."""
        self.peer_reset = False
        """The other side reset the connection; what is still in flight here may follow."""
        self.packet = 0
        self.time_ns = 0
        """The last packet of this side and its time."""

    @property
    def sequence(self) -> int:
        """Sequence number of the byte at `offset`."""
        return (self.base + self.offset) & SEQUENCE_MASK

    @property
    def waiting(self) -> bool:
        """Something lies behind a hole."""
        return bool(self.backlog.pieces) or self.fin != NEVER

    def settle(self) -> None:
        """Decide again whether the next segments of the two sides may be ordinary ones."""
        self.alert = not self.ended and (self.waiting or self.stalled)
        plain = self.started and not self.ended and not self.waiting and not self.lost and not self.probed and not self.stalled
        self.expected = self.sequence if plain else NEVER

    def begin(self, sequence: int) -> None:
        """The byte with this sequence number is the first of the stream."""
        self.started = True
        self.base = sequence

    def distance(self, sequence: int) -> int:
        """How far a sequence number lies ahead of the next expected byte; negative: behind it."""
        return ((sequence - self.sequence + OLDEST) & SEQUENCE_MASK) - OLDEST

    def deliver(self, piece: Piece, release: Release) -> Chunk | None:
        """Take the piece at `offset` into the stream; None when the snapshot length left nothing of it."""
        self.offset = piece.end
        size = len(piece.data)
        if not size:
            self.lost += piece.end - piece.offset
            return None
        chunk = Chunk(self.direction, piece.offset, piece.data, release.packet, piece.packet, release.time_ns, self.lost)
        self.history.append((piece.offset, piece.offset + size, piece.packet, piece.skip))
        self.lost = piece.end - piece.offset - size
        return chunk

    def skip(self, offset: int) -> int:
        """Give up the bytes before `offset`; returns how many those are."""
        missing = offset - self.offset
        self.lost += missing
        self.offset = offset
        return missing

    def contradicts(self, piece: Piece, recall: Recall) -> bool:
        """Whether a piece says something else than the bytes lately delivered at the same place."""
        for offset, end, packet, skip in self.history:
            low, high = max(offset, piece.offset), min(end, piece.offset + len(piece.data))
            if low >= high:
                continue
            earlier = recall(packet)[skip + low - offset : skip + high - offset]
            if earlier != piece.data[low - piece.offset : high - piece.offset]:
                return True
        return False
