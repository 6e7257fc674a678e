"""Everything that came from the wire, made fit for a terminal, a log or a report: no control bytes, no surprises."""

from collections.abc import Iterator
from typing import Any

from workbench.api import Field, Message

__all__ = ["LONGEST_VALUE", "field_line", "message_lines", "safe", "shown"]

LONGEST_VALUE = 120
"""Characters of a value in one line; the hex view has the rest."""

LARGEST_DECIMAL_BITS = 256
"""Longer integers are shown in hex: Python refuses to write huge ones in decimal, and nobody reads them."""

LARGEST_QUICK = 1 << 64
"""Integers below need no second thought."""

_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}


def safe(text: str) -> str:
    """`text` with every character escaped that is not printable: control bytes, bidi controls, lone surrogates, line breaks."""
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(_NAMED.get(char) or (char if char.isprintable() else _escaped(ord(char))) for char in text)


def _escaped(code: int) -> str:
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def shown(value: Any) -> str:
    """A field's value as a person reads it: text quoted, bytes in hex, all of it printable and at most about LONGEST_VALUE long."""
    if type(value) is int and -LARGEST_QUICK < value < LARGEST_QUICK:
        return str(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return _cut(value[: LONGEST_VALUE // 2 + 1].hex())
    if isinstance(value, int):
        return _cut(str(value) if value.bit_length() <= LARGEST_DECIMAL_BITS else hex(value))
    text = _cut(safe(str(value)[: LONGEST_VALUE + 1]))
    return f'"{text}"' if isinstance(value, str) else text


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def field_line(node: Field) -> str:
    """One line about one field: name, value, the words for it, and what is wrong with it."""
    value = shown(node.value)
    words = safe(node.text)
    told = f"{words} ({value})" if words and value else words or value
    line = f"{safe(node.name)}: {told}" if told else safe(node.name)
    if node.generated:
        line = f"[{line}]"
    return f"{line}  ✗ {safe(node.error)}" if node.error else line


def message_lines(message: Message) -> Iterator[str]:
    """A message as lines of text: a head line, its fields indented under it, its notes."""
    way = "→" if message.direction == 0 else "←"
    label = f" {safe(message.label)}" if message.label else ""
    summary = f"  {safe(message.summary)}" if message.summary else ""
    yield f"{way} {safe(message.protocol)}{label}{summary}"
    for depth, node in message.root.walk():
        if depth:
            yield "  " * depth + field_line(node)
    for note in message.notes:
        section = f" ({safe(note.section)})" if note.section else ""
        yield f"  ! {note.severity.name.lower()}: {safe(note.text)}{section}"
