"""The field tree: the nodes of a `Details`, of which the open ones are rows. What is opened stays open for the next packet."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip

from workbench.tui.commands import bindings
from workbench.tui.details import EMPTY, Details, Node
from workbench.tui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from workbench.api import Field

__all__ = ["FieldTree"]

REMEMBERED = 2048
"""Names of nodes whose state is remembered: more than a person opens."""

SMALL = 40
"""Nodes of a structure inside a message that is open from the beginning: a screenful."""

DEEPEST_INDENT = 24
"""Cells of indentation at most: a deeper tree must still show its text."""


class FieldTree(VirtualList, inherit_bindings=False):
    """Rows are the open nodes; the cursor names a node and says so as `Selected`."""

    SCOPE: ClassVar[str] = "tree"
    BINDINGS: ClassVar[list[BindingType]] = bindings("tree")
    HEAD: ClassVar[bool] = False

    @dataclass
    class Selected(Message):
        """The cursor came to a node (`by_hand`: a person moved it, rather than a byte or a packet)."""

        tree: "FieldTree"
        node: int

        @property
        def control(self) -> "FieldTree":
            """The tree."""
            return self.tree

    @dataclass
    class FilterWanted(Message):
        """A person wants to see only packets with the value of this field."""

        tree: "FieldTree"
        field: "Field"

        @property
        def control(self) -> "FieldTree":
            """The tree."""
            return self.tree

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self.details = EMPTY
        self._rows: list[int] = []
        self._open: dict[tuple[str, ...], bool] = {}
        self._paths: list[tuple[str, ...]] = []
        self._chosen: tuple[str, ...] = ()
        """The path of the field that a person went to."""

    @property
    def row_count(self) -> int:
        """Open nodes."""
        return len(self._rows)

    @property
    def node(self) -> int | None:
        """The node under the cursor."""
        return self._rows[self.cursor] if self.cursor < len(self._rows) else None

    def show(self, details: Details) -> None:
        """Show other details; the cursor goes to the field that a person chose, else to the first message, else to the last layer."""
        kept = self._chosen
        self.details = details
        self._paths = _paths(details)
        self._rows = self._open_nodes()
        target = next((row for row, node in enumerate(self._rows) if kept and self._paths[node] == kept), None)
        if target is None:
            messages = (row for row, node in enumerate(self._rows) if details.nodes[node].kind == "message")
            target = next(messages, max(0, self._last_layer_row()))
        self._strips.clear()
        self.resize_rows()
        self.cursor = -1  # so that the rows around the new place are drawn
        self.move(target, quiet=True)

    def _last_layer_row(self) -> int:
        return max((row for row, node in enumerate(self._rows) if self.details.nodes[node].depth == 0), default=0)

    def select(self, node: int) -> None:
        """Open the way to a node and put the cursor there, without saying so."""
        parent = self.details.parent(node)
        changed = False
        while parent is not None:
            if not self._is_open(parent):
                self._remember(parent, True)
                changed = True
            parent = self.details.parent(parent)
        if changed:
            self._reopen()
        self.move(self._rows.index(node), quiet=True)
        self._chosen = self._paths[node]

    # open and closed

    def _is_open(self, node: int) -> bool:
        known = self._open.get(self._paths[node])
        if known is not None:
            return known
        thing = self.details.nodes[node]
        # messages are what people came for: open, with the first level of their structure; without any, the last layer is
        if thing.depth == 0:
            return thing.kind == "message" or (thing.after == len(self.details.nodes) and node > 0)
        # a structure that sums itself up in a value can stay closed
        return thing.depth == 1 and not thing.text and thing.after - node <= SMALL and self._under_message(node)

    def _under_message(self, node: int) -> bool:
        above = self.details.parent(node)
        return above is not None and self.details.nodes[above].kind == "message"

    def _open_nodes(self) -> list[int]:
        rows: list[int] = []
        number, nodes = 0, self.details.nodes
        while number < len(nodes):
            rows.append(number)
            number = number + 1 if nodes[number].after == number + 1 or self._is_open(number) else nodes[number].after
        return rows

    def _reopen(self) -> None:
        at = self.node
        self._rows = self._open_nodes()
        self._strips.clear()
        self.resize_rows()
        while at is not None and at not in self._rows:
            at = self.details.parent(at)
        self.move(self._rows.index(at) if at is not None else 0, quiet=True)

    def _remember(self, node: int, is_open: bool) -> None:
        path = self._paths[node]
        self._open.pop(path, None)
        self._open[path] = is_open
        while len(self._open) > max(REMEMBERED, len(self._paths)):
            del self._open[next(iter(self._open))]

    def _set(self, node: int, is_open: bool) -> None:
        self._remember(node, is_open)
        self._reopen()

    # commands

    def move(self, row: int, *, quiet: bool = False) -> None:
        """Put the cursor on a row; by hand it selects the node."""
        super().move(row, quiet=True)
        if not quiet and self.node is not None:
            self._chosen = self._paths[self.node]
            self.post_message(self.Selected(self, self.node))

    def action_open(self) -> None:
        """Open the node, or step to its first child."""
        if self.node is not None and self._has_children(self.node):
            if self._is_open(self.node):
                self.action_down()
            else:
                self._set(self.node, True)

    def action_close(self) -> None:
        """Close the node, or step to the one above."""
        if self.node is None:
            return
        if self._has_children(self.node) and self._is_open(self.node):
            self._set(self.node, False)
            return
        above = self.details.parent(self.node)
        if above is not None:
            self.move(self._rows.index(above))

    def action_toggle_node(self) -> None:
        """Open or close the node."""
        if self.node is not None and self._has_children(self.node):
            self._set(self.node, not self._is_open(self.node))

    def action_choose(self) -> None:
        """A double click opens or closes."""
        self.action_toggle_node()

    def action_filter(self) -> None:
        """Ask for the packets that have this value."""
        if self.node is not None and (field := self.details.nodes[self.node].field) is not None:
            self.post_message(self.FilterWanted(self, field))

    def action_open_all(self) -> None:
        """Open everything."""
        for number in range(len(self.details.nodes)):
            if self._has_children(number):
                self._remember(number, True)
        self._reopen()

    def action_close_all(self) -> None:
        """Close everything below the layers."""
        for number in range(len(self.details.nodes)):
            if self._has_children(number):
                self._remember(number, False)
        self._reopen()

    def _has_children(self, node: int) -> bool:
        return self.details.nodes[node].after > node + 1

    # drawing

    def draw(self, row: int, width: int, cursor: bool) -> Strip:
        """One node: triangle, name, value."""
        number = self._rows[row]
        node = self.details.nodes[number]
        base = self._base(node, cursor)
        arrow = ("▾ " if self._is_open(number) else "▸ ") if self._has_children(number) else "  "
        indent = " " * min(2 * node.depth, DEEPEST_INDENT)
        segments = [Segment(" " + indent + arrow, self._ink(self.palette.dim, base, cursor))]
        if node.kind == "note":
            segments.append(
                Segment("• " + node.text, self._ink(self.palette.warning if node.error else self.palette.dim, base, cursor))
            )
        else:
            segments += self._named(node, base, cursor)
        strip = Strip(segments)
        if strip.cell_length > width:
            return Strip([*strip.crop(0, width - 1), Segment("…", base)], width)
        return strip.adjust_cell_length(width, base)

    def _named(self, node: Node, base: Style, cursor: bool) -> list[Segment]:
        palette = self.palette
        top = node.depth == 0
        name_style = palette.protocol(node.protocol) if top else palette.dim
        segments = [Segment(node.name, self._ink(name_style, base, cursor))]
        if node.text:
            segments.append(Segment("  " if top else ": ", self._ink(palette.dim, base, cursor)))
            generated = node.field is not None and node.field.generated
            value = f"[{node.text}]" if generated else node.text
            segments.append(Segment(value, self._ink(palette.dim if top or generated else palette.text, base, cursor)))
        if node.changed:
            segments.append(Segment("  ◀ changed", self._ink(palette.accent, base, cursor)))
        if node.error:
            segments.append(Segment("  ✗ " + node.error, self._ink(palette.error, base, cursor)))
        return segments

    def _base(self, node: Node, cursor: bool) -> Style:
        if cursor:
            return self.palette.cursor if self.has_focus else self.palette.cursor_blurred
        if node.changed:
            return self.palette.tint("changed", 0.16)
        return self.palette.tint(node.protocol, 0.08) if node.depth == 0 else self.palette.text

    def _ink(self, style: Style, base: Style, cursor: bool) -> Style:
        return base if cursor and self.has_focus else self.palette.on(style, base)


def _paths(details: Details) -> list[tuple[str, ...]]:
    """For each node the names on the way to it: what "the same field in the next packet" means."""
    paths: list[tuple[str, ...]] = []
    way: list[str] = []
    for node in details.nodes:
        del way[node.depth :]
        way.append(node.name or node.kind)
        paths.append(tuple(way))
    return paths
