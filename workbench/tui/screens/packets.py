"""Packets: list, fields and bytes, linked both ways; filter bar; live growth. The filter's search and the copying are in files beside."""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Container
from textual.timer import Timer
from textual.widget import Widget

from workbench.api import UsageError
from workbench.tui.background import Steps
from workbench.tui.cells import count
from workbench.tui.commands import Command, bindings
from workbench.tui.filter_state import suggested
from workbench.tui.row_map import RowMap
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.screens.filtering import Filtering
from workbench.tui.screens.linked import Linked
from workbench.tui.screens.opinion import ask_tshark
from workbench.tui.taking import packet_line
from workbench.tui.widgets.field_tree import FieldTree
from workbench.tui.widgets.filter_bar import FilterBar
from workbench.tui.widgets.hex_view import HexView
from workbench.tui.widgets.packet_list import TIMES, Info, PacketList, Related
from workbench.tui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from workbench.tui.details import Details

__all__ = ["PacketsScreen"]

REST_SECONDS = 0.06
"""How long the list must rest before the messages of its visible rows are dissected."""

FAR = 3_000
"""Packets into a stream beyond which a row's summary is not worth dissecting the stream for; the cursor's packet always is."""

INFO_MARGIN = 2.0
"""Screens around the visible one whose summaries are made ready."""

INFO_GROUP = 12
"""Summaries shown at once while they come in."""

KEPT_INFOS = 20_000
"""Summaries kept: more rows than anybody scrolls past in a minute, a few megabytes."""


