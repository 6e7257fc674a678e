"""Newline-delimited JSON for Elasticsearch's bulk interface, in the shape of `tshark -T ek`: two lines per packet, flat layers.

A name is its layer's and its own, with underscores for dots: `ip_ip_src`. Truth values are JSON's, all others text.
"""

import json
from typing import Any, BinaryIO

from workbench.export.branches import Branch, Frame, frames
from workbench.export.shapes import show, show_name
from workbench.export.source import Source
from workbench.export.wireshark_json import index_name, layers_text

__all__ = ["render", "write"]

_encode = json.JSONEncoder(separators=(",", ":")).encode


def write(source: Source, out: BinaryIO) -> int:
    """Write the selected packets with all messages that they complete; returns how many."""
    count = 0
    for count, frame in enumerate(frames(source, render), 1):  # noqa: B007 - it is the result
        out.write(_lines(frame))
    return count


def render(branch: Branch) -> bytes:
    """A branch as one flat JSON object."""
    found: dict[str, Any] = {}
    for depth, node in branch.root.walk():
        if not depth:
            continue
        name = f"{branch.name}_{node.abbrev}".replace(".", "_") if node.abbrev else "text"
        if node.abbrev and node.value is None and node.children:
            continue
        value = node.value if isinstance(node.value, bool) else show(node, branch.views) if node.abbrev else show_name(node)
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return _encode(found).encode()


def _lines(frame: Frame) -> bytes:
    packet = frame.packet
    head = f'{{"index":{{"_index":"{index_name(packet.time_ns)}","_type":"doc"}}}}\n'
    return f'{head}{{"timestamp":"{packet.time_ns // 1_000_000}","layers":{{'.encode() + layers_text(frame) + b"}}\n"
