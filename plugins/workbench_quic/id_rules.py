"""Connection IDs that a side gives out, and paths that it asks about (RFC 9000 5.1, 8.2, 19.15 to 19.18)."""

from collections.abc import Iterator

from workbench.api import Direction
from workbench_quic.frame_items import NewConnectionId, PathData
from workbench_quic.frame_types import Type
from workbench_quic.stream_rules import Breach

__all__ = ["DEFAULT_ACTIVE", "MOST_CHALLENGES", "MOST_ISSUED", "IdRules", "PathRules"]

DEFAULT_ACTIVE = 2
"""Connection IDs that a peer keeps if it does not say how many (RFC 9000 18.2)."""

MOST_ISSUED = 256
"""Connection IDs of one side that are remembered, by sequence number; the lowest are forgotten first. Peers keep 2 to 8."""

MOST_CHALLENGES = 64
"""Challenges of one side that wait for their answer; the oldest is forgotten first. A path is challenged a few times."""


class IdRules:
    """The IDs that one side gave out, and which of them the other one retired."""

    def __init__(self) -> None:
        self._issued: dict[int, bytes] = {}
        """By sequence number."""
        self._sequences: dict[bytes, int] = {}
        self._retired: set[int] = set()
        self._largest = 0
        """0 comes with the handshake (5.1.1)."""
        self._prior_to = 0
        self.none = False
        """Whether the side chose to have no connection ID: then it must not give out any."""
        self.limit: int | None = None
        """How many the other side keeps, once that is known."""

    def __len__(self) -> int:
        return len(self._issued)

    def began(self, cid: bytes) -> None:
        """The ID of the handshake, which has sequence number 0."""
        self.none = not cid
        self._remember(0, cid)

    def issue(self, item: NewConnectionId) -> Iterator[Breach]:
        """The side sent NEW_CONNECTION_ID."""
        if self.none:
            yield "a new connection ID from a side that chose to have none", "RFC 9000 19.15", False
            return
        known, sequence = self._issued.get(item.sequence), self._sequences.get(item.cid)
        if known is not None and known != item.cid:
            yield f"connection ID number {item.sequence} is {item.cid.hex()}, and was {known.hex()}", "RFC 9000 19.15", False
        if sequence is not None and sequence != item.sequence:
            yield f"connection ID {item.cid.hex()} has number {item.sequence}, and had {sequence}", "RFC 9000 19.15", False
        if known is not None:
            return
        self._remember(item.sequence, item.cid)
        self._largest = max(self._largest, item.sequence)
        self._prior_to = max(self._prior_to, item.retire_prior_to)
        active = sum(1 for number in self._issued if number >= self._prior_to and number not in self._retired)
        if self.limit is not None and active > self.limit:
            text = f"{active} active connection IDs; {self.limit} are allowed (CONNECTION_ID_LIMIT_ERROR)"
            yield text, "RFC 9000 5.1.1", True

    def retire(self, sequence: int, dcid: bytes) -> Iterator[Breach]:
        """The other side sent RETIRE_CONNECTION_ID, in a packet to `dcid`."""
        if sequence > self._largest:
            text = f"connection ID number {sequence} is retired; the last one given out is number {self._largest}"
            yield text, "RFC 9000 19.16", True
            return
        if dcid and self._issued.get(sequence) == dcid:
            yield "the connection ID is retired that this packet was sent to", "RFC 9000 19.16", False
        if sequence in self._issued:
            self._retired.add(sequence)

    def _remember(self, sequence: int, cid: bytes) -> None:
        self._sequences.pop(self._issued.get(sequence, cid), None)
        self._issued[sequence] = cid
        self._sequences[cid] = sequence
        if len(self._issued) > MOST_ISSUED:
            lowest = min(self._issued)
            self._sequences.pop(self._issued.pop(lowest), None)
            self._retired.discard(lowest)


class PathRules:
    """Challenges of both sides, and their answers."""

    def __init__(self) -> None:
        self._open: tuple[dict[bytes, None], dict[bytes, None]] = ({}, {})

    @property
    def waiting(self) -> int:
        """Challenges without an answer."""
        return sum(map(len, self._open))

    def see(self, role: Direction, item: PathData) -> Iterator[Breach]:
        """A side sent PATH_CHALLENGE or PATH_RESPONSE."""
        if item.kind == Type.PATH_CHALLENGE:
            mine = self._open[role]
            mine[item.data] = None
            if len(mine) > MOST_CHALLENGES:
                del mine[next(iter(mine))]
        elif item.data not in self._open[role.opposite]:
            yield "an answer to a path challenge that nobody made", "RFC 9000 19.18", True
