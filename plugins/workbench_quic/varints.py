"""Variable-length integers (RFC 9000 16), read as fast as Python can: no tuple of None, an IndexError where bytes are missing."""

__all__ = ["LARGEST", "shortest", "varint"]

LARGEST = (1 << 62) - 1
"""No number of QUIC is larger (RFC 9000 16)."""


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at an offset and where it ends. Raises `IndexError` where the data end first."""
    first = data[at]
    if first < 0x40:
        return first, at + 1
    if first < 0x80:
        return (first & 0x3F) << 8 | data[at + 1], at + 2
    end = at + (4 if first < 0xC0 else 8)
    if end > len(data):
        raise IndexError  # as above; a slice would just be shorter
    return int.from_bytes(data[at:end], "big") & (0x3FFF_FFFF if first < 0xC0 else LARGEST), end


def shortest(value: int) -> int:
    """Bytes of the shortest encoding of a number."""
    return 1 if value < 0x40 else 2 if value < 0x4000 else 4 if value < 0x4000_0000 else 8
