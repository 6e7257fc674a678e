"""QPACK as the server decodes it (RFC 9204): the client's encoder stream fills the table, field sections refer to it, what was read is
acknowledged on the decoder stream.

A section that needs entries which are still on their way waits ("blocked"); the caller keeps it and asks again when more was inserted.
"""

from dataclasses import dataclass

from workbench_http3.qpack_literals import BrokenError, Reader, ShortError, integer
from workbench_http3.qpack_static import STATIC
from workbench_http3.qpack_table import ENTRY_OVERHEAD, DynamicTable
from workbench_http3.server_faults import ConnectionFault
from workbench_http3.server_frames import ErrorCode

__all__ = ["Blocked", "QpackDecoder", "Section"]

LONGEST_CODE = 4
"""Bytes that a Huffman-coded one may take at most (30 bits, RFC 7541 appendix B): a string this much longer than the table never fits."""

Field = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Section:
    """The fields of a section in order. `whole` is False where reading stopped because they became too many."""

    fields: tuple[Field, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Blocked:
    """The section needs `required` insertions, and there were fewer so far."""

    required: int


class QpackDecoder:
    """`capacity` (bytes) and `streams` are what SETTINGS promised; `most` bounds the size of one section's fields (RFC 9114 4.2.2)."""

    def __init__(self, capacity: int, streams: int, most: int) -> None:
        self.table = DynamicTable()
        self.table.maximum = self._maximum = capacity
        self._streams = streams
        self._most = most
        self._blocked: set[int] = set()
        self._buffer = b""
        self._known = 0
        """Insertions that the client knows we have seen (RFC 9204 2.1.4)."""
        self._out = bytearray()

    def output(self) -> bytes:
        """Instructions for the client's encoder, since the last call (RFC 9204 4.4)."""
        if self.table.inserted > self._known:
            self._out += integer(self.table.inserted - self._known, 6)
            self._known = self.table.inserted
        out = bytes(self._out)
        self._out.clear()
        return out

    def instructions(self, data: bytes) -> None:
        """Bytes of the client's encoder stream (RFC 9204 4.3). Raises `ConnectionFault`."""
        reader = Reader(self._buffer + data)
        done = 0
        try:
            while reader.at < len(reader.data):
                self._instruction(reader)
                done = reader.at
        except ShortError:
            pass
        except BrokenError as error:
            raise ConnectionFault(ErrorCode.QPACK_ENCODER_STREAM_ERROR, f"{error} ({error.section})") from error
        self._buffer = reader.data[done:]

    def section(self, stream: int, data: bytes) -> Section | Blocked:
        """An encoded field section of a stream (RFC 9204 4.5). Raises `ConnectionFault`."""
        reader = Reader(data)
        try:
            required, base = self._prefix(reader)
            if required > self.table.inserted:
                self._wait(stream)
                return Blocked(required)
            found = self._lines(reader, required, base)
        except ShortError as error:
            raise ConnectionFault(ErrorCode.QPACK_DECOMPRESSION_FAILED, f"{error} that ends too early (RFC 9204 4.1)") from error
        except BrokenError as error:
            raise ConnectionFault(ErrorCode.QPACK_DECOMPRESSION_FAILED, f"{error} ({error.section})") from error
        self._blocked.discard(stream)
        if required:
            self._out += integer(stream, 7, 0x80)
            self._known = max(self._known, required)
        return found

    def cancel(self, stream: int) -> None:
        """The stream will not be read any further (RFC 9204 2.2.2.2)."""
        self._blocked.discard(stream)
        if self._maximum:
            self._out += integer(stream, 6, 0x40)

    # the encoder stream

    def _instruction(self, reader: Reader) -> None:
        first = reader.data[reader.at]
        longest = LONGEST_CODE * self.table.capacity
        if first & 0x80:
            index = reader.integer(6)
            name = _static(index)[0] if first & 0x40 else self._entry(self.table.inserted - 1 - index)[0]
            self._insert(name, reader.text("value", 7, longest)[0])
        elif first & 0x40:
            name = reader.text("name", 5, longest)[0]
            self._insert(name, reader.text("value", 7, longest)[0])
        elif first & 0x20:
            capacity = reader.integer(5)
            if not self.table.resize(capacity):
                raise BrokenError(f"a table of {capacity} bytes where {self._maximum} are allowed", "RFC 9204 3.2.3")
        else:
            self._insert(*self._entry(self.table.inserted - 1 - reader.integer(5)))

    def _insert(self, name: bytes, value: bytes) -> None:
        if not self.table.add(name, value):
            raise BrokenError(f"an entry larger than the table of {self.table.capacity} bytes", "RFC 9204 3.2.2")

    def _entry(self, index: int) -> Field:
        found = self.table.find(index)
        if found is None:
            raise BrokenError(f"there is no entry {index}", "RFC 9204 2.2.3")
        return found

    # field sections

    def _wait(self, stream: int) -> None:
        self._blocked.add(stream)
        if len(self._blocked) > self._streams:
            raise BrokenError(f"more than {self._streams} blocked streams", "RFC 9204 2.1.2")

    def _prefix(self, reader: Reader) -> tuple[int, int]:
        """The required insert count and the base (RFC 9204 4.5.1)."""
        required = self._required(reader.integer(8))
        negative = bool(reader.data[reader.at : reader.at + 1] >= b"\x80")
        delta = reader.integer(7)
        if negative and delta >= required:
            raise BrokenError("the base is negative", "RFC 9204 4.5.1.2")
        return required, required - delta - 1 if negative else required + delta

    def _required(self, encoded: int) -> int:
        """The required insert count, which is sent modulo twice the largest number of entries (RFC 9204 4.5.1.1)."""
        if not encoded:
            return 0
        full = 2 * (self._maximum // ENTRY_OVERHEAD)
        if encoded > full:
            raise BrokenError("a required insert count that no such table has", "RFC 9204 4.5.1.1")
        largest = self.table.inserted + full // 2
        required = largest // full * full + encoded - 1
        if required > largest:
            required -= full
        if required <= 0:
            raise BrokenError("a required insert count that cannot be", "RFC 9204 4.5.1.1")
        return required

    def _lines(self, reader: Reader, required: int, base: int) -> Section:
        found: list[Field] = []
        size = used = 0
        while reader.at < len(reader.data):
            line, needed = self._line(reader, required, base)
            used = max(used, needed)
            size += len(line[0]) + len(line[1]) + ENTRY_OVERHEAD
            if size > self._most:
                return Section(tuple(found), False)
            found.append(line)
        if used != required:
            raise BrokenError(f"a required insert count of {required} where {used} would do", "RFC 9204 2.2.1")
        return Section(tuple(found), True)

    def _line(self, reader: Reader, required: int, base: int) -> tuple[Field, int]:
        """One field line (RFC 9204 4.5.2 to 4.5.6), and the insertions that it needs."""
        first = reader.data[reader.at]
        if first & 0x80:
            index = reader.integer(6)
            return (_static(index), 0) if first & 0x40 else self._reference(base - 1 - index, required)
        if first & 0x40:
            index = reader.integer(4)
            (name, _), needed = (_static(index), 0) if first & 0x10 else self._reference(base - 1 - index, required)
        elif first & 0x20:
            name, needed = reader.text("name", 3)[0], 0
        elif first & 0x10:
            return self._reference(base + reader.integer(4), required)
        else:
            (name, _), needed = self._reference(base + reader.integer(3), required)
        return (name, reader.text("value", 7)[0]), needed

    def _reference(self, index: int, required: int) -> tuple[Field, int]:
        """An entry that a section refers to, and the insertions that it needs."""
        if index >= required:
            raise BrokenError(f"entry {index} is beyond the required insert count of {required}", "RFC 9204 2.2.3")
        return self._entry(index), index + 1


def _static(index: int) -> Field:
    if index >= len(STATIC):
        raise BrokenError(f"the static table has no entry {index}", "RFC 9204 3.1")
    return STATIC[index]
