"""The packet list: rows straight from the index columns, messages' summaries as they become known, and the stream of the cursor.

The gutter to the left of the number shows marks, the packets of the same stream, and those that carried the messages under the cursor.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.strip import Strip

from workbench.api import UNDECODED
from workbench.tui.cells import clean, fit, middle
from workbench.tui.columns import Column, Placed, arrange
from workbench.tui.row_map import RowMap
from workbench.tui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from workbench.api import Transport
    from workbench.rows import PacketRow

__all__ = ["Info", "PacketList", "Related", "Rows"]

GUTTER = 2
TIMES = ("relative", "delta", "clock")
WIDE, VAST = 128, 220
"""Cells from which on addresses have room for short, and for all, IPv6 addresses."""


class Rows(Protocol):
    """Where rows come from; `workbench.session.Session` is one."""

    def __len__(self) -> int:
        """Packets there are so far."""
        ...

    def row(self, number: int) -> "PacketRow":
        """The row of one packet, counted from 1."""
        ...

    def packet_stream(self, number: int) -> tuple["Transport", int] | None:
        """Its stream."""
        ...


@dataclass(frozen=True, slots=True)
class Info:
    """What dissecting a packet's messages gave for its row. `broken` when one of them is."""

    protocol: str
    text: str
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Related:
    """What has to do with the packet under the cursor: its stream, and the packets that carried its messages."""

    stream: tuple["Transport", int] | None = None
    carriers: frozenset[int] = frozenset()


