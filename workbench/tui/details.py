"""One packet (or message) as what the tree and the bytes pane show: a flat list of nodes and the byte views they point into.

Pure values. A node of a message points into the message's own bytes, and, where this packet carried them, into the packet's bytes too;
so the cursor on a byte of the packet finds the field of the message, and the other way round.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from workbench.api import UNDECODED, Field, Message, Severity, View
from workbench.tui.cells import clean, size
from workbench.tui.placement import Placement

__all__ = ["ByteView", "Details", "Node", "details_of"]

SHOWN_BYTES = 32
"""Bytes of a value that its line in the tree shows; the bytes pane shows them all."""

SHOWN_TEXT = 300
"""Characters of a value in the tree: several times what fits a line."""


@dataclass(frozen=True, slots=True)
class ByteView:
    """Bytes to look at. `regions` are (start, end, protocol) of its layers, for colours."""

    title: str
    data: bytes = field(repr=False)
    regions: tuple[tuple[int, int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """One line of the tree. `after` is the index of the first node behind its subtree; `spans` are (view, start, end), home first."""

    depth: int
    name: str
    text: str
    protocol: str
    spans: tuple[tuple[int, int, int], ...]
    after: int
    field: Field | None = None
    kind: str = "field"
    """"layer", "message", "field" or "note"."""
    error: str = ""
    changed: bool = False
    """Whether a mutation changed it (findings)."""


@dataclass(frozen=True)
class Details:
    """Everything about one packet or message that is shown at once."""

    title: str
    nodes: tuple[Node, ...]
    views: tuple[ByteView, ...]

    @cached_property
    def _spans(self) -> "np.ndarray[Any, np.dtype[np.int64]]":
        rows = [
            (view, start, end, number, node.depth)
            for number, node in enumerate(self.nodes)
            for view, start, end in node.spans
            if end > start
        ]
        return np.array(rows, dtype=np.int64).reshape(-1, 5)

    def innermost(self, view: int, offset: int) -> int | None:
        """The deepest node that covers a byte of a view; among equals the shortest, then the last."""
        spans = self._spans
        covering = spans[(spans[:, 0] == view) & (spans[:, 1] <= offset) & (offset < spans[:, 2])]
        if not len(covering):
            return None
        order = np.lexsort((covering[:, 3], covering[:, 1] - covering[:, 2], covering[:, 4]))
        return int(covering[order[-1], 3])

    def span(self, number: int, view: int) -> tuple[int, int] | None:
        """Where a node lies in a view; None when it does not."""
        return next(((start, end) for where, start, end in self.nodes[number].spans if where == view), None)

    def home(self, number: int) -> tuple[int, int, int] | None:
        """(view, start, end) of a node in the bytes that it was read from."""
        spans = self.nodes[number].spans
        return spans[0] if spans else None

    def parent(self, number: int) -> int | None:
        """The node above."""
        depth = self.nodes[number].depth
        return next((above for above in range(number - 1, -1, -1) if self.nodes[above].depth < depth), None)


EMPTY = Details("", (), ())


def value_text(node: Field) -> str:
    """A field's value as a person reads it, sanitised."""
    value = node.value
    if isinstance(value, bytes | bytearray):
        shown = value[:SHOWN_BYTES]
        if shown and all(32 <= octet < 127 for octet in shown):
            text = '"' + shown.decode("ascii") + ('…"' if len(value) > SHOWN_BYTES else '"')
        else:
            text = shown.hex(" ") + (" …" if len(value) > SHOWN_BYTES else "")
        text = f"{text}  ({size(len(value))})" if len(value) > SHOWN_BYTES else text
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, float):
        text = f"{value:.9g}"
    elif isinstance(value, str):
        text = value
    else:
        from dissectors.text import shown as described

        text = described(value)
    if node.text and node.text != text:
        # words for a number stand beside it; words for a text stand instead of it
        numeric = isinstance(value, int | float) and text and text not in node.text and not node.text.startswith("0x")
        text = f"{node.text} ({text})" if numeric else node.text
    return clean(text[:SHOWN_TEXT])


