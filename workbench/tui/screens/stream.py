"""Stream: what both sides of one stream said, as a table of messages with their fields, as text, or as bytes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from workbench.api import Direction, Message, Transport, UsageError
from workbench.session import Session, StreamView
from workbench.tui.background import Steps
from workbench.tui.cells import clean, count, size
from workbench.tui.columns import Column
from workbench.tui.commands import Command, bindings
from workbench.tui.detailing import message_details, names_of
from workbench.tui.insides import Layer, first_layer, inner_chunks, layers_of
from workbench.tui.message_rows import headline, message_rows
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.screens.linked import Linked
from workbench.tui.transcript import byte_lines, text_lines, turns_of
from workbench.tui.widgets.field_tree import FieldTree
from workbench.tui.widgets.hex_view import HexView
from workbench.tui.widgets.line_list import Line, LineList
from workbench.tui.widgets.table_list import Row, TableList
from workbench.tui.widgets.virtual_list import VirtualList

__all__ = ["StreamScreen"]

VIEWS = ("messages", "text", "bytes")
FOLLOWED_BYTES = 4 * 1024 * 1024
"""Bytes of a conversation that are shown; `w` saves all of them."""

COLUMNS = (
    Column("#", 4, 6, right=True),
    Column("Time", 9, 10, right=True, rank=2),
    Column("", 1, 1),
    Column("Protocol", 6, 10, rank=3),
    Column("Label", 8, 14, rank=4),
    Column("Bytes", 7, 7, right=True),
    Column("Latency", 8, 8, right=True),
    Column("Packet", 6, 8, right=True, rank=1),
    Column("!", 2, 2),
    Column("Summary", 16, 0),
)


@dataclass(frozen=True, slots=True)
class _Shown:
    """One stream, ready for the screen."""

    transport: Transport
    number: int
    view: StreamView
    layers: tuple[Layer, ...]
    layer: Layer
    """The conversation that `text` and `octets` are of."""
    rows: tuple[Row, ...]
    text: tuple[Line, ...]
    octets: tuple[Line, ...]


class StreamScreen(WorkbenchScreen):
    """Screen 3."""

    SCOPE: ClassVar[str] = "stream"
    BINDINGS: ClassVar[list[BindingType]] = bindings("stream")
    AUTO_FOCUS: ClassVar[str | None] = "#stream-messages"

    def __init__(self) -> None:
        super().__init__()
        self.shown_view = "messages"
        self.direction: Direction | None = None
        self.inside: Layer | None = None
        """What text and bytes are of; None: what is likely to be readable."""
        self._shown: _Shown | None = None
        self._wanted: tuple[Transport, int] | None = None
        self._made_for = 0
        self.linked = Linked(self, "#stream-fields", "#stream-hex")

    def body(self) -> Iterable[Widget]:
        """Headline; messages over fields and bytes; or a transcript."""
        yield Static("", id="stream-headline", classes="headline", markup=False)
        messages = TableList(COLUMNS, id="stream-messages", empty="no messages")
        fields, octets = FieldTree(id="stream-fields"), HexView(id="stream-hex")
        text, dump = LineList(id="stream-text"), LineList(id="stream-bytes")
        for pane, title in (
            (messages, "Messages"),
            (fields, "Fields"),
            (octets, "Bytes"),
            (text, "Text"),
            (dump, "Bytes of both sides"),
        ):
            pane.add_class("pane")
            pane.border_title = title
        octets.add_class("beside")
        yield Container(messages, Container(fields, octets, classes="split"), id="stream-table", classes="rows")
        yield text
        yield dump

    def on_mount(self) -> None:
        """Begin with messages."""
        self._show_view("messages")

    def resumed(self) -> None:
        """Follow the stream of the packet that is current now."""
        workspace = self.workbench.workspace
        session = workspace.session
        if session is None:
            return
        stream = session.packet_stream(workspace.current) if workspace.current else None
        if stream is None and session.capture.index.stream_count("tcp"):
            stream = self._wanted or ("tcp", 0)
        if stream is not None:
            self.follow(*stream)

    def capture_opened(self) -> None:
        """Another capture: nothing of the old one stays."""
        self._shown = self._wanted = None
        if self.is_current:
            self.resumed()

    def secrets_came(self) -> None:
        """More of it may be readable."""
        if self._shown is not None and self.is_current:
            self.follow(self._shown.transport, self._shown.number)

    def on_resize(self) -> None:
        """Transcripts are cut to the width."""
        if self._shown is not None and self._made_for != self.size.width:
            self.follow(self._shown.transport, self._shown.number)

    # following

    def follow(self, transport: Transport, number: int) -> None:
        """Show a stream."""
        session = self.workbench.workspace.session
        assert session is not None
        if self._wanted != (transport, number):
            self._wanted, self.inside = (transport, number), None
        width, direction, layer = self.size.width, self.direction, self.inside
        self.status.parts = ((f"reading {transport}.stream {number} …", "dim"),)

        def steps() -> Steps:
            shown = _read(session, transport, number, width, direction, layer)
            yield lambda: self._show(shown, width)

        self.workbench.background.ask("stream", steps, priority=1)

    def _show(self, shown: _Shown, width: int) -> None:
        before = self._shown
        first = before is None or (before.transport, before.number) != (shown.transport, shown.number)
        self._shown, self._made_for = shown, width
        table = self.query_one("#stream-messages", TableList)
        self.query_one("#stream-headline", Static).update(
            headline(shown.transport, shown.number, shown.view, names_of(self.workbench.workspace.specs), table.palette)
        )
        if first:
            table.cursor = 0
            table.table = ()
        table.show(shown.rows)
        table.border_title = f"Messages ({count(len(shown.rows))})"
        self.query_one("#stream-text", LineList).show(shown.text)
        self.query_one("#stream-bytes", LineList).show(shown.octets)
        if before is None or first or len(before.view.messages) != len(shown.view.messages):
            # other messages stand in the rows now, be it that some could be decrypted
            self._go_to_packet(self.workbench.workspace.current)
        self._message_moved()
        self.show_status()

    def _go_to_packet(self, packet: int) -> None:
        """Put the cursor on the message that the current packet carried."""
        assert self._shown is not None
        table = self.query_one("#stream-messages", TableList)
        for place, row in enumerate(table.table):
            message = row.key
            if isinstance(message, int) and packet in self._shown.view.messages[message].packets:
                table.move(place, quiet=True)
                return

    @property
    def message(self) -> Message | None:
        """The message under the cursor."""
        row = self.query_one("#stream-messages", TableList).current
        if self._shown is None or row is None or not isinstance(row.key, int):
            return None
        return self._shown.view.messages[row.key]

    def show_status(self) -> None:
        """What is shown of the stream."""
        shown = self._shown
        if shown is None:
            self.status.parts = (("no stream here", "dim"),)
            return
        conversation = shown.view.conversation
        ways = {None: "both directions", Direction.TO_SERVER: "→ to the server only", Direction.TO_CLIENT: "← to the client only"}
        parts = [
            (f"{shown.transport}.stream {shown.number}", ""),
            (ways[self.direction], "" if self.direction is None else "good"),
            (f"view: {self.shown_view}", "dim"),
        ]
        if len(shown.layers) > 1:
            inside = f"inside {clean(' › '.join(shown.layer))}" if shown.layer else "as captured"
            parts.append((f"{inside}, {count(shown.layers.index(shown.layer) + 1)} of {count(len(shown.layers))}", ""))
        lost = sum(conversation.lost(way) for way in Direction)
        if lost:
            parts.append((f"{count(lost)} bytes not captured", "warning"))
        if conversation.notes:
            parts.append((f"{count(len(conversation.notes))} stream notes", "warning"))
        if conversation.truncated:
            parts.append((f"first {size(FOLLOWED_BYTES)} shown", "warning"))
        self.status.parts = tuple(parts)

    @on(VirtualList.Moved, "#stream-messages")
    def _message_moved(self) -> None:
        message = self.message
        if message is not None:
            self.linked.show(message_details(message))
            self.workbench.workspace.current = message.packet or self.workbench.workspace.current

    @on(VirtualList.Chosen, "#stream-messages")
    def _message_chosen(self) -> None:
        self.query_one("#stream-fields", FieldTree).focus()

    @on(VirtualList.Moved, "#stream-text")
    @on(VirtualList.Moved, "#stream-bytes")
    def _line_moved(self, event: VirtualList.Moved) -> None:
        line = event.list.current if isinstance(event.list, LineList) else None
        if line is not None and line.packet:
            self.workbench.workspace.current = line.packet

    @on(FieldTree.Selected, "#stream-fields")
    def _node_selected(self) -> None:
        self.linked.node_selected()

    @on(HexView.ByteMoved, "#stream-hex")
    def _byte_moved(self, event: HexView.ByteMoved) -> None:
        self.linked.byte_moved(event)

    # commands

    def why_not(self, command: Command) -> str:
        """Everything here needs a stream."""
        if command.scope in ("stream", "hex", "tree") and self._shown is None:
            return "no stream is shown"
        if command.name == "stream.inside" and self._shown is not None and len(self._shown.layers) < 2:
            return "nothing that can be read travelled inside this stream"
        return ""

    def leave(self) -> bool:
        """Back leads from the details to the table first."""
        table = self.query_one("#stream-messages", TableList)
        if self.shown_view == "messages" and self.focused is not table:
            table.focus()
            return True
        return False

    def _show_view(self, name: str) -> None:
        self.shown_view = name
        self.query_one("#stream-table").display = name == "messages"
        self.query_one("#stream-text").display = name == "text"
        self.query_one("#stream-bytes").display = name == "bytes"
        self.query_one(f"#stream-{name}").focus()
        self.show_status()

    def action_view(self) -> None:
        """Next view."""
        self._show_view(VIEWS[(VIEWS.index(self.shown_view) + 1) % len(VIEWS)])

    def action_messages(self) -> None:
        """The message table."""
        self._show_view("messages")

    def action_text(self) -> None:
        """The transcript."""
        self._show_view("text")

    def action_bytes(self) -> None:
        """The hex dump."""
        self._show_view("bytes")

    def action_direction(self) -> None:
        """Both, to the server, to the client."""
        ways = (None, Direction.TO_SERVER, Direction.TO_CLIENT)
        self.direction = ways[(ways.index(self.direction) + 1) % len(ways)]
        if self._shown is not None:
            self.follow(self._shown.transport, self._shown.number)

    def action_inside(self) -> None:
        """The stream as captured, then each conversation inside it."""
        assert self._shown is not None
        layers = self._shown.layers
        if self.shown_view == "messages":  # which has all of them
            self._show_view("text")
        else:
            self.inside = layers[(layers.index(self._shown.layer) + 1) % len(layers)]
            self.follow(self._shown.transport, self._shown.number)

    def action_next(self) -> None:
        """Next stream of the same transport."""
        self._step(1)

    def action_previous(self) -> None:
        """Previous stream of the same transport."""
        self._step(-1)

    def _step(self, step: int) -> None:
        session = self.workbench.workspace.session
        assert session is not None
        assert self._wanted is not None
        transport, number = self._wanted
        streams = session.capture.index.stream_count(transport)
        if not 0 <= number + step < streams:
            self.workbench.say(f"{transport}.stream {number} is the {'last' if step > 0 else 'first'} one")
            return
        packets = session.capture.index.packets_of(transport, number + step)
        self.workbench.workspace.current = int(packets[0])
        self.follow(transport, number + step)

    async def action_packet(self) -> None:
        """Go to the packet of the message or line."""
        await self.workbench.go("packets")

    def action_copy(self) -> None:
        """Copy the line, or the message as hex."""
        focused = self.focused
        if isinstance(focused, LineList) and focused.current is not None:
            self.workbench.copy(focused.current.text)
        else:
            self.workbench.copy(self.linked.taken() or (self.message.raw.hex() if self.message is not None else ""))

    def action_save(self, path: str = "") -> None:
        """Save what the shown directions said."""
        assert self._shown is not None
        session = self.workbench.workspace.session
        if session is None:
            raise UsageError("no capture is open")
        shown = self._shown
        self.workbench.workspace.save_stream(path, session, shown.transport, shown.number, self.direction, shown.layer)


def _read(
    session: Session, transport: Transport, number: int, width: int, direction: Direction | None, wanted: Layer | None
) -> _Shown:
    view = session.stream(transport, number, max_bytes=FOLLOWED_BYTES)
    layers = layers_of(view.messages)
    layer = wanted if wanted in layers else first_layer(layers)
    chunks = inner_chunks(view.messages, layer) if layer else view.conversation.chunks
    turns = list(turns_of(chunks, direction))
    rows = tuple(message_rows(view.messages, names_of(session.registry.specs), direction))
    text, octets = tuple(text_lines(turns, width)), tuple(byte_lines(turns, width))
    return _Shown(transport, number, view, layers, layer, rows, text, octets)
