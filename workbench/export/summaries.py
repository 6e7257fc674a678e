"""What is worth saying about each packet in one or a few lines: the messages it completed, and the notes on them."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from dissectors.text import safe
from workbench.api import UNDECODED, Message
from workbench.export.spool import Spool

__all__ = ["PacketSummary", "note_lines", "summaries"]

LINES = 50
"""Lines kept of one packet: a segment of 64 KiB can hold thousands of small messages."""

WIDTH = 300
"""Characters kept of one line; a request line can be megabytes long."""


@dataclass(slots=True)
class PacketSummary:
    """Protocols (innermost last), one line per message, one per note; `more` counts the lines that were left out."""

    protocols: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    more: int = 0

    def all_lines(self) -> list[str]:
        """Messages first, then notes, then how much was left out."""
        return [*self.lines, *self.notes, *([f"… and {self.more} more"] if self.more else [])]


@contextmanager
def summaries(messages: Iterable[Message]) -> Iterator[Callable[[int], PacketSummary]]:
    """The summary of each packet by its number; an empty one for a packet that completes no message.

    Bytes that nobody understood are left out unless they carry notes.
    """
    with Spool() as spool:
        for message in messages:
            notes = list(note_lines(message))
            if message.protocol == UNDECODED and not notes:
                continue
            inside = f" in {', '.join(message.layer)}" if message.layer else ""
            line = _cut(safe(f"{message.protocol}{inside}: {message.summary or message.label}"))
            # no line holds a line break: they are made of printable text
            told = (safe(message.protocol), line, *notes[:LINES], str(max(0, len(notes) - LINES)))
            spool.add(message.packet, "\n".join(told).encode())
        yield lambda number: _together(spool.of(number))


def _together(texts: Iterable[bytes]) -> PacketSummary:
    summary = PacketSummary()
    for text in texts:
        protocol, line, *notes, more = text.decode().split("\n")
        if protocol not in summary.protocols:
            summary.protocols.append(protocol)
        summary.more += int(more) + _add(summary.lines, [line]) + _add(summary.notes, notes)
    return summary


def note_lines(message: Message) -> Iterator[str]:
    """The message's notes and broken fields, severity first, rule last."""
    for note in message.notes:
        section = f" ({note.section})" if note.section else ""
        yield _cut(safe(f"{note.severity.name}: {note.text}{section}"))
    for _, node in message.root.walk():
        if node.error:
            yield _cut(safe(f"ERROR: {node.name}: {node.error}"))


def _add(lines: list[str], more: list[str]) -> int:
    room = max(0, LINES - len(lines))
    lines += more[:room]
    return len(more) - len(more[:room])


def _cut(line: str) -> str:
    return line if len(line) <= WIDTH else line[: WIDTH - 1] + "…"
