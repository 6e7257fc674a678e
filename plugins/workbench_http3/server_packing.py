"""QPACK as the server encodes it (RFC 9204): the static table, literals, and the client's dynamic table as far as it offers one.

A field is inserted when it comes for the second time on a connection. What the client has not acknowledged is referred to only where that
keeps no more streams waiting than it allows; what something still refers to is never pushed out.
"""

from collections.abc import Iterable
from functools import lru_cache

from workbench_http3.qpack_literals import BrokenError, Reader, ShortError, huffman_encode, integer, text
from workbench_http3.qpack_static import STATIC
from workbench_http3.qpack_table import ENTRY_OVERHEAD
from workbench_http3.server_faults import ConnectionFault
from workbench_http3.server_frames import ErrorCode

__all__ = ["FieldEncoder", "pack"]

REMEMBERED = 1_024
"""Field lines whose code is kept: a site has some dozens that come again, and lengths and tags that do not."""

NOTICED = 64
"""Fields of one connection that are waited for to come again: several responses have no more different ones."""

OUTSTANDING = 256
"""Sections with references that the client has not acknowledged; beyond, there are no references. A client that acknowledges nothing must
not make the server remember everything."""

Field = tuple[bytes, bytes]

_BY_FIELD = {field: index for index, field in enumerate(STATIC)}
_BY_NAME = {name: index for index, (name, _) in reversed(list(enumerate(STATIC)))}


def pack(fields: Iterable[Field]) -> bytes:
    """An encoded field section (RFC 9204 4.5) that needs no dynamic table."""
    return b"\x00\x00" + b"".join(_line(field) for field in fields)


@lru_cache(REMEMBERED)
def _line(field: Field) -> bytes:
    """A field without the dynamic table (RFC 9204 4.5.2, 4.5.4, 4.5.6)."""
    name, value = field
    if field in _BY_FIELD:
        return integer(_BY_FIELD[field], 6, 0xC0)
    return _named(name, 4, 0x50, 3, 0x20) + _shorter(value, 7, 0)


def _named(name: bytes, bits: int, indexed: int, letters: int, literal: int) -> bytes:
    """A name by its place in the static table, or letter by letter."""
    index = _BY_NAME.get(name)
    return integer(index, bits, indexed) if index is not None else _shorter(name, letters, literal)


def _shorter(content: bytes, bits: int, first: int) -> bytes:
    return text(content, bits, first, huffman=len(huffman_encode(content)) < len(content))


class FieldEncoder:
    """Encodes the sections of one connection. `most` bounds the bytes of the client's table that are used; until `allow` there is none."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._capacity = self._full = self._streams = 0
        self._entries: dict[int, Field] = {}
        self._places: dict[Field, int] = {}
        self._size = self._inserted = self._known = 0
        self._noticed: dict[Field, None] = {}
        self._sections: dict[int, list[tuple[int, int]]] = {}
        """By stream, in order: the lowest entry that a section refers to, and its required insert count."""
        self._count = 0
        self._buffer = b""

    def allow(self, capacity: int, streams: int) -> bytes:
        """The client's settings: bytes of its table, and streams that may wait for it. Returns instructions (RFC 9204 4.3.1)."""
        self._capacity = min(capacity, self._most)
        self._full = 2 * (capacity // ENTRY_OVERHEAD)
        self._streams = streams
        return integer(self._capacity, 5, 0x20) if self._capacity else b""

    def encode(self, stream: int, fields: Iterable[Field]) -> tuple[bytes, bytes]:
        """Instructions for the client's decoder, which must be sent first, and the section that may need them."""
        fields = tuple(fields)
        if not self._capacity or self._count >= OUTSTANDING:
            return b"", pack(fields)
        said = bytearray()
        used: dict[Field, int] = {}
        bold: bool | None = None
        for field in fields:
            index = self._places.get(field)
            if index is None and field not in _BY_FIELD and self._comes_again(field):
                index = self._insert(field, min(used.values(), default=self._inserted), said)
            if index is not None and index >= self._known:
                bold = self._may_wait(stream) if bold is None else bold
            if index is not None and (index < self._known or bold):
                used[field] = index
        if not used:
            return bytes(said), pack(fields)
        required = max(used.values()) + 1
        self._sections.setdefault(stream, []).append((min(used.values()), required))
        self._count += 1
        return bytes(said), self._section(fields, used, required)

    def _section(self, fields: tuple[Field, ...], used: dict[Field, int], required: int) -> bytes:
        """The base is the required insert count (RFC 9204 4.5.1)."""
        head = integer(required % self._full + 1, 8) + b"\x00"
        return head + b"".join(
            integer(required - 1 - used[field], 6, 0x80) if field in used else _line(field) for field in fields
        )

    def _comes_again(self, field: Field) -> bool:
        if field in self._noticed:
            return True
        self._noticed[field] = None
        if len(self._noticed) > NOTICED:
            del self._noticed[next(iter(self._noticed))]
        return False

    def _may_wait(self, stream: int) -> bool:
        """Whether a section of this stream may need what was not acknowledged (RFC 9204 2.1.2)."""
        waiting = {number for number, sections in self._sections.items() if any(need > self._known for _, need in sections)}
        return stream in waiting or len(waiting) < self._streams

    def _insert(self, field: Field, lowest: int, said: bytearray) -> int | None:
        """A new entry, where there is room; None where there is none. `lowest` is the first entry that the section at hand refers to."""
        size = len(field[0]) + len(field[1]) + ENTRY_OVERHEAD
        keep = min([self._known, lowest, *(low for sections in self._sections.values() for low, _ in sections)])
        leaving = []
        room = self._capacity - self._size
        for index, (name, value) in self._entries.items():
            if room >= size or index >= keep:
                break
            leaving.append(index)
            room += len(name) + len(value) + ENTRY_OVERHEAD
        if room < size:
            return None
        for index in leaving:
            del self._places[self._entries.pop(index)]
        self._size = self._capacity - room + size
        self._entries[self._inserted] = field
        self._places[field] = self._inserted
        self._inserted += 1
        said += _named(field[0], 6, 0xC0, 5, 0x40) + _shorter(field[1], 7, 0)
        return self._inserted - 1

    # the client's decoder stream

    def receive(self, data: bytes) -> None:
        """Bytes of the client's decoder stream (RFC 9204 4.4). Raises `ConnectionFault` for what cannot be."""
        reader = Reader(self._buffer + data)
        done = 0
        try:
            while reader.at < len(reader.data):
                self._instruction(reader)
                done = reader.at
        except ShortError:
            pass
        except BrokenError as error:
            raise ConnectionFault(ErrorCode.QPACK_DECODER_STREAM_ERROR, f"{error} ({error.section})") from error
        self._buffer = reader.data[done:]

    def _instruction(self, reader: Reader) -> None:
        first = reader.data[reader.at]
        if first & 0x80:
            self._acknowledged(reader.integer(7))
        elif first & 0x40:
            self._count -= len(self._sections.pop(reader.integer(6), ()))
        else:
            number = reader.integer(6)
            if not 1 <= number <= self._inserted - self._known:
                raise BrokenError(
                    f"{number} insertions are acknowledged, {self._inserted - self._known} were not", "RFC 9204 4.4.3"
                )
            self._known += number

    def _acknowledged(self, stream: int) -> None:
        sections = self._sections.get(stream)
        if not sections:
            raise BrokenError(f"stream {stream} has no section to acknowledge", "RFC 9204 4.4.1")
        _, required = sections.pop(0)
        self._count -= 1
        self._known = max(self._known, required)
        if not sections:
            del self._sections[stream]
