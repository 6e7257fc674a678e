"""The other way to trace a parse, as an oracle: a hook on the one gate through which construct calls every child.

Slow, and it changes a class of another library while it runs, so it is for tests only. It knows nothing of `dissectors`.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from construct import (
    Array,
    Construct,
    Container,
    EnumInteger,
    EnumIntegerString,
    FocusedSeq,
    GreedyRange,
    Peek,
    Pointer,
    Renamed,
    RepeatUntil,
    Restreamed,
    Transformed,
)
from construct.core import BytesIOWithOffsets
from construct.lib import bits2bytes, bytes2bits


@dataclass
class Node:
    """One call of `_parsereport`."""

    construct: Construct
    stream: Any
    start: int
    end: int = 0
    value: Any = None
    failed: bool = False
    children: list["Node"] = field(default_factory=list)


def hooked_parse(grammar: Construct, data: bytes) -> tuple[Any, Node]:
    """Parse with the hook in place; raises what the parse raises."""
    with _hook() as top:
        value = grammar.parse_stream(io.BytesIO(data))
    return value, top.children[0]


@contextmanager
def _hook() -> Iterator[Node]:
    original = Construct._parsereport
    top = Node(None, None, 0)
    open_nodes = [top]

    def watched(self: Construct, stream: Any, context: Any, path: str) -> Any:
        node = Node(self, stream, stream.tell())
        open_nodes[-1].children.append(node)
        open_nodes.append(node)
        try:
            node.value = original(self, stream, context, path)
        except BaseException:
            node.failed = True
            raise
        finally:
            open_nodes.pop()
        node.end = stream.tell()
        node.children = [child for child in node.children if not child.failed]
        return node.value

    Construct._parsereport = watched
    try:
        yield top
    finally:
        Construct._parsereport = original


@dataclass(frozen=True)
class Spot:
    """A named thing that was parsed: its path, what it is worth, and the bytes (or bits of the message) it lies on."""

    path: str
    value: Any
    place: Any


def spots(data: bytes, root: Node) -> list[Spot]:
    """Everything with a name, and every array item, in the order of the grammar."""
    return list(_spots(root, "", [(root.stream, 0, 8, data)]))


_Map = list[tuple[Any, int, int, bytes]]
"""Known streams: (stream, base, scale, bytes of the view); position p of the stream is bit base + p * scale of the view."""


def _spots(node: Node, path: str, known: _Map) -> Iterator[Spot]:
    name = node.construct.name if isinstance(node.construct, Renamed) else None
    if name:
        yield from _named(node, f"{path}.{name}", known)
        return
    yield from _below(node, path, known)


def _named(node: Node, path: str, known: _Map) -> Iterator[Spot]:
    shown, inner = node, _stripped(node)
    if isinstance(inner.construct, Peek | Pointer) and inner.children and node.start == node.end:
        shown = inner.children[0]
    below = list(_below(node, path, known))
    value = _plain(node.value)
    if (
        (below and value is None)
        or shown.start != shown.end
        or value is not None
        or (node.value is not None and not callable(node.value))
    ):
        yield Spot(path, value, _place(shown, known))
    yield from below


def _stripped(node: Node) -> Node:
    while len(node.children) == 1 and not isinstance(node.construct, Peek | Pointer):
        node = node.children[0]
    return node


def _below(node: Node, path: str, known: _Map) -> Iterator[Spot]:
    construct = node.construct
    mapped = [*known, *_new_streams(node, known)]
    if isinstance(construct, Array | GreedyRange | RepeatUntil):
        for index, child in enumerate(node.children):
            yield Spot(f"{path}[{index}]", _plain(child.value), _place(child, mapped))
            yield from _below(child, f"{path}[{index}]", mapped)
        return
    for child in node.children:
        if isinstance(construct, FocusedSeq) and child.construct.name == construct.parsebuildfrom:
            inside = list(_below(child, path, mapped))
            yield from inside or _spots(child, path, mapped)
        else:
            yield from _spots(child, path, mapped)


def _new_streams(node: Node, known: _Map) -> Iterator[tuple[Any, int, int, bytes]]:
    for child in node.children:
        if any(child.stream is stream for stream, *_ in known):
            continue
        _, base, scale, view = _find(node.stream, known)
        construct = node.construct
        decode = getattr(construct, "decodefunc", None) or getattr(construct, "decoder", None)
        if isinstance(construct, Transformed | Restreamed) and decode in (bytes2bits, bits2bytes):
            yield child.stream, base + node.start * scale, 1 if decode is bytes2bits else 8, view
        elif isinstance(child.stream, BytesIOWithOffsets):
            content, offset = child.stream.getvalue(), child.stream.parent_stream_offset
            same = scale == 1 or content == view[base // 8 + offset :][: len(content)]
            yield (child.stream, base, scale, view) if same else (child.stream, -8 * offset, 8, content)
        else:
            yield child.stream, 0, 8, child.stream.getvalue()


def _find(stream: Any, known: _Map) -> tuple[Any, int, int, bytes]:
    return next(entry for entry in known if entry[0] is stream)


def _place(node: Node, known: _Map) -> Any:
    _, base, scale, view = _find(node.stream, known)
    first, last = base + node.start * scale, base + node.end * scale
    if scale == 8 and base % 8 == 0:
        return first // 8, last // 8, view
    return (first, last), view


def _plain(value: Any) -> Any:
    if isinstance(value, EnumIntegerString):
        return value.intvalue
    if isinstance(value, EnumInteger):
        return int(value)
    if isinstance(value, Container) and "offset1" in value:
        return _plain(value.value)
    if isinstance(value, Container) and "_flagsenum" in value:
        return "flags"
    return None if isinstance(value, list | dict) else value
