"""Flows: conversations with who talked to whom, how much, for how long; from the columns, so that a million packets take no time."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.timer import Timer
from textual.widget import Widget

from workbench.tui.background import Steps
from workbench.tui.cells import clean, count, duration, size
from workbench.tui.columns import Column
from workbench.tui.commands import Command, bindings
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.widgets.table_list import Row, TableList
from workbench.tui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from workbench.analysis.conversations import Conversation
    from workbench.api import Transport

__all__ = ["FlowsScreen", "flow_rows"]

MOST_FLOWS = 20_000
"""Conversations listed, those with most bytes: more than anybody pages through, half a second to make."""

REFRESH_SECONDS = 1.0
"""How often the table follows a growing capture."""

COLUMNS = (
    Column("Stream", 8, 12),
    Column("Client", 18, 47),
    Column("Server", 16, 47),
    Column("Pkts →", 7, 9, right=True, rank=2),
    Column("Pkts ←", 7, 9, right=True, rank=2),
    Column("Bytes →", 8, 9, right=True),
    Column("Bytes ←", 8, 9, right=True),
    Column("Start", 9, 12, right=True, rank=3),
    Column("Duration", 9, 10, right=True, rank=1),
)

SORTS: tuple[tuple[str, Callable[["Conversation"], object]], ...] = (
    ("bytes", lambda flow: -sum(flow.bytes)),
    ("stream", lambda flow: (flow.transport, flow.stream)),
    ("packets", lambda flow: -sum(flow.packets)),
    ("start", lambda flow: flow.first_ns),
    ("duration", lambda flow: -flow.duration_ns),
)


class FlowsScreen(WorkbenchScreen):
    """Screen 2."""

    SCOPE: ClassVar[str] = "flows"
    BINDINGS: ClassVar[list[BindingType]] = bindings("flows")
    AUTO_FOCUS: ClassVar[str | None] = "#flows"

    def __init__(self) -> None:
        super().__init__()
        self.sorted_by = 0
        self._flows: tuple[Conversation, ...] = ()
        self._total = 0
        self._timer: Timer | None = None

    def body(self) -> Iterable[Widget]:
        """One table."""
        table = TableList(COLUMNS, id="flows", classes="pane", empty="no conversations yet")
        table.border_title = "Conversations"
        yield table

    def resumed(self) -> None:
        """Count again."""
        self._count()

    def capture_opened(self) -> None:
        """Another capture."""
        self._flows = ()
        self._count()

    def capture_grew(self) -> None:
        """Count again soon, if anybody looks."""
        if self.is_current and self._timer is None:
            self._timer = self.set_timer(REFRESH_SECONDS, self._count)

    def _count(self) -> None:
        self._timer = None
        session = self.workbench.workspace.session
        if session is None:
            return

        def steps() -> Steps:
            from workbench.analysis.conversations import conversations

            found: list[Conversation] = []
            for transport in ("tcp", "udp"):
                found += conversations(session.capture.index, transport, top=MOST_FLOWS)
                yield None
            total = session.capture.index.stream_count("tcp") + session.capture.index.stream_count("udp")
            yield lambda: self._show(tuple(found), total)

        self.workbench.background.ask("flows", steps, priority=2)

    def _show(self, flows: "tuple[Conversation, ...]", total: int) -> None:
        self._flows, self._total = flows, total
        name, key = SORTS[self.sorted_by]
        table = self.query_one(TableList)
        begun = min((flow.first_ns for flow in flows), default=0)
        table.show(flow_rows(sorted(flows, key=key), begun))  # type: ignore[arg-type]
        table.border_title = f"Conversations by {name}"
        parts = [(f"{count(total)} conversations", ""), (f"{sum(flow.transport == 'tcp' for flow in flows):,} tcp", "dim")]
        if len(flows) < total:
            parts.append((f"the largest {count(len(flows))} shown", "warning"))
        self.status.parts = tuple(parts)

    def why_not(self, command: Command) -> str:
        """Everything but sorting needs a row."""
        if command.scope == "flows" and self.query_one(TableList).current is None:
            return "there is no conversation"
        return ""

    @property
    def chosen(self) -> "tuple[Transport, int]":
        """The stream under the cursor."""
        row = self.query_one(TableList).current
        assert row is not None
        transport, stream = str(row.key).split(".")
        return ("tcp" if transport == "tcp" else "udp"), int(stream)

    async def on_virtual_list_chosen(self, event: VirtualList.Chosen) -> None:
        """Open the stream."""
        event.stop()
        await self.action_follow()

    async def action_follow(self) -> None:
        """Follow the stream."""
        session = self.workbench.workspace.session
        assert session is not None
        self.workbench.workspace.current = int(session.capture.index.packets_of(*self.chosen)[0])
        await self.workbench.go("stream")

    async def action_filter(self) -> None:
        """Show the packets of the conversation."""
        transport, stream = self.chosen
        await self.workbench.action_perform("packets.filter", f"{transport}.stream=={stream}")

    def action_sort(self) -> None:
        """Sort by the next criterion."""
        self.sorted_by = (self.sorted_by + 1) % len(SORTS)
        self._show(self._flows, self._total)

    def action_copy(self) -> None:
        """Copy the row."""
        row = self.query_one(TableList).current
        if row is not None:
            self.workbench.copy("\t".join(row.cells))


def flow_rows(flows: "Iterable[Conversation]", begun: int) -> list[Row]:
    """Conversations as rows; the key is "tcp.17"."""
    return [
        Row(
            f"{flow.transport}.{flow.stream}",
            (
                f"{flow.transport} {flow.stream}",
                clean(str(flow.flow.client)),
                clean(str(flow.flow.server)),
                count(flow.packets[0]),
                count(flow.packets[1]),
                size(flow.bytes[0]),
                size(flow.bytes[1]),
                f"{(flow.first_ns - begun) / 1e9:.3f}",
                duration(flow.duration_ns),
            ),
            (flow.transport, "to_server", "to_client", "dim", "dim", "", "", "dim", ""),
        )
        for flow in flows
    ]
