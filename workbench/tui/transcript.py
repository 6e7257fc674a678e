"""A conversation as lines to read: text or hex dump, a turn after the other, each with its packet. Pure functions.

Everything is sanitised line by line and cut into pieces that fit, so that one endless line of a hostile peer is many short ones.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from workbench.api import Chunk, Direction
from workbench.tui.cells import clean, count, duration, size
from workbench.tui.hex_layout import PRINTABLE
from workbench.tui.widgets.line_list import Line

__all__ = ["Turn", "byte_lines", "text_lines", "turns_of"]

MOST_LINES = 100_000
"""Lines of one transcript: days of reading; the rest is named, not shown."""

ARROWS = {Direction.TO_SERVER: "→", Direction.TO_CLIENT: "←"}
STYLES = {Direction.TO_SERVER: "to_server", Direction.TO_CLIENT: "to_client"}
NARROWEST = 16
"""Cells for content, however narrow the screen."""

Parts = tuple[tuple[str, str], ...]

NAMES = {Direction.TO_SERVER: "client", Direction.TO_CLIENT: "server"}


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side said before the other answered. `lost` bytes are missing before it."""

    direction: Direction
    offset: int
    data: bytes
    packet: int
    packets: int
    time_ns: int
    lost: int = 0


def turns_of(chunks: Iterable[Chunk], only: Direction | None = None) -> Iterator[Turn]:
    """Join the chunks of one direction that follow each other; `only` leaves the other direction out."""
    parts: list[Chunk] = []
    for chunk in chunks:
        if (only is not None and chunk.direction is not only) or not (chunk.data or chunk.gap):
            continue
        if parts and (parts[0].direction is not chunk.direction or chunk.gap):
            yield _turn(parts)
            parts = []
        parts.append(chunk)
    if parts:
        yield _turn(parts)


def _turn(parts: list[Chunk]) -> Turn:
    first = parts[0]
    data = b"".join(part.data for part in parts)
    return Turn(
        first.direction, first.offset, data, first.packet, len({part.carrier for part in parts}), first.time_ns, first.gap
    )


def text_lines(turns: Iterable[Turn], width: int) -> Iterator[Line]:
    """Turns as text in `width` cells."""
    return _limited(_lines(turns, width, _as_text))


def byte_lines(turns: Iterable[Turn], width: int) -> Iterator[Line]:
    """Turns as hex dumps in `width` cells."""
    return _limited(_lines(turns, width, _as_bytes))


def _limited(lines: Iterator[Line]) -> Iterator[Line]:
    for number, line in enumerate(lines):
        if number >= MOST_LINES:
            yield Line((("warning", f"… only the first {count(MOST_LINES)} lines are shown; w saves all bytes"),))
            return
        yield line


def _lines(turns: Iterable[Turn], width: int, body: Callable[[Turn, int], Iterator[Parts]]) -> Iterator[Line]:
    begun: int | None = None
    for turn in turns:
        begun = turn.time_ns if begun is None else begun
        style = STYLES[turn.direction]
        carried = f"packet {turn.packet}" if turn.packets <= 1 else f"packet {turn.packet} and {turn.packets - 1} more"
        facts = f" {NAMES[turn.direction]} · {size(len(turn.data))} · {carried} · +{duration(turn.time_ns - begun)} "
        rule = "─" * max(0, width - len(facts) - 3)
        yield Line(((style, f" {ARROWS[turn.direction]}"), ("dim", facts), ("faint", rule)), turn.packet)
        if turn.lost:
            yield Line((("warning", f" ┆ {count(turn.lost)} bytes were not captured"),), turn.packet)
        for text in body(turn, max(NARROWEST, width - 4)):
            yield Line(((style, " ▏ "), *text), turn.packet)


def _as_text(turn: Turn, width: int) -> Iterator[Parts]:
    style = STYLES[turn.direction]
    for raw in turn.data.splitlines():
        text = clean(raw.decode("utf-8", "backslashreplace").expandtabs(4))
        for start in range(0, max(1, len(text)), width):
            yield ((style, text[start : start + width]),)


def _as_bytes(turn: Turn, width: int) -> Iterator[Parts]:
    per_row = next((number for number in (32, 16) if width >= 11 + 4 * number), 8)
    style, data = STYLES[turn.direction], turn.data
    for start in range(0, len(data), per_row):
        row = data[start : start + per_row]
        octets, text = row.hex(" ").ljust(3 * per_row), "".join(PRINTABLE[octet] for octet in row)
        yield (("faint", f"{turn.offset + start:08x}  "), (style, octets), ("dim", " " + text))
