"""Bytes of a followed stream as lines: text, hex, or JSON. Whatever a terminal would obey is escaped."""

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from typing import Protocol

from dissectors.text import safe
from workbench.api import Direction

__all__ = ["FollowedPiece", "hex_lines", "json_lines", "text_lines"]

_MARKS = {Direction.TO_SERVER: "→", Direction.TO_CLIENT: "←"}

LONGEST_LINE = 1 << 16
"""Characters of one line of text; a longer one goes on in the next, marked by a backslash at its end."""


_BYTE = re.compile("([\udc80-\udcff])")


class FollowedPiece(Protocol):
    """Bytes of one direction; see `workbench.following.Piece`."""

    @property
    def direction(self) -> Direction:
        """Which way."""

    @property
    def data(self) -> bytes:
        """The bytes."""

    @property
    def packet(self) -> int:
        """What completed them."""

    @property
    def time_ns(self) -> int:
        """When."""

    @property
    def missing(self) -> int:
        """Bytes before them that were not captured."""


def text_lines(pieces: Iterable[FollowedPiece], origin_ns: int) -> Iterator[str]:
    """As UTF-8 text, a head line where the direction changes (seconds count from `origin_ns`); what is no text is escaped byte by byte."""
    direction: Direction | None = None
    writer = _Text()
    for piece in pieces:
        if piece.direction is not direction:
            yield from writer.end()
            direction = piece.direction
            yield f"{_MARKS[direction]} #{piece.packet} {(piece.time_ns - origin_ns) / 1e9:.6f}"
        if piece.missing:
            yield from writer.end()
            yield _missing(piece.missing)
        yield from writer.add(piece.data)
    yield from writer.end()


class _Text:
    """Bytes become lines as soon as these are whole."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._begun = ""

    def add(self, data: bytes) -> Iterator[str]:
        text = self._begun + self._decoder.decode(data)
        *whole, begun = text.split("\n")
        for line in whole:
            *parts, last = _cut(line)
            yield from (_line(part) + "\\" for part in parts)
            yield _line(last.removesuffix("\r"))  # the one of CR LF belongs to the line break; any other is shown
        *parts, self._begun = _cut(begun)
        yield from (_line(part) + "\\" for part in parts)

    def end(self) -> Iterator[str]:
        rest = self._begun + self._decoder.decode(b"", final=True)
        self._decoder.reset()
        self._begun = ""
        if rest:
            yield _line(rest)


def _cut(line: str) -> list[str]:
    return [line[at : at + LONGEST_LINE] for at in range(0, max(1, len(line)), LONGEST_LINE)]


def _line(line: str) -> str:
    """Printable. Bytes that are no text became lone surrogates, which no sound UTF-8 has (PEP 383)."""
    parts = _BYTE.split(line)
    parts[::2] = map(safe, parts[::2])
    parts[1::2] = (f"\\x{ord(byte) - 0xDC00:02x}" for byte in parts[1::2])
    return "".join(parts)


def hex_lines(pieces: Iterable[FollowedPiece], origin_ns: int) -> Iterator[str]:
    """Sixteen bytes a line with their offset in the direction's stream, a head line for each piece."""
    offsets = dict.fromkeys(Direction, 0)
    for piece in pieces:
        mark, way = _MARKS[piece.direction], piece.direction
        yield f"{mark} #{piece.packet} {(piece.time_ns - origin_ns) / 1e9:.6f}"
        if piece.missing:
            yield _missing(piece.missing)
            offsets[way] += piece.missing
        for at in range(0, len(piece.data), 16):
            row = piece.data[at : at + 16]
            halves = f"{row[:8].hex(' '):<23}  {row[8:].hex(' '):<23}"
            letters = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
            yield f"{mark} {offsets[way] + at:08x}  {halves}  {letters}"
        offsets[way] += len(piece.data)


def json_lines(pieces: Iterable[FollowedPiece], origin_ns: int) -> Iterator[str]:  # noqa: ARG001 - times are absolute here
    """One object for each piece; `data` in hex, `offset` in the direction's stream."""
    offsets = dict.fromkeys(Direction, 0)
    for piece in pieces:
        offsets[piece.direction] += piece.missing
        value = {
            "direction": piece.direction.name.lower(),
            "offset": offsets[piece.direction],
            "missing": piece.missing,
            "packet": piece.packet,
            "time_ns": piece.time_ns,
            "data": piece.data.hex(),
        }
        offsets[piece.direction] += len(piece.data)
        yield json.dumps(value, separators=(",", ":"))


def _missing(count: int) -> str:
    return f"  [{count:,} bytes are missing in the capture]"
