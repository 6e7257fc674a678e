"""Reads the fields of a stretch of a message one after the other, and keeps each with its byte range."""

import ipaddress
import socket
from collections.abc import Callable, Mapping, Sequence

from workbench.api import Field, Note, Severity
from workbench_dns.limits import MOST_ITEMS
from workbench_dns.names import Name, Names, label_text

__all__ = ["Cursor", "ShortError", "Step", "time_text"]

_NO_TEXTS: Mapping[int, str] = {}


class ShortError(Exception):
    """The stretch ends before the field does. Never leaves this plugin."""


class Cursor:
    """Between `at` and `end` of `data`; what was read is in `fields`, names also in `names_read`, remarks in `notes`."""

    __slots__ = ("at", "data", "end", "fields", "names", "names_read", "notes")

    def __init__(self, data: bytes, at: int, end: int, names: Names) -> None:
        self.data = data
        self.at = at
        self.end = end
        self.names = names
        self.fields: list[Field] = []
        self.names_read: list[Name] = []
        self.notes: list[Note] = []

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return self.end - self.at

    def take(self, size: int, what: str) -> bytes:
        """The next bytes, without a field for them."""
        at = self.at
        if size > self.end - at:
            self._short(what, f"{what.lower()} is cut off")
        self.spend(1)
        self.at = at + size
        return self.data[at : at + size]

    def spend(self, fields: int) -> None:
        """Ask for room for fields; where there is none, the rest of the stretch is not looked into."""
        self.names.room -= fields
        if self.names.room < 0:
            self._short("Undecoded", f"the message has more than {MOST_ITEMS} fields")

    def number(self, size: int, name: str, abbrev: str = "", texts: Mapping[int, str] = _NO_TEXTS, text: str = "") -> int:
        """A number of so many bytes."""
        at = self.at
        value = int.from_bytes(self.take(size, name), "big")
        self.fields.append(Field(name, at, at + size, value, (), abbrev, text or texts.get(value, "")))
        return value

    def time(self, size: int, name: str, abbrev: str) -> int:
        """Seconds since 1970."""
        at = self.at
        value = int.from_bytes(self.take(size, name), "big")
        self.fields.append(Field(name, at, at + size, value, (), abbrev, time_text(value)))
        return value

    def octets(self, size: int, name: str, abbrev: str = "", text: str = "") -> bytes:
        """Bytes as they are."""
        at = self.at
        value = self.take(size, name)
        self.fields.append(Field(name, at, self.at, value, (), abbrev, text))
        return value

    def rest(self, name: str, abbrev: str = "") -> bytes:
        """All bytes that are left; no field where there are none."""
        return self.octets(self.left, name, abbrev) if self.left else b""

    def text(self, size: int, name: str, abbrev: str = "") -> str:
        """Bytes that are meant to be read."""
        at = self.at
        value = label_text(self.take(size, name))
        self.fields.append(Field(name, at, self.at, value, (), abbrev))
        return value

    def string(self, name: str, abbrev: str, length: str) -> str:
        """A character-string (RFC 1035 3.3): one byte of length, and as many bytes. `length` is the filter name of the first."""
        size = self.number(1, f"{name} length", length)
        return self.text(size, name, abbrev)

    def name(self, name: str, abbrev: str = "") -> Name:
        """A domain name."""
        self.spend(1)
        found = self.names.read(self.at, self.end)
        self.at = found.end
        self.names_read.append(found)
        self.fields.append(Field(name, found.start, found.end, found.text, (), abbrev, "", found.error))
        if found.fatal:
            raise ShortError
        return found

    def ipv4(self, name: str, abbrev: str) -> str:
        """Four bytes of an address."""
        at = self.at
        value = ".".join(map(str, self.take(4, name)))
        self.fields.append(Field(name, at, at + 4, value, (), abbrev))
        return value

    def ipv6(self, name: str, abbrev: str) -> str:
        """Sixteen bytes of an address."""
        at = self.at
        value = socket.inet_ntop(socket.AF_INET6, self.take(16, name))
        self.fields.append(Field(name, at, at + 16, value, (), abbrev))
        return value

    def prefix(self, family: int, size: int, name: str, abbrevs: tuple[str, str, str]) -> str:
        """The first bytes of an address, the others being zero; `abbrevs` for IPv4, IPv6 and anything else."""
        at = self.at
        data = self.take(size, name)
        value: str | bytes = data
        abbrev = abbrevs[2]
        if family == 1 and size <= 4:
            value, abbrev = str(ipaddress.IPv4Address(data.ljust(4, b"\0"))), abbrevs[0]
        elif family == 2 and size <= 16:
            value, abbrev = socket.inet_ntop(socket.AF_INET6, data.ljust(16, b"\0")), abbrevs[1]
        self.fields.append(Field(name, at, self.at, value, (), abbrev))
        return value if isinstance(value, str) else value.hex()

    def flags(self, size: int, name: str, abbrev: str, bits: Sequence[tuple[str, str, int, int]]) -> int:
        """A number whose bits mean something: each with its name, its filter name, its first bit and how many."""
        at = self.at
        value = int.from_bytes(self.take(size, name), "big")
        self.spend(len(bits))
        width = 8 * size
        parts = []
        for title, short, first, count in bits:
            part = value >> (width - first - count) & ((1 << count) - 1)
            found: int | bool = bool(part) if count == 1 else part
            place = (8 * at + first, 8 * at + first + count)
            parts.append(Field(title, at, at + size, found, (), short, "", "", 0, place))
        self.fields.append(Field(name, at, at + size, value, tuple(parts), abbrev))
        return value

    def group(self, title: str, abbrev: str, read: Callable[["Cursor"], str], end: int) -> None:
        """Fields that belong together, up to `end`, under one node; `read` gives what the node says. What it leaves is shown, too."""
        self.spend(1)
        at = self.at
        inner = Cursor(self.data, at, min(end, self.end), self.names)
        said = title
        try:
            said = read(inner) or title
        except ShortError:
            inner.at = inner.end
        if inner.left:
            inner.rest("Undecoded", "dns.data")
            inner.notes.append(Note(Severity.WARN, f"{title} is longer than what it holds", inner.fields[-1].start, inner.end))
        self.at = inner.end
        self.names_read += inner.names_read
        self.notes += inner.notes
        self.fields.append(Field(said, at, inner.end, None, tuple(inner.fields), abbrev))

    def warn(self, text: str, start: int, end: int, section: str, severity: Severity = Severity.WARN) -> None:
        """Remark on something that could be read."""
        self.notes.append(Note(severity, text, start, end, section))

    def _short(self, what: str, why: str) -> None:
        """Show what there is of a field that cannot be read, and read no more."""
        self.names.broken = True
        at, end = self.at, self.end
        rest = self.data[at:end]
        self.fields.append(Field(what, at, end, rest if rest else None, (), "", "", why))
        self.at = end
        raise ShortError


Step = Callable[[Cursor], object]
"""Reads one field of a record's data, or a few that belong together."""


def time_text(seconds: int) -> str:
    """Seconds since 1970 as a date in UTC, as far as there are such."""
    from datetime import UTC, datetime

    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return ""
