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

_MOST_LABELS = MOST_NAME_BYTES // 2 + 1
"""Labels that are ever shown of one name: each takes two bytes at least, and the last may be one too many."""

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


_Walk = tuple[tuple[bytes, ...], int, int, str]
"""What a name came to: its labels, their bytes without the root, the pointers it went through, and what stopped it. Of a very long name
that continues with another one not all labels are there: its bytes count them all the same."""

_Passed = dict[int, tuple[int, int, int]]
"""The places that it went through: labels, bytes and pointers before each."""


class Names:
    """Reads the names of one message, which begins at `origin` of `data`. What is remarkable about them goes to `notes`.

    Each place is read once, however many names lead through it: what follows there is remembered, good or bad.
    """

    def __init__(self, data: bytes, origin: int = 0) -> None:
        self._data = data
        self._origin = origin
        self._known: dict[int, tuple[_Walk, _Passed]] = {}
        """Places of labels and pointers, and a name that went through them."""
        self.notes: list[Note] = []
        self._noted: set[int] = set()
        """Places of pointers that were remarked on: they may be the own bytes of several names."""
        self.room = MOST_ITEMS
        """Fields that the message may still have; who makes some takes them from here."""
        self.broken = False
        """Whether some field could not be read."""

    def read(self, start: int, limit: int) -> Name:
        """The name at `start`, whose own bytes end before `limit`. Compression may lead anywhere in the message."""
        data, known = self._data, self._known
        labels: list[bytes] = []
        passed: _Passed = {}
        at, bound, pointer, literal, end, size, jumps = start, limit, -1, 0, -1, 0, 0
        rest: tuple[_Walk, _Passed] | None = None
        error = ""
        while not error:
            if jumps:
                rest = known.get(at)
                if rest is not None:
                    break
                if at in passed:
                    error = _LOOPING
                    break
            if at >= bound:
                error = "the name is cut off"
                break
            length = data[at]
            if not length:
                at += 1
                break
            passed[at] = len(labels), size, jumps
            if length < 64:
                if at + 1 + length > bound:
                    error = "the label is cut off"
                    break
                labels.append(data[at + 1 : at + 1 + length])
                at += 1 + length
                size += 1 + length
            elif length >= 192:
                if at + 2 > bound:
                    error = "the compression pointer is cut off"
                    break
                target = (length & 63) << 8 | data[at + 1]
                if end < 0:
                    end, pointer, literal = at + 2, target, len(labels)
                jumps += 1
                error = self._jump(at, target)
                at, bound = self._origin + target, len(data)
            else:
                error = f"label type {length >> 6:#04b} is not in use"
        if end < 0:
            end, literal = min(at, limit), len(labels)
        if rest is not None:
            (others, other_size, other_jumps, error), before = rest
            first, gone, through = before[at]
            labels += others[first : first + _MOST_LABELS]
            size, jumps = size + other_size - gone, jumps + other_jumps - through
        walk = tuple(labels), size, jumps, error
        if not error or pointer >= 0:  # where a name's own bytes break off, their end is its own, too
            known.update(dict.fromkeys(passed, (walk, passed)))
        return self._named(start, end, walk, literal, pointer)

    def _jump(self, at: int, target: int) -> str:
        """Why a pointer cannot be followed, "" where it can."""
        place = at - self._origin
        if target + self._origin >= len(self._data):
            return f"the compression pointer leads to {target}, behind the message"
        if target == place:
            return f"{_LOOPING}, to themselves"
        if (target > place or target < _HEADER) and at not in self._noted:
            self._noted.add(at)
            text = f"the compression pointer leads {'forward' if target > place else 'into the header'}, to {target}"
            # what stands in a header is no name, and reads otherwise in the answer
            severity = Severity.ERROR if target < _HEADER else Severity.WARN
            self.notes.append(Note(severity, text, at, at + 2, "RFC 1035 4.1.4"))
        return ""

    def _named(self, start: int, end: int, walk: _Walk, literal: int, pointer: int) -> Name:
        labels, size, jumps, error = walk
        if not error and jumps > MOST_JUMPS:
            error = f"{_LOOPING}, or through more than {MOST_JUMPS} places"
        if size > MOST_NAME_BYTES:
            labels = _beginning(labels)
            literal = min(literal, len(labels))
            error = error or f"the name is longer than {MOST_NAME_BYTES} bytes"
        if error:
            self.broken = True
        elif size + 1 > LONGEST_NAME:
            text = f"the name takes {size + 1} bytes; {LONGEST_NAME} are allowed"
            self.notes.append(Note(Severity.ERROR, text, start, end, "RFC 1035 2.3.4"))
        text = _LOOP if error.startswith(_LOOPING) else name_text(labels)
        return Name(start, end, labels, text, literal, pointer, error)


def _beginning(labels: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """As many labels as are shown of a name that is too long."""
    left = MOST_NAME_BYTES
    for number, label in enumerate(labels, 1):
        left -= 1 + len(label)
        if left < 0:
            return labels[:number]
    return labels
