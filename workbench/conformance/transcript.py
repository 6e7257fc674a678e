"""What went over the connections of one check, for whoever wants to know why it failed. Bounded: counts go on, bytes do not."""

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["KEPT", "Transcript", "Turn"]

KEPT = 65_536
"""Bytes of one check that are kept: several times what a case needs to be understood, little beside a thousand checks."""

Kind = Literal["sent", "received", "finished", "closed", "reset", "crashed"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that happened on a connection (numbered from 1 in the check), `at_ns` after the first one was opened.

    `size` counts all bytes of the turn, of which `data` holds those that were kept. For "crashed", `data` is what the server raised.
    """

    connection: int
    kind: Kind
    at_ns: int
    size: int = 0
    data: bytes = field(default=b"", repr=False)


class Transcript:
    """The turns of one check in order. Bytes of one direction that follow each other without a pause are one turn."""

    def __init__(self, kept: int = KEPT) -> None:
        self.turns: list[Turn] = []
        self.sent = self.received = 0
        self.crash = ""
        """What a server in this process raised, "" when it did not."""
        self._room = kept
        self._connections = 0

    def open(self) -> int:
        """The number of one more connection."""
        self._connections += 1
        return self._connections

    def note(self, connection: int, kind: Kind, at_ns: int, data: bytes = b"") -> None:
        """Something happened. Turns count against the room, too: a check may send byte by byte."""
        if kind == "sent":
            self.sent += len(data)
        elif kind == "received":
            self.received += len(data)
        elif kind == "crashed":
            self.crash = self.crash or data.decode("utf-8", "replace")
        last = self.turns[-1] if self.turns else None
        if data and last is not None and (last.connection, last.kind, last.at_ns) == (connection, kind, at_ns):
            self.turns[-1] = Turn(connection, kind, at_ns, last.size + len(data), last.data + self._kept(data))
        elif self._room > 0:
            self._room -= 1
            self.turns.append(Turn(connection, kind, at_ns, len(data), self._kept(data)))

    def _kept(self, data: bytes) -> bytes:
        kept = data[: self._room]
        self._room -= len(kept)
        return kept
