"""PDML, Wireshark's XML for dissected packets: `proto` and `field` elements with name, showname, size, pos, show and value.

https://wiki.wireshark.org/PDML. XML has no place for most control characters, not even escaped ones: they are spelled \\xNN.
"""

from datetime import UTC, datetime
from typing import BinaryIO
from xml.sax.saxutils import quoteattr

from workbench.api import Field
from workbench.export.branches import Branch, Frame, frames
from workbench.export.shapes import raw_bytes, show, show_name
from workbench.export.source import Source

__all__ = ["render", "write", "xml_text"]

_SPACES = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
"""A parser of XML would read them as blanks."""

DEEPEST = 200
"""Elements inside each other: readers (libxml2) refuse more than 256."""


def write(source: Source, out: BinaryIO) -> int:
    """Write the selected packets with all messages that they complete; returns how many."""
    name = quoteattr(xml_text(source.capture.path.name), _SPACES)
    out.write(f'<?xml version="1.0" encoding="utf-8"?>\n<pdml version="0" creator="workbench" capture_file={name}>\n'.encode())
    count = 0
    for count, frame in enumerate(frames(source, render), 1):  # noqa: B007 - it is the result
        out.write(b"<packet>\n" + _general(frame))
        out.writelines(piece.text for piece in frame.pieces)
        out.write(b"</packet>\n\n")
    out.write(b"</pdml>\n")
    return count


def render(branch: Branch) -> bytes:
    """A branch as one `proto` element."""
    lines: list[str] = []
    # an explicit stack: how deeply fields nest is for the wire to say; None ends an element
    stack: list[tuple[int, Field | None]] = [(1, branch.root)]
    while stack:
        depth, node = stack.pop()
        tag = "proto" if depth == 1 else "field"
        if node is None:
            lines.append(f"{'  ' * depth}</{tag}>")
            continue
        children = node.children if depth < DEEPEST else ()
        lines.append(f"{'  ' * depth}<{tag} {_attributes(branch, node, depth)}{'>' if children else '/>'}")
        if children:
            stack.append((depth, None))
            stack.extend((depth + 1, child) for child in reversed(children))
    return ("\n".join(lines) + "\n").encode()


def xml_text(text: str) -> str:
    """`text` without the characters that XML 1.0 section 2.2 does not allow."""
    if text.isprintable():
        return text
    return "".join(char if _allowed(ord(char)) else _spelled(ord(char)) for char in text)


def _allowed(code: int) -> bool:
    return code in (9, 10, 13) or 0x20 <= code < 0x7F or 0xA0 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


def _spelled(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _attributes(branch: Branch, node: Field, depth: int) -> str:
    computed = node.generated and node.start == node.end
    size = 0 if computed else node.end - node.start
    place = f'size="{size}" pos="{branch.place(node)}"'
    told = quoteattr(xml_text(show_name(node)), _SPACES)
    if depth == 1:
        return f"name={quoteattr(xml_text(branch.name), _SPACES)} showname={told} {place}"
    if not node.abbrev:
        return f'name="" show={told} {place}{_value(node, branch)}'
    hide = ' hide="yes"' if node.abbrev in branch.hidden else ""
    spelled = quoteattr(xml_text(show(node, branch.views)), _SPACES)
    return f"name={quoteattr(xml_text(node.abbrev), _SPACES)} showname={told}{hide} {place} show={spelled}{_value(node, branch)}"


def _value(node: Field, branch: Branch) -> str:
    """The bytes behind a field; of some bits their number, beside the bytes around them."""
    raw = raw_bytes(node, branch.views).hex()
    if not raw:
        return ""
    if node.bits is None or not isinstance(node.value, int) or node.bits[1] - node.bits[0] == 8 * (node.end - node.start):
        return f' value="{raw}"'
    return f' value="{int(node.value):X}" unmaskedvalue="{raw}"'


def _general(frame: Frame) -> bytes:
    """The element that PDML begins each packet with."""
    packet = frame.packet
    size = len(packet.data)
    seconds, rest = divmod(packet.time_ns, 1_000_000_000)
    when = datetime.fromtimestamp(max(0, min(seconds, 253_402_300_799)), UTC)
    shown = f"{when:%b} {when.day:2d}, {when:%Y %H:%M:%S}.{rest:09d} UTC"
    rows = (
        ("num", str(packet.number), "Number", f"{packet.number:x}"),
        ("len", str(packet.original_length), "Frame Length", f"{packet.original_length:x}"),
        ("caplen", str(size), "Captured Length", f"{size:x}"),
        ("timestamp", shown, "Captured Time", f"{seconds}.{rest:09d}"),
    )
    fields = "".join(
        f'    <field name="{name}" pos="0" show="{text}" showname="{title}" value="{value}" size="{size}"/>\n'
        for name, text, title, value in rows
    )
    head = f'  <proto name="geninfo" pos="0" showname="General information" size="{size}">\n'
    return f"{head}{fields}  </proto>\n".encode()
