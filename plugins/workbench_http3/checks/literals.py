"""Field sections and QPACK instructions by hand (RFC 9204 4.3, 4.4, 4.5), so that a case says exactly what it sends."""

from collections.abc import Iterable

from workbench_http3.qpack_literals import integer, text

__all__ = [
    "acknowledge",
    "cancel",
    "capacity",
    "duplicate",
    "dynamic",
    "increment",
    "insert",
    "insert_by_name",
    "literal",
    "post_base",
    "prefix",
    "section",
    "static",
    "static_name",
]


def prefix(required: int = 0, delta: int = 0, *, negative: bool = False) -> bytes:
    """What a section begins with: the encoded required insert count, the sign, and the distance of the base (RFC 9204 4.5.1)."""
    return integer(required, 8) + integer(delta, 7, 0x80 if negative else 0)


def literal(name: bytes, value: bytes, *, never: bool = False, huffman: bool = False) -> bytes:
    """A line with a literal name (RFC 9204 4.5.6)."""
    return text(name, 3, 0x20 | 0x10 * never, huffman=huffman) + text(value, 7, huffman=huffman)


def static(index: int) -> bytes:
    """A line of the static table (RFC 9204 4.5.2)."""
    return integer(index, 6, 0xC0)


def static_name(index: int, value: bytes) -> bytes:
    """A line with a name of the static table (RFC 9204 4.5.4)."""
    return integer(index, 4, 0x50) + text(value, 7)


def dynamic(index: int) -> bytes:
    """A line of the dynamic table, counted back from the base (RFC 9204 4.5.2)."""
    return integer(index, 6, 0x80)


def post_base(index: int) -> bytes:
    """A line of the dynamic table, counted on from the base (RFC 9204 4.5.3)."""
    return integer(index, 4, 0x10)


def section(fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Fields in order, all literal: it depends on nothing."""
    return prefix() + b"".join(literal(name, value) for name, value in fields)


def capacity(size: int) -> bytes:
    """Set the capacity of the dynamic table (RFC 9204 4.3.1)."""
    return integer(size, 5, 0x20)


def insert(name: bytes, value: bytes) -> bytes:
    """Insert an entry with a literal name (RFC 9204 4.3.3)."""
    return text(name, 5, 0x40) + text(value, 7)


def insert_by_name(index: int, value: bytes, *, of_static: bool = True) -> bytes:
    """Insert an entry with the name of another one (RFC 9204 4.3.2)."""
    return integer(index, 6, 0xC0 if of_static else 0x80) + text(value, 7)


def duplicate(index: int) -> bytes:
    """Insert an entry once more (RFC 9204 4.3.4)."""
    return integer(index, 5)


def acknowledge(stream: int) -> bytes:
    """A section of that stream was read (RFC 9204 4.4.1)."""
    return integer(stream, 7, 0x80)


def cancel(stream: int) -> bytes:
    """No more of that stream will be read (RFC 9204 4.4.2)."""
    return integer(stream, 6, 0x40)


def increment(number: int) -> bytes:
    """So many more insertions were seen (RFC 9204 4.4.3)."""
    return integer(number, 6)