class PacketsScreen(WorkbenchScreen):
    """Screen 1."""

    SCOPE: ClassVar[str] = "packets"
    BINDINGS: ClassVar[list[BindingType]] = bindings("packets")
    AUTO_FOCUS: ClassVar[str | None] = "#packet-list"

    def __init__(self) -> None:
        super().__init__()
        self.following = False
        self.linked = Linked(self, "#packet-fields", "#packet-hex")
        self.filtering = Filtering(self)
        self._rest: Timer | None = None
        self._shown = 0

    def body(self) -> Iterable[Widget]:
        """Filter bar over list over details."""
        yield FilterBar(lambda text: suggested(text, self.workbench.workspace.specs), id="filter")
        packets = PacketList(id="packet-list")
        tree, octets = FieldTree(id="packet-fields"), HexView(id="packet-hex")
        for pane, title in ((packets, "Packets"), (tree, "Fields"), (octets, "Bytes")):
            pane.add_class("pane")
            pane.border_title = title
        octets.add_class("beside")
        yield Container(packets, Container(tree, octets, id="packet-details"), id="packets-body")

    def on_mount(self) -> None:
        """Show what is open already."""
        if self.workbench.workspace.session is not None:
            self.capture_opened()
        elif self.workbench.workspace.rows is not None:
            self.capture_glanced()

    def resumed(self) -> None:
        """Other screens may have chosen another packet."""
        wanted = self.workbench.workspace.current
        if wanted and wanted != self._shown and self.list.row_count:
            self.goto_packet(wanted)

    # the panes

    @property
    def list(self) -> PacketList:
        """The packet list."""
        return self.query_one("#packet-list", PacketList)

    @property
    def fields(self) -> FieldTree:
        """The fields."""
        return self.query_one("#packet-fields", FieldTree)

    @property
    def bar(self) -> FilterBar:
        """The filter bar."""
        return self.query_one("#filter", FilterBar)

    # what happens to the capture

    def capture_closed(self) -> None:
        """Another capture will be opened: begin anew."""
        self.list.source, self.following = None, False
        self.list.begin()
        self._shown = 0

    def capture_glanced(self) -> None:
        """Its first packets can be shown; nothing is dissected yet."""
        rows = self.workbench.workspace.rows
        assert rows is not None
        self.list.source, self.list.rows = rows, RowMap(total=len(rows))
        self.list.resize_rows()
        self.show_subject()

    def capture_opened(self) -> None:
        """It is open."""
        workspace = self.workbench.workspace
        packets = self.list
        packets.source, packets.infos, packets.marks = workspace.session, workspace.infos, workspace.marks
        self.following = workspace.live
        self.show_subject()
        self.filtering.begin(self.workbench.start.filter)
        self.capture_grew()
        packets.move(packets.cursor if not self.following else packets.row_count - 1)

    def capture_grew(self) -> None:
        """More packets: longer list, and the search goes on."""
        if self.list.source is None:
            return
        self.filtering.grew()
        self.rows_changed()

    def secrets_came(self) -> None:
        """Messages may be readable that were not: what is shown of them is made anew."""
        self.filtering.renew()
        self._ask_details()
        self._rested_later()

    def rows_changed(self) -> None:
        """The list has more rows, or others."""
        packets = self.list
        had_rows = packets.virtual_size.height > 1
        packets.resize_rows()
        if self.following and packets.row_count and packets.cursor != packets.row_count - 1:
            packets.move(packets.row_count - 1)
        elif not had_rows and packets.row_count:
            packets.move(packets.cursor)
        self.show_status()
        self._rested_later()

    def show_status(self) -> None:
        """Counts, losses, where the cursor is."""
        workspace = self.workbench.workspace
        packets = self.list
        session = workspace.session
        if session is None:
            self.status.parts = (("no capture is open — :open FILE", "dim"),)
            return
        parts = [(f"{count(workspace.total)} packets" + ("" if workspace.at_end else " …"), "")]
        if packets.rows.filtered:
            parts.append((f"{count(len(packets.rows))} shown", "good"))
        if workspace.dropped is not None:
            parts.append((f"{count(workspace.dropped)} dropped", "error" if workspace.dropped else "dim"))
        if self.following:
            parts.append(("following the tail", "good"))
        if packets.current:
            stream = session.packet_stream(packets.current)
            if stream is not None:
                parts.append((f"{stream[0]}.stream {stream[1]}", ""))
            if workspace.marks:
                parts.append((f"{len(workspace.marks)} marked", "dim"))
        if packets.pending:
            parts.insert(0, (packets.pending, "warning"))
        self.status.parts = tuple(parts)

    # the cursor, and what it is on

    @on(VirtualList.Moved, "#packet-list")
    def _packet_moved(self) -> None:
        workspace = self.workbench.workspace
        session, number = workspace.session, self.list.current
        if session is None or not number:
            return
        if self.list.cursor < self.list.row_count - 1:
            self.following = False
        workspace.current = self._shown = number
        self.list.relate(Related(session.packet_stream(number)))
        self.show_status()
        self._rested_later()
        self._ask_details()

    def _ask_details(self) -> None:
        session, number = self.workbench.workspace.session, self._shown
        if session is None or not number:
            return

        def steps() -> Steps:
            from workbench.tui.detailing import packet_details

            details = packet_details(session, number)
            carriers = frozenset(packet for message in session.messages_of(number) for packet in message.packets)
            yield lambda: self._show_details(number, details, carriers)

        self.workbench.background.ask("details", steps, priority=0)

    def _show_details(self, number: int, details: "Details", carriers: frozenset[int]) -> None:
        self.list.relate(Related(self.list.related.stream, carriers if len(carriers) > 1 else frozenset()))
        self.fields.border_title = f"Fields of {details.title.lower()}"
        self.linked.show(details)

    @on(FieldTree.Selected, "#packet-fields")
    def _node_selected(self) -> None:
        self.linked.node_selected()

    @on(HexView.ByteMoved, "#packet-hex")
    def _byte_moved(self, event: HexView.ByteMoved) -> None:
        self.linked.byte_moved(event)

    @on(HexView.ViewChanged, "#packet-hex")
    def _view_changed(self) -> None:
        self.linked.view_changed()

    @on(VirtualList.Chosen, "#packet-list")
    def _packet_chosen(self) -> None:
        self.fields.focus()

    # summaries of the visible rows

    @on(PacketList.Scrolled)
    def _rested_later(self) -> None:
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(REST_SECONDS, self._dissect_visible)

    def _dissect_visible(self) -> None:
        self._rest = None
        workspace = self.workbench.workspace
        session, infos, dated = workspace.session, workspace.infos, workspace.dated
        if session is None:
            return
        wanted = [number for number in self.list.visible_numbers(INFO_MARGIN) if number not in infos or number in dated]
        if not wanted:
            return

        def steps() -> Steps:
            from workbench.tui.detailing import info_of, stream_position

            found: dict[int, Info | None] = {}
            for number in wanted:
                found[number] = info_of(session, number) if stream_position(session, number) < FAR else None
                if len(found) == INFO_GROUP:
                    yield partial(self._infos_ready, found)
                    found = {}
                else:
                    yield None
            yield partial(self._infos_ready, found)

        self.workbench.background.ask("infos", steps, priority=3)

    def _infos_ready(self, found: dict[int, Info | None]) -> None:
        infos = self.workbench.workspace.infos
        while len(infos) > KEPT_INFOS:
            del infos[next(iter(infos))]
        self.workbench.workspace.dated.difference_update(found)
        for number, info in found.items():
            infos[number] = info
            if info is not None:
                self.list.redraw_row(self.list.rows.row(number))

    # commands

    def why_not(self, command: Command) -> str:
        """Most need an open capture, some a packet in a stream."""
        session = self.workbench.workspace.session
        if command.scope == "packets" and session is None:
            return "no capture is open"
        if (
            command.name in ("packets.follow-stream", "packets.next-in-stream", "packets.previous-in-stream")
            and session is not None
        ):
            number = self.list.current
            return "" if number and session.packet_stream(number) else "this packet belongs to no stream"
        if command.name == "packets.next-mark" and not self.workbench.workspace.marks:
            return "nothing is marked; m marks a packet"
        if command.name == "hex.next-view" and len(self.linked.details.views) < 2:
            return "this packet has one byte view"
        return ""

    def leave(self) -> bool:
        """Back leads from the details to the list, then out of the filter."""
        if self.focused is not self.list:
            self.list.focus()
            return True
        if self.list.rows.filtered or self.bar.text:
            self.action_clear_filter()
            return True
        return False

    def goto_packet(self, number: int) -> None:
        """Put the cursor on a packet (the nearest one that is shown)."""
        self.following = False
        self.list.goto(number)

    def action_filter(self, text: str = "") -> None:
        """Edit the filter, or set it."""
        if text:
            self.bar.set_text(text)
            self.list.focus()
        else:
            self.bar.input.focus()

    def action_clear_filter(self) -> None:
        """Show everything."""
        self.bar.set_text("")

    def action_goto(self, number: str) -> None:
        """Go to a packet by number."""
        if not number.isdigit():
            raise UsageError(f"{number!r} is not a packet number", remedy="Give a number from 1")
        self.goto_packet(int(number))
        self.list.focus()

    def action_next(self) -> None:
        """Next packet."""
        self.list.action_down()

    def action_previous(self) -> None:
        """Previous packet."""
        self.list.action_up()

    def action_next_in_stream(self) -> None:
        """Next packet of this stream."""
        self._step_in_stream(1)

    def action_previous_in_stream(self) -> None:
        """Previous packet of this stream."""
        self._step_in_stream(-1)

    def _step_in_stream(self, step: int) -> None:
        session, packets = self.workbench.workspace.session, self.list
        assert session is not None
        stream = session.packet_stream(packets.current)
        assert stream is not None
        numbers = session.capture.index.packets_of(*stream)
        later = numbers[numbers > packets.current] if step > 0 else numbers[numbers < packets.current][::-1]
        for number in later.tolist():
            row = packets.rows.row(number)
            if 0 <= row < packets.row_count and packets.rows.number(row) == number:
                packets.move(row)
                return
        self.workbench.say(f"no {'later' if step > 0 else 'earlier'} packet of {stream[0]}.stream {stream[1]} is shown")

    async def action_follow_stream(self) -> None:
        """Open the stream of this packet."""
        await self.workbench.go("stream")

    def action_follow_tail(self) -> None:
        """Stay at the end, or stop doing so."""
        self.following = not self.following
        if self.following:
            self.list.move(self.list.row_count - 1)
        self.show_status()

    def action_mark(self) -> None:
        """Mark or unmark this packet."""
        self.workbench.workspace.marks.symmetric_difference_update({self.list.current})
        self.list.redraw_row(self.list.cursor)
        self.show_status()

    def action_next_mark(self) -> None:
        """Next marked packet, from the top again after the last."""
        marks = sorted(self.workbench.workspace.marks)
        self.goto_packet(next((number for number in marks if number > self.list.current), marks[0]))

    def action_time(self) -> None:
        """Next way to show times."""
        self.list.times = TIMES[(TIMES.index(self.list.times) + 1) % len(TIMES)]
        self.list.redraw()

    def action_copy(self) -> None:
        """Copy what the focused pane has under its cursor."""
        self.workbench.copy(self.linked.taken() or packet_line(self.list))

    def action_export(self, path: str = "") -> None:
        """Save the shown packets."""
        self.workbench.workspace.export(path, self.filtering.filter)

    def action_second_opinion(self) -> None:
        """Ask tshark about this packet."""
        session = self.workbench.workspace.session
        if session is not None and self.list.current:
            self.workbench.background.ask("opinion", partial(ask_tshark, self.workbench, session, self.list.current), priority=7)

    def action_layout(self) -> None:
        """Details below or beside."""
        self.query_one("#packets-body").toggle_class("beside-each-other")

    # the filter bar

    @on(FilterBar.Changed)
    def _filter_changed(self, event: FilterBar.Changed) -> None:
        self.filtering.read(event.text)

    @on(FilterBar.Accepted)
    def _filter_accepted(self) -> None:
        self.list.focus()

    @on(FilterBar.Left)
    def _filter_left(self) -> None:
        self.filtering.back_to_valid()
        self.list.focus()