class _Builder:
    """Collects nodes in order; a subtree's end is known once its last node is in."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []

    def add(
        self, root: Field, depth: int, protocol: str, spans: "_Spans", kind: str, title: str = "", text: str | None = None
    ) -> None:
        """Append `root` and everything below it."""
        fields = list(root.walk())
        ends = list(_subtree_ends([level for level, _ in fields]))
        first = len(self.nodes)
        for place, (level, node) in enumerate(fields):
            top = place == 0
            self.nodes.append(
                Node(
                    depth + level,
                    clean(title if top and title else node.name),
                    clean(text[:SHOWN_TEXT]) if top and text is not None else value_text(node),
                    protocol,
                    spans.of(node),
                    first + ends[place],
                    node,
                    kind if top else "field",
                    clean(node.error),
                    spans.is_changed(node),
                )
            )

    def note(self, depth: int, text: str, protocol: str, spans: tuple[tuple[int, int, int], ...], error: bool) -> None:
        """Append a remark."""
        shown = clean(text)
        self.nodes.append(Node(depth, "", shown, protocol, spans, len(self.nodes) + 1, None, "note", shown if error else ""))

    def close(self, first: int) -> None:
        """Let the subtree of node `first` reach to the end."""
        node = self.nodes[first]
        self.nodes[first] = Node(
            node.depth,
            node.name,
            node.text,
            node.protocol,
            node.spans,
            len(self.nodes),
            node.field,
            node.kind,
            node.error,
            node.changed,
        )


def _subtree_ends(depths: Sequence[int]) -> Iterator[int]:
    """For each node of a pre-order walk the index behind its subtree."""
    ends = [len(depths)] * len(depths)
    open_nodes: list[int] = []
    for place, depth in enumerate(depths):
        while open_nodes and depths[open_nodes[-1]] >= depth:
            ends[open_nodes.pop()] = place
        open_nodes.append(place)
    return iter(ends)


@dataclass(frozen=True, slots=True)
class _Spans:
    """Where the fields of one tree lie: `base` is the number of the view that the tree's view 0 became."""

    base: int
    placements: tuple[Placement, ...] = ()
    packet_only: bool = False
    changed: tuple[tuple[int, int], ...] = ()

    def of(self, node: Field) -> tuple[tuple[int, int, int], ...]:
        """All places of a field, home first."""
        found = [(self.base + node.view, node.start, node.end)]
        if node.view == 0 and not self.packet_only:
            for placement in self.placements:
                start, end = max(node.start, placement.start), min(node.end, placement.end)
                if start < end:
                    found.append((0, start + placement.shift, end + placement.shift))
        return tuple(found)

    def is_changed(self, node: Field) -> bool:
        """Whether a leaf covers a changed byte."""
        return node.view == 0 and not node.children and any(node.start < end and start < node.end for start, end in self.changed)


def details_of(
    title: str,
    packet: bytes | None,
    layers: Sequence[Field],
    messages: Sequence[Message],
    placements: Sequence[tuple[Placement, ...]] = (),
    *,
    changed: Sequence[tuple[tuple[int, int], ...]] = (),
) -> Details:
    """Flatten a packet's layers and the messages it carries.

    `placements[k]` says which bytes of message k are where in the packet; `changed[k]` which of its bytes a mutation touched.
    `packet` is None when there is only a message to show.
    """
    builder = _Builder()
    views: list[ByteView] = []
    if packet is not None:
        regions = [(layer.start, layer.end, _protocol_of(layer)) for layer in layers if not layer.generated]
        for message, places in zip(messages, placements, strict=False):
            regions += [(place.start + place.shift, place.end + place.shift, message.protocol) for place in places]
        views.append(ByteView(f"Packet {size(len(packet))}", packet, tuple(regions)))
        for layer in layers:
            builder.add(layer, 0, _protocol_of(layer), _Spans(0, packet_only=True), "layer")
    for number, message in enumerate(messages):
        base = len(views)
        views += _views_of(message)
        places = placements[number] if number < len(placements) else ()
        _add_message(builder, message, _Spans(base, places, False, changed[number] if number < len(changed) else ()))
    return Details(title, tuple(builder.nodes), tuple(views))


def _views_of(message: Message) -> Iterator[ByteView]:
    name = "Bytes" if message.protocol == UNDECODED else (message.root.abbrev or message.protocol).upper()
    yield ByteView(f"{clean(name)} {size(len(message.raw))}", message.raw, _regions(message))
    for view in message.views[1:]:
        yield _derived(view, message.protocol)


def _derived(view: View, protocol: str) -> ByteView:
    return ByteView(f"{clean(view.name)} {size(len(view.data))}", view.data, ((0, len(view.data), protocol),))


def _regions(message: Message) -> tuple[tuple[int, int, str], ...]:
    return ((0, len(message.raw), message.protocol),)


def _protocol_of(layer: Field) -> str:
    return layer.abbrev.partition(".")[0] or layer.name


def _add_message(builder: _Builder, message: Message, spans: _Spans) -> None:
    first = len(builder.nodes)
    title = message.root.name or message.protocol
    title += f" (in {', '.join(message.layer)})" if message.layer else ""
    builder.add(message.root, 0, message.protocol, spans, "message", title, message.summary)
    if len(message.packets) > 1:
        carried = ", ".join(map(str, message.packets[:8])) + (" …" if len(message.packets) > 8 else "")
        builder.note(1, f"reassembled from {len(message.packets)} packets: {carried}", message.protocol, (), False)
    for note in message.notes:
        where = ((spans.base, note.start, note.end),) if note.end > note.start else ()
        section = f" [{note.section}]" if note.section else ""
        builder.note(
            1, f"{note.severity.name.lower()}: {note.text}{section}", message.protocol, where, note.severity >= Severity.WARN
        )
    builder.close(first)
