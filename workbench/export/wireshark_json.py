"""JSON in the shape of `tshark -T json --no-duplicate-keys`: per packet its layers, names as in Wireshark, all values as text.

What stands several times at one place is a list. A field with fields inside is followed by an object called NAME_tree.
"""

import json
from datetime import UTC, datetime
from typing import Any, BinaryIO

from workbench.api import Field
from workbench.export.branches import Branch, Frame, frames
from workbench.export.shapes import show, show_name
from workbench.export.source import Source

__all__ = ["index_name", "layers_text", "render", "write"]

DEEPEST = 200
"""Objects inside each other: deeper ones many readers of JSON refuse, and Python's encoder runs out of stack at a thousand."""

LAST_YEAR = 253_402_300_799
"""Seconds from 1970 to the end of 9999, the last year that dates can be written of."""

_encode = json.JSONEncoder(separators=(",", ":")).encode


def write(source: Source, out: BinaryIO) -> int:
    """Write the selected packets with all messages that they complete; returns how many."""
    count = 0
    out.write(b"[\n")
    for count, frame in enumerate(frames(source, render), 1):
        out.write((b"" if count == 1 else b",\n") + _packet(frame))
    out.write(b"\n]\n")
    return count


def render(branch: Branch) -> bytes:
    """A branch as one JSON object."""
    return _encode(_members(branch.root, branch.views, 0)).encode()


def index_name(time_ns: int) -> str:
    """The name of the index that tshark would have a packet stored in: one for each day."""
    return f"packets-{datetime.fromtimestamp(max(0, min(time_ns // 1_000_000_000, LAST_YEAR)), UTC):%Y-%m-%d}"


def layers_text(frame: Frame) -> bytes:
    """The layers of a packet as members of a JSON object; a protocol that occurs several times has a list."""
    layers: dict[str, list[bytes]] = {}
    for piece in frame.pieces:
        layers.setdefault(piece.name, []).append(piece.text)
    return b",".join(
        _encode(name).encode() + b":" + (texts[0] if len(texts) == 1 else b"[" + b",".join(texts) + b"]")
        for name, texts in layers.items()
    )


def _packet(frame: Frame) -> bytes:
    index = index_name(frame.packet.time_ns)
    head = f'{{"_index":"{index}","_type":"doc","_score":null,"_source":{{"layers":{{'.encode()
    return head + layers_text(frame) + b"}}}"


def _members(node: Field, views: tuple[bytes, ...], depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in node.children if depth < DEEPEST else ():
        inside = _members(child, views, depth + 1) if child.children else None
        if not child.abbrev:
            _put(found, show_name(child), inside if inside is not None else "")
        elif inside is None:
            _put(found, child.abbrev, show(child, views))
        elif child.value is None:
            _put(found, child.abbrev, inside)
        else:
            _put(found, child.abbrev, show(child, views))
            _put(found, f"{child.abbrev}_tree", inside)
    return found


def _put(members: dict[str, Any], name: str, value: Any) -> None:
    if name not in members:
        members[name] = value
    elif isinstance(members[name], list):
        members[name].append(value)
    else:
        members[name] = [members[name], value]
