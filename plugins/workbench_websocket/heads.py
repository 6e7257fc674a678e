"""Where does a head of HTTP begin and end? All that recognition needs of the opening handshake; `openings` reads it."""

import re

from workbench.api import Direction

__all__ = ["begins_opening", "head_end"]

_END = re.compile(rb"\r?\n\r?\n")


def begins_opening(data: bytes | bytearray, direction: Direction) -> bool | None:
    """Whether a stream that begins like this begins with a head of HTTP; None while that cannot be said.

    No legal frame begins with two capital letters: "GE" would be an unmasked one of a client, "HT" has reserved bits.
    """
    if direction is Direction.TO_CLIENT:
        begin = bytes(data[:5])
        return begin == b"HTTP/" or (None if b"HTTP/".startswith(begin) else False)
    begin = bytes(data[:2])
    if not (begin.isalpha() and begin.isupper()):
        return False if begin else None
    return True if len(begin) == 2 else None


def head_end(data: bytes | bytearray, at: int) -> int | None:
    """Where the head ends, looked for from `at` on; None where it does not yet."""
    found = _END.search(data, at)
    return found.end() if found else None
