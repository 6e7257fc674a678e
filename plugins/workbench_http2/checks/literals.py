"""Header blocks by hand (RFC 7541 section 6): literals that touch no table, so that a case says exactly what it sends."""

from collections.abc import Iterable

__all__ = ["block", "indexed", "integer", "literal", "resize"]


def integer(value: int, prefix: int, pattern: int = 0) -> bytes:
    """An integer behind the upper bits `pattern` of its first byte (RFC 7541 5.1)."""
    most = (1 << prefix) - 1
    if value < most:
        return bytes((pattern | value,))
    out = bytearray((pattern | most,))
    value -= most
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes((value,))


def literal(name: bytes, value: bytes, pattern: int = 0x00) -> bytes:
    """A field with a literal name: 0x00 without indexing, 0x10 never indexed, 0x40 with indexing (RFC 7541 6.2)."""
    return bytes((pattern,)) + integer(len(name), 7) + name + integer(len(value), 7) + value


def indexed(index: int) -> bytes:
    """A field that is in the table (RFC 7541 6.1)."""
    return integer(index, 7, 0x80)


def resize(size: int) -> bytes:
    """A new size of the dynamic table (RFC 7541 6.3)."""
    return integer(size, 5, 0x20)


def block(fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Fields in order, none indexed."""
    return b"".join(literal(name, value) for name, value in fields)
