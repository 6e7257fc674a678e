"""Packet numbers are sent shortened: how they become whole again (RFC 9000 17.1, A.3)."""

__all__ = ["LARGEST", "whole_number"]

LARGEST = (1 << 62) - 1
"""RFC 9000 12.3."""


def whole_number(truncated: int, size: int, largest: int) -> int:
    """The packet number of which the lowest `size` bytes are `truncated`, where `largest` (-1: none) is the largest one seen before in
    its space: the candidate nearest to the next one (RFC 9000 A.3)."""
    expected = largest + 1
    window = 1 << (8 * size)
    candidate = (expected & -window) | truncated
    if candidate <= expected - window // 2 and candidate <= LARGEST - window:
        return candidate + window
    if candidate > expected + window // 2 and candidate >= window:
        return candidate - window
    return candidate if candidate <= LARGEST else candidate - window  # behind the last number there is none to expect
