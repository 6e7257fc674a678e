"""A field tree and a bytes pane that follow each other: which bytes a node has, which node a byte belongs to."""

from textual.screen import Screen

from workbench.tui.details import EMPTY, Details
from workbench.tui.taking import field_text, hex_text
from workbench.tui.widgets.field_tree import FieldTree
from workbench.tui.widgets.hex_view import HexView
from workbench.tui.widgets.status_bar import StatusBar

__all__ = ["Linked"]


class Linked:
    """Two panes of one screen, by their selectors, and what they show."""

    def __init__(self, screen: Screen[None], tree: str, octets: str) -> None:
        self._screen, self._tree, self._octets = screen, tree, octets
        self.details = EMPTY

    @property
    def fields(self) -> FieldTree:
        """The tree."""
        return self._screen.query_one(self._tree, FieldTree)

    @property
    def hex(self) -> HexView:
        """The bytes."""
        return self._screen.query_one(self._octets, HexView)

    def show(self, details: Details, changed: tuple[tuple[int, int], ...] = ()) -> None:
        """Show other details in both, with the bytes of the node that the tree came to."""
        self.details = details
        self.fields.show(details)
        view = self.hex.view if self.hex.view < len(details.views) else 0
        node = self.fields.node
        self.hex.show(details, view if node is not None and details.span(node, view) is not None else 0, changed)
        self.node_selected()

    def node_selected(self) -> None:
        """Highlight the node's bytes: in the shown view if all of them are there, else where they were read from."""
        node = self.fields.node
        if node is None:
            return
        home = self.details.home(node)
        here = self.details.span(node, self.hex.view)
        whole = home is not None and here is not None and here[1] - here[0] == home[2] - home[1]
        if here is not None and (whole or self.hex.view != 0):
            self.hex.select(self.hex.view, *here)
        elif home is not None:
            self.hex.select(*home)
        self.say(node)

    def byte_moved(self, event: HexView.ByteMoved) -> None:
        """Go to the innermost node of the byte under the cursor."""
        node = self.details.innermost(event.view, event.offset)
        if node is None:
            return
        self.fields.select(node)
        self.hex.selection = self.details.span(node, event.view)
        self.hex.redraw()
        self.say(node)

    def view_changed(self) -> None:
        """Another byte view: highlight the same node there, if it is there."""
        node = self.fields.node
        span = None if node is None else self.details.span(node, self.hex.view)
        if span is not None:
            self.hex.select(self.hex.view, *span)

    def say(self, node: int) -> None:
        """Name the field and its place in the status line."""
        thing, home = self.details.nodes[node], self.details.home(node)
        parts = [thing.field.abbrev] if thing.field is not None and thing.field.abbrev else []
        if home is not None:
            length = home[2] - home[1]
            parts.append(f"bytes {home[1]}–{home[2] - 1} ({length})" if length else "no bytes of its own")
        self._screen.query_one(StatusBar).right = " · ".join(parts)

    def taken(self) -> str:
        """What copying takes when one of the panes has the focus; "" when none has."""
        if self.fields.has_focus:
            return field_text(self.fields)
        return hex_text(self.hex) if self.hex.has_focus else ""
