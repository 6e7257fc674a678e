"""Messages without their trees: fields by filter name, and what a message's JSON object says about it. For exports and for skimmers."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from workbench.api.deferred import flat_of
from workbench.api.messages import Field, Message, Note

__all__ = ["JsonValue", "flatten_fields", "json_value", "members_text", "message_members", "notes_text"]

JsonValue = int | float | bool | str

LARGEST_JSON_BITS = 4096
"""Longer integers are written as hexadecimal strings: Python refuses decimals of that size, and so do most readers of JSON."""


def json_value(value: Any) -> JsonValue:
    """A field's value as JSON has it: bytes in lower-case hex; numbers JSON cannot write as strings; everything else as it is."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    if isinstance(value, int) and value.bit_length() > LARGEST_JSON_BITS:
        return hex(value)
    result: JsonValue = value
    return result


def flatten_fields(fields: Iterable[Field]) -> dict[str, JsonValue | list[JsonValue]]:
    """Filter name to value for every named field below these that has a value; a repeated field is a list in wire order."""
    flat: dict[str, JsonValue | list[JsonValue]] = {}
    stack = list(fields)[::-1]
    pop, push = stack.pop, stack.extend
    while stack:
        node = pop()
        if node.children:
            push(reversed(node.children))
        value = node.value
        name = node.abbrev
        if value is None or not name:
            continue
        if not isinstance(value, int | str) or (isinstance(value, int) and value.bit_length() > LARGEST_JSON_BITS):
            value = json_value(value)
        known = flat.get(name)
        if known is None:
            flat[name] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            flat[name] = [known, value]
    return flat


def message_members(message: Message) -> dict[str, Any]:
    """The members of a message's JSON object that its decoder decides; the engine adds packets, time and stream."""
    flat = flat_of(message.root)
    return {
        "protocol": message.protocol,
        "direction": message.direction.name.lower(),
        "label": message.label,
        "summary": message.summary,
        "fields": flatten_fields((message.root,)) if flat is None else flat,
        "notes": [_note_members(note) for note in message.notes],
    }


def _note_members(note: Note) -> dict[str, Any]:
    return {
        "severity": note.severity.name.lower(),
        "text": note.text,
        "start": note.start,
        "end": note.end,
        "section": note.section,
    }


def notes_text(notes: Iterable[Note]) -> str:
    """The value of the member "notes" as JSON text."""
    return json.dumps([_note_members(note) for note in notes], separators=(",", ":"))


def members_text(members: Mapping[str, Any]) -> str:
    """Members as JSON text without the braces, ASCII only and without spaces, as skimmers write them."""
    return json.dumps(members, separators=(",", ":"))[1:-1]
