"""Bytes of strangers as text that a terminal, a Markdown page or a packet comment can show without harm."""

__all__ = ["printable", "shown", "shown_value"]

SHOWN = 64
"""Characters of one value in a line of text: enough to recognise it, and the line stays a line."""


_PLAIN = bytes(byte for byte in range(0x20, 0x7F) if byte != 0x5C)
_TABLE = tuple(chr(byte) if 0x20 <= byte < 0x7F and byte != 0x5C else f"\\x{byte:02x}" for byte in range(256))


def shown(data: bytes, limit: int = SHOWN) -> str:
    """Printable ASCII of `data`, everything else as `\\xNN`; cut after `limit` characters with the full length said."""
    start = data[: limit + 1]
    text = "".join([_TABLE[byte] for byte in start]) if start.translate(None, _PLAIN) else start.decode("ascii")
    if len(data) <= limit and len(text) <= limit:
        return text
    return f"{text[:limit]}… ({len(data)} bytes)"


def shown_value(value: object, limit: int = SHOWN) -> str:
    """A field's value as text: bytes escaped, everything else as Python shows it, control characters escaped."""
    if isinstance(value, bytes | bytearray):
        return f'"{shown(bytes(value), limit)}"'
    # a str's own text, not the repr of construct's enum strings
    text = repr(str(value)[: limit + 1]) if isinstance(value, str) else repr(value)
    if not text.isprintable():
        text = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)
    return text if len(text) <= limit else f"{text[:limit]}…"


def printable(text: str) -> str:
    """One line of text that no terminal and no XML reader stumbles over."""
    return "".join(char if char.isprintable() else "?" for char in text)
