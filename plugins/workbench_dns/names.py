"""Names on the wire (RFC 1035 3.1 and 4.1.4): labels and compression pointers, and how people and Wireshark write them."""

from typing import NamedTuple

from workbench.api import Note, Severity
from workbench_dns.limits import LONGEST_NAME, MOST_ITEMS, MOST_JUMPS, MOST_NAME_BYTES

__all__ = ["ROOT", "Name", "Names", "name_text"]

ROOT = "<Root>"
"""How Wireshark spells the name without labels."""

_LOOP = "<Name contains a pointer that loops>"
"""How it spells one that never ends."""

_LOOPING = "the compression pointers lead in a circle"

_HEADER = 12
"""Bytes before the first name."""

_ESCAPES = {7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r"}


class Name(NamedTuple):
    """A name that stands at `[start, end)`. `labels` are all of them, the first `literal` stand there, the others behind the pointer to
    `pointer` (an offset in the message, -1 without one). `error` says why it could not be read to its end; where the trouble lies behind a
    pointer, the name's own bytes end all the same.
    """

    start: int
    end: int
    labels: tuple[bytes, ...]
    text: str
    literal: int
    pointer: int = -1
    error: str = ""

    @property
    def fatal(self) -> bool:
        """Whether nobody knows where the next thing begins."""
        return bool(self.error) and self.pointer < 0

    @property
    def wire_size(self) -> int:
        """Bytes without compression."""
        return sum(map(len, self.labels)) + len(self.labels) + 1


def label_text(label: bytes) -> str:
    """One label as Wireshark shows it: UTF-8 where it is some, control characters escaped, dots as they are."""
    text = label.decode("utf-8", "replace")
    if text.isprintable():
        return text
    return "".join(
        _ESCAPES.get(ord(char)) or f"\\{ord(char):03o}" if ord(char) < 32 or ord(char) == 127 else char for char in text
    )


def name_text(labels: tuple[bytes, ...]) -> str:
    """Labels as one text, `<Root>` for none."""
    joined = b".".join(labels)
    if joined.isascii():
        text = joined.decode("ascii")
        if text.isprintable():
            return text or ROOT
    return ".".join(map(label_text, labels))


class Names:
    """Reads the names of one message, which begins at `origin` of `data`. What is remarkable about them goes to `notes`."""

    def __init__(self, data: bytes, origin: int = 0) -> None:
        self._data = data
        self._origin = origin
        self._known: dict[int, tuple[tuple[bytes, ...], int]] = {}
        """Place of a label → the labels of a name that passed there, and which of them it is."""
        self.notes: list[Note] = []
        self._noted: set[int] = set()
        """Places of pointers that were remarked on: many names may go through them."""
        self.room = MOST_ITEMS
        """Fields that the message may still have; who makes some takes them from here."""
        self.broken = False
        """Whether some field could not be read."""

    def read(self, start: int, limit: int) -> Name:
        """The name at `start`, whose own bytes end before `limit`. Compression may lead anywhere in the message."""
        data, known = self._data, self._known
        labels: list[bytes] = []
        places: list[int] = []
        at, bound, pointer, literal, end, jumps, error = start, limit, -1, 0, -1, 0, ""
        size_left = MOST_NAME_BYTES
        while not error:
            if at >= bound:
                error = "the name is cut off"
                break
            size = data[at]
            if not size:
                at += 1
                break
            if size < 64:
                if at + 1 + size > bound:
                    error = "the label is cut off"
                    break
                labels.append(data[at + 1 : at + 1 + size])
                places.append(at)
                at += 1 + size
                size_left -= 1 + size
                if size_left < 0:
                    error = f"the name is longer than {MOST_NAME_BYTES} bytes"
            elif size >= 192:
                if at + 2 > bound:
                    error = "the compression pointer is cut off"
                    break
                target = (size & 63) << 8 | data[at + 1]
                if end < 0:
                    end, pointer, literal = at + 2, target, len(labels)
                jumps += 1
                error = self._jump(at, target, jumps)
                at, bound = self._origin + target, len(data)
                if at in known and not error:
                    rest, place = known[at]
                    if sum(map(len, rest[place:])) > size_left:
                        error = f"the name is longer than {MOST_NAME_BYTES} bytes"
                    else:
                        labels += rest[place:]
                    break
            else:
                error = f"label type {size >> 6:#04b} is not in use"
        if end < 0:
            end, literal = min(at, limit), len(labels)
        return self._named(start, end, tuple(labels), places, literal, pointer, error)

    def _jump(self, at: int, target: int, jumps: int) -> str:
        """Why a pointer cannot be followed, "" where it can."""
        place = at - self._origin
        if jumps > MOST_JUMPS:
            return f"{_LOOPING}, or through more than {MOST_JUMPS} places"
        if target + self._origin >= len(self._data):
            return f"the compression pointer leads to {target}, behind the message"
        if target == place:
            return f"{_LOOPING}, to themselves"
        if (target > place or target < _HEADER) and at not in self._noted:
            self._noted.add(at)
            text = f"the compression pointer leads {'forward' if target > place else 'into the header'}, to {target}"
            self.notes.append(Note(Severity.WARN, text, at, at + 2, "RFC 1035 4.1.4"))
        return ""

    def _named(
        self, start: int, end: int, labels: tuple[bytes, ...], places: list[int], literal: int, pointer: int, error: str
    ) -> Name:
        if error:
            self.broken = True
        else:
            known = self._known
            for number, place in enumerate(places):
                known[place] = labels, number
        text = _LOOP if error.startswith(_LOOPING) else name_text(labels)
        name = Name(start, end, labels, text, literal, pointer, error)
        if not error and len(labels) > 1 and name.wire_size > LONGEST_NAME:
            text = f"the name takes {name.wire_size} bytes; {LONGEST_NAME} are allowed"
            self.notes.append(Note(Severity.ERROR, text, start, end, "RFC 1035 2.3.4"))
        return name
