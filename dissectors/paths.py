"""Ways into a message: its fields by filter name, its fields under a byte, and the message as a plain object for JSON."""

import json
from collections.abc import Iterable
from typing import Any

from workbench.api import Field, JsonValue, Message, flatten_fields, json_value, message_members

__all__ = ["JsonValue", "flatten", "innermost", "json_value", "message_line", "message_object"]


def flatten(message: Message) -> dict[str, JsonValue | list[JsonValue]]:
    """Filter name to value for every named field that has one, derived views included; a repeated field is a list in wire order."""
    return flatten_fields((message.root,))


def innermost(fields: Message | Field | Iterable[Field], offset: int, view: int = 0) -> tuple[Field, ...]:
    """The fields that hold byte `offset` of a view, from the outermost to the innermost; () where none does.

    Of several children that hold the byte the shortest is taken. Fields that are only looked into another view for are part of
    the way.
    """
    roots = (fields.root,) if isinstance(fields, Message) else (fields,) if isinstance(fields, Field) else tuple(fields)
    return _descend(roots, offset, view)


def _descend(fields: Iterable[Field], offset: int, view: int) -> tuple[Field, ...]:
    best: tuple[Field, ...] = ()
    for node in fields:
        holds = node.view == view and node.start <= offset < node.end
        if not holds and node.view == view:
            continue
        below = _descend(node.children, offset, view)
        found = (node, *below) if holds or below else ()
        if found and (not best or _width(found) < _width(best)):
            best = found
    return best


def _width(path: tuple[Field, ...]) -> int:
    last = path[-1]
    return last.bits[1] - last.bits[0] if last.bits else 8 * (last.end - last.start)


def message_object(message: Message) -> dict[str, Any]:
    """The object that stands for a message in NDJSON; `layer` only where it travelled inside another protocol."""
    where = {"layer": "/".join(message.layer)} if message.layer else {}
    return {
        "packet": message.packet,
        "packets": list(message.packets),
        "time_ns": message.time_ns,
        "stream": message.stream,
        **where,
        **message_members(message),
    }


def message_line(message: Message) -> str:
    """That object as one line: ASCII only, nothing between its parts."""
    return _encode(message_object(message))


_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
