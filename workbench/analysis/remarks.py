"""What is odd in a capture: notes and broken fields of all messages, counted by kind, each with the first packet to look at."""

from dataclasses import dataclass

from workbench.api import Message, Note, Severity

__all__ = ["Remark", "Remarks"]

KINDS = 1_000
"""Different remarks that are told apart; a hostile capture can make every text different, a person reads the first page."""

OTHERS = "(further kinds of remarks)"


@dataclass(frozen=True, slots=True)
class Remark:
    """One kind of remark: how often, and where first. `section` names the rule."""

    severity: Severity
    protocol: str
    text: str
    section: str
    count: int
    first_packet: int


class Remarks:
    """Counts as messages come."""

    def __init__(self, *, kinds: int = KINDS) -> None:
        self._kinds = kinds
        self._seen: dict[tuple[Severity, str, str, str], list[int]] = {}

    def add(self, message: Message) -> None:
        """Take the next message with its notes and broken fields."""
        for note in message.notes:
            self.note(message.protocol, note, message.packet)
        for _, node in message.root.walk():
            if node.error:
                self._count((Severity.ERROR, message.protocol, f"{node.name}: {node.error}", ""), message.packet)

    def note(self, protocol: str, note: Note, packet: int) -> None:
        """Take a remark that belongs to no message (about the transport)."""
        self._count((note.severity, protocol, note.text, note.section), packet)

    def _count(self, key: tuple[Severity, str, str, str], packet: int) -> None:
        if key not in self._seen and len(self._seen) >= self._kinds:
            key = (key[0], "", OTHERS, "")
        self._seen.setdefault(key, [0, packet])[0] += 1

    def summary(self, at_least: Severity = Severity.CHAT) -> tuple[Remark, ...]:
        """All kinds of that severity or above, the most severe and most frequent first."""
        rows = [
            Remark(severity, protocol, text, section, count, first)
            for (severity, protocol, text, section), (count, first) in self._seen.items()
            if severity >= at_least
        ]
        return tuple(sorted(rows, key=lambda row: (-row.severity, -row.count, row.protocol, row.text)))