class PacketList(VirtualList):
    """Packets of `source`, those that `rows` lets through."""

    class Scrolled(Message):
        """Other rows can be seen."""

    COUNTS: ClassVar[bool] = True

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self.source: Rows | None = None
        self.rows = RowMap()
        self.infos: Mapping[int, Info | None] = {}
        self.marks: set[int] = set()
        self.related = Related()
        self.times = TIMES[0]
        self._placed: tuple[tuple[int, int, int], tuple[Placed, ...]] = ((0, 0, 0), ())
        self._first_time: int | None = None

    @property
    def row_count(self) -> int:
        """Rows that the filter lets through."""
        return len(self.rows) if self.source is not None else 0

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Draw, and say that other rows can be seen."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self.post_message(self.Scrolled())

    def begin(self) -> None:
        """Another capture: forget what was drawn and where the cursor was."""
        self.related, self._first_time, self.cursor = Related(), None, 0
        self.redraw()

    @property
    def current(self) -> int:
        """The packet under the cursor, 0 when there is none."""
        return self.rows.number(self.cursor) if self.cursor < self.row_count else 0

    def visible_numbers(self, margin: float = 0.0) -> list[int]:
        """Packets on the screen and up to `margin` screens around it, nearest first."""
        top, height = self.scroll_offset.y, self.body_height
        around = int(height * margin)
        inner = self.rows.numbers(top, top + height)
        return inner + self.rows.numbers(top + height, top + height + around) + self.rows.numbers(max(0, top - around), top)

    def relate(self, related: Related) -> None:
        """Show what belongs to the cursor's packet; only rows that change are drawn."""
        top = self.scroll_offset.y
        shown = self.rows.numbers(top, top + self.body_height)
        before = [self._relation(number) for number in shown]
        self.related = related
        for place, number in enumerate(shown):
            if self._relation(number) != before[place]:
                self.redraw_row(top + place)

    def _relation(self, number: int) -> str:
        if number in self.related.carriers:
            return "●"
        if self.related.stream is None or self.source is None:
            return " "
        return "│" if self.source.packet_stream(number) == self.related.stream else " "

    def state_of(self, row: int) -> object:
        """Gutter, marks and dissected text change after a row was drawn."""
        number = self.rows.number(row)
        return number, self._relation(number), number in self.marks, self.infos.get(number), self.times

    def goto(self, number: int) -> None:
        """Go to the packet of this number, or the nearest that is shown."""
        self.move(self.rows.row(number))

    def render_line(self, y: int) -> Strip:
        """Rows, or why there are none."""
        if y == 2 and self.source is not None and not self.row_count and self.rows.filtered:
            text = "  no packet matches the filter; esc shows all again"
            return Strip([Segment(text, self.palette.dim)]).adjust_cell_length(self.size.width, self.palette.text)
        return super().render_line(y)

    # columns

    def _columns(self, width: int) -> tuple[Placed, ...]:
        digits = max(5, len(str(self.rows.total)))
        clock = 13 if self.times == "clock" else 10
        if self._placed[0] != (width, digits, clock):
            address = 39 if width >= VAST else 24 if width >= WIDE else 15
            columns = (
                Column("No.", digits, digits, right=True),
                Column("Time", clock, 13 if width >= WIDE else clock, right=True),
                Column("Source", 15, address),
                Column("Destination", 15, address),
                Column("Protocol", 9, 9),
                Column("Length", 6, 6, right=True, rank=1),
                Column("Info", 18, 0),
            )
            self._placed = ((width, digits, clock), arrange(columns, width - GUTTER - 1))
        return self._placed[1]

    def head(self, width: int) -> Strip:
        """The columns' names."""
        names = [fit(placed.column.name, placed.width, right=placed.column.right) for placed in self._columns(width)]
        return Strip([Segment(fit(" " * GUTTER + " ".join(names), width), self.palette.head)], width)

    # rows

    def draw(self, row: int, width: int, cursor: bool) -> Strip:
        """One packet."""
        assert self.source is not None
        number = self.rows.number(row)
        packet = self.source.row(number)
        info = self.infos.get(number)
        protocol = packet.protocol if info is None else info.protocol
        base = self._base(packet, protocol, info, cursor)
        palette = self.palette
        values = {
            "No.": str(number),
            "Time": self._time(packet, row),
            "Source": clean(packet.source),
            "Destination": clean(packet.destination),
            "Protocol": "" if protocol == UNDECODED else clean(protocol),
            "Length": str(packet.length),
            "Info": clean(packet.info) if info is None else info.text,
        }
        quiet = base if cursor else palette.on(palette.dim, base)
        styles = {"No.": quiet, "Time": quiet, "Length": quiet}
        if not cursor:
            styles["Protocol"] = palette.on(palette.protocol(protocol), base)
            if info is None and protocol not in ("ARP", "ICMP", "ICMPv6"):
                styles["Info"] = quiet
        segments = [Segment(self._gutter(number), palette.on(palette.mark, base))]
        for placed in self._columns(width):
            text = values[placed.column.name]
            if placed.column.name in ("Source", "Destination"):
                text = middle(text, placed.width)
            segments.append(
                Segment(fit(text, placed.width, right=placed.column.right) + " ", styles.get(placed.column.name, base))
            )
        return Strip(segments).adjust_cell_length(width, base)

    def _base(self, packet: "PacketRow", protocol: str, info: Info | None, cursor: bool) -> Style:
        palette = self.palette
        if cursor:
            return palette.cursor if self.has_focus else palette.cursor_blurred
        if (info is not None and info.broken) or "[RST" in packet.info:
            return palette.on(palette.error, palette.tint("broken", 0.0)) if info is None else palette.error
        return palette.tint(protocol)

    def _gutter(self, number: int) -> str:
        return ("◆" if number in self.marks else " ") + self._relation(number)

    def _time(self, packet: "PacketRow", row: int) -> str:
        assert self.source is not None
        if self.times == "clock":
            seconds, rest = divmod(packet.time_ns, 1_000_000_000)
            try:
                moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
            except (OverflowError, ValueError, OSError):
                return "—"  # a hostile file may claim any year
            return f"{moment:%H:%M:%S}.{rest // 100_000:04d}"
        if self.times == "delta":
            before = self.source.row(self.rows.number(row - 1)).time_ns if row else packet.time_ns
        else:
            if self._first_time is None:
                self._first_time = self.source.row(1).time_ns
            before = self._first_time
        elapsed = (packet.time_ns - before) / 1e9
        return f"{elapsed:.6f}" if abs(elapsed) < 1000 else f"{elapsed:.3f}"
