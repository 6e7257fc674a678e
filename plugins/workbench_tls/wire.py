"""One direction's bytes cut into records, what comes before the first record, and what lies between records after a loss.

Where a piece ends depends on the bytes alone, never on how they arrived.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from workbench_tls.limits import MAX_CLEAR_LINE, MAX_FRAGMENT, MAX_JUNK

__all__ = ["HEADER", "Piece", "Wire", "is_header", "starts_ssl2"]

HEADER = 5
"""Bytes of content type, version and length (RFC 8446 5.1)."""

_TYPES = range(20, 27)
_HELLO = re.compile(rb"\x16\x03[\x00-\x04][\x00-\x48].[\x01\x02]\x00|\x15\x03[\x00-\x04]\x00\x02[\x01\x02].", re.DOTALL)
"""A record with a hello, or with an alert in the clear: how TLS begins behind STARTTLS."""
_LONGEST_HELLO = 7
_HELLO_BEGINS = re.compile(rb"[\x15\x16]")
_RECORD = re.compile(rb"[\x14-\x18]\x03[\x00-\x04](?:[\x01-\x47].|\x00[\x01-\xff])", re.DOTALL)
"""A header that can hardly be anything else: one in two million offsets of random bytes looks like this."""
_RECORD_BEGINS = re.compile(rb"[\x14-\x18]")
_TEXT = frozenset(b"\t\r\n") | frozenset(range(0x20, 0x7F))

Kind = Literal["record", "cut", "ssl2", "data", "lost"]
_Mode = Literal["start", "records", "clear", "seek", "ssl2"]


class Piece(NamedTuple):
    """Bytes that make one message. "record" is whole, "cut" breaks off; "data" is not TLS; "lost" was never captured, as far as it says.

    `[start, end)` is its place in the direction's stream, `raw` what there is of it.
    """

    kind: Kind
    start: int
    end: int
    raw: bytes
    junk: bool = False
    """Whether records came before: then these bytes should have been one."""


def is_header(data: bytes | bytearray) -> bool:
    """Whether five bytes can be the header of a record."""
    return data[0] in _TYPES and data[1] == 3 and data[2] <= 4 and int.from_bytes(data[3:5], "big") <= MAX_FRAGMENT


def starts_ssl2(data: bytes | bytearray) -> bool:
    """Whether seven bytes begin a ClientHello or ServerHello in the record format of SSL 2.0 (RFC 5246 E.2)."""
    if data[0] < 0x80 or int.from_bytes(data[:2], "big") & 0x7FFF < 9:
        return False
    if data[2] == 1:
        return data[3:5] == b"\0\2" or (data[3] == 3 and data[4] <= 4)
    return data[2] == 4 and data[3] < 2 and data[5:7] == b"\0\2"


@dataclass(slots=True)
class Wire:
    """See the module. `start` is the stream offset of the first byte that no piece covers yet, lost bytes included."""

    start: int = 0
    data: bytearray = field(default_factory=bytearray)
    mode: _Mode = "start"
    lost: int = 0
    """Lost bytes in front of `data`."""
    skip: int = 0
    """Bytes that belong to a record whose beginning was given as "cut"."""
    begun: bool = False
    """Whether there was a record yet."""
    sought: int = 0
    """Bytes at the beginning of `data` in which nothing begins that is looked for: many small chunks cost no more than a large one."""

    def gap(self, size: int) -> Iterator[Piece]:
        """`size` bytes are lost behind those there are."""
        yield from self._rest()
        self.lost += size
        if self.mode == "start":
            self.mode = "seek"
        if size <= self.skip:
            self.skip -= size
        elif self.mode in ("records", "ssl2"):
            self.mode, self.skip = "seek", 0

    def pieces(self) -> Iterator[Piece]:
        """What is complete."""
        while self.data:
            piece = self._next()
            if piece is None:
                return
            yield from piece

    def finish(self) -> Iterator[Piece]:
        """No more bytes: whatever is left."""
        yield from self._rest()
        if self.lost:
            yield self._take(0, "lost")

    def _next(self) -> Iterator[Piece] | None:
        if self.skip:
            return self._given(self.skip, "data") if len(self.data) >= self.skip else None
        if self.mode == "start":
            if len(self.data) < _LONGEST_HELLO:
                return None
            self.mode = self._beginning()
        match self.mode:
            case "records":
                return self._record()
            case "ssl2":
                return self._ssl2_record()
            case "clear":
                return self._before(_HELLO, _HELLO_BEGINS, MAX_CLEAR_LINE, b"\n")
        return self._sought()

    def _beginning(self) -> _Mode:
        """What the first bytes of a direction are: TLS, or a protocol that may switch to it, text or not."""
        if is_header(self.data):
            return "records"
        if starts_ssl2(self.data):
            return "ssl2"
        return "clear" if _TEXT.issuperset(self.data[:_LONGEST_HELLO]) else "seek"

    def _size(self) -> int:
        """Bytes of the record that begins here, header included; 0 while its header is not complete."""
        return HEADER + int.from_bytes(self.data[3:HEADER], "big") if len(self.data) >= HEADER else 0

    def _record(self) -> Iterator[Piece] | None:
        size = self._size()
        if not size:
            return None
        if not is_header(self.data):
            self.mode = "seek"
            return iter(())
        return self._given(size, "record") if len(self.data) >= size else None

    def _ssl2_record(self) -> Iterator[Piece] | None:
        if len(self.data) < 3:
            return None
        wide = self.data[0] < 0x80
        size = (int.from_bytes(self.data[:2], "big") & (0x3FFF if wide else 0x7FFF)) + (3 if wide else 2)
        if len(self.data) < size:
            return None
        if not wide and self.data[2] == 1 and self.data[3] == 3:
            self.mode = "records"  # RFC 5246 E.2: the hello alone has the old format
        return self._given(size, "ssl2")

    def _sought(self) -> Iterator[Piece] | None:
        """What lies before the next record."""
        return self._before(_RECORD, _RECORD_BEGINS, MAX_JUNK, b"")

    def _before(
        self, pattern: re.Pattern[bytes], beginning: re.Pattern[bytes], most: int, ending: bytes
    ) -> Iterator[Piece] | None:
        """What comes before TLS (again), in lines or in pieces of the greatest size."""
        found = pattern.search(self.data, self.sought)
        if found is not None and found.start() == 0:
            self.mode = "records"
            return iter(())
        if found is None:  # one may begin in the last bytes, and end in those to come
            self.sought = max(0, len(self.data) - _LONGEST_HELLO + 1)
            found = beginning.search(self.data, self.sought)
            clear, known = (found.start() if found is not None else len(self.data)), False
        else:
            clear, known = found.start(), True
        line = self.data.find(ending, 0, clear) + 1 if ending else 0
        if 0 < line <= most:
            return self._given(line, "data")
        if clear >= most:
            return self._given(most, "data")
        return self._given(clear, "data") if known else None

    def _rest(self) -> Iterator[Piece]:
        """What must be given without waiting for more; remembers how much of a record is still to come."""
        yield from self.pieces()
        while self.data:
            size = len(self.data)
            if self.skip:
                yield from self._given(size, "data")
            elif self.mode == "records" and self._size():
                self.skip = self._size() - size
                yield from self._given(size, "cut")
            else:
                if self.mode == "start" and size >= HEADER and is_header(self.data):
                    self.mode = "records"
                    yield from self.pieces()
                    continue
                yield from self._given(min(size, MAX_JUNK), "data")

    def _given(self, size: int, kind: Kind) -> Iterator[Piece]:
        if self.lost and kind != "data":
            yield self._take(0, "lost")
        yield self._take(size, kind)

    def _take(self, size: int, kind: Kind) -> Piece:
        start, end = self.start, self.start + self.lost + size
        raw = bytes(self.data[:size])
        del self.data[:size]
        self.start, self.lost, self.sought = end, 0, max(0, self.sought - size)
        junk = self.begun and not self.skip and kind == "data"
        self.begun = self.begun or kind in ("record", "ssl2")
        if kind == "data" and self.skip:
            self.skip -= min(self.skip, size)
        return Piece(kind, start, end, raw, junk)
