"""Messages field by field, for people: one head line, the tree with byte ranges, the notes. Everything from the wire is escaped."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from dissectors.text import field_line, safe
from workbench.api import Direction, Field, Message
from workbench.export.source import Source
from workbench.export.summaries import note_lines

__all__ = ["lines", "write"]

SUMMARY_SHOWN = 200
"""Characters of a summary in the head line; the fields below it have the rest."""

ARROWS = {Direction.TO_SERVER: "→", Direction.TO_CLIENT: "←"}


def lines(messages: Iterable[Message]) -> Iterator[str]:
    """All messages as text, a blank line after each."""
    for message in messages:
        yield _head(message)
        for depth, node in message.root.walk():
            if depth:
                yield f"  {_place(node, message):<12} {'  ' * (depth - 1)}{field_line(node)}"
        yield from (f"  ! {line}" for line in note_lines(message))
        yield ""


def write(source: Source, out: BinaryIO) -> int:
    """Write all messages as UTF-8; returns how many."""
    count = 0

    def counted() -> Iterator[Message]:
        nonlocal count
        for message in source.messages():
            count += 1
            yield message

    for line in lines(counted()):
        out.write(line.encode() + b"\n")
    return count


def _head(message: Message) -> str:
    stream = f" stream {message.stream}" if message.stream >= 0 else ""
    others = f" (packets {_packets(message.packets)})" if len(message.packets) > 1 else ""
    summary = safe((message.summary or message.label)[:SUMMARY_SHOWN])
    size = message.end - message.start
    inside = f" in {safe(', '.join(message.layer))}" if message.layer else ""
    return f"#{message.packet}{stream} {ARROWS[message.direction]} {message.protocol}{inside}  {summary}  {size:,} bytes{others}"


def _packets(packets: tuple[int, ...]) -> str:
    return f"{packets[0]} and {packets[1]}" if len(packets) == 2 else f"{packets[0]} to {packets[-1]}, {len(packets)} of them"


def _place(node: Field, message: Message) -> str:
    """Where a field stands: bytes of the message, or of a derived view by name, or bits."""
    if node.generated and node.start == node.end:
        return ""
    place = f"{node.start}:{node.end}" if node.bits is None else f"bits {node.bits[0]}:{node.bits[1]}"
    return f"{safe(message.views[node.view].name)} {place}" if node.view and node.view < len(message.views) else place
