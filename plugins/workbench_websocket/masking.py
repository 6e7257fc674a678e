"""Masking (RFC 6455 5.3): the payload XORed with a key of four bytes, over and over. The same function masks and unmasks."""

__all__ = ["masked"]


def masked(data: bytes, key: bytes) -> bytes:
    """`data` XORed with the four bytes of `key`, in one step for all of it: integers of any size are quicker than a loop."""
    size = len(data)
    mask = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "little") ^ int.from_bytes(mask, "little")).to_bytes(size, "little")
