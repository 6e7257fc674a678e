"""What of a reply proves a defect in every run? A regular expression over the bytes that stayed the same."""

import re
from collections.abc import Sequence

__all__ = ["pattern_of"]

DATE = re.compile(rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")
"""A date that a server puts into each reply (RFC 9110 5.6.7): equal within a second, different ever after."""
DATED = b"<date>"
"""What stands for it, in the pattern and in what it is searched in."""
ENOUGH = 4
"""Bytes that must have stayed the same where others changed: fewer are found in any reply."""


def pattern_of(seen: Sequence[bytes]) -> str:
    """The pattern that all of these contain; "" where nothing proves it. Search it with DOTALL in bytes whose dates are `DATED`.

    Bytes that differ at the same place of evidence of one length are any bytes; of different lengths the common beginning and end count.
    Written for Latin-1: each character is one byte.
    """
    texts = [DATE.sub(DATED, each) for each in seen if each]
    if not texts:
        return ""
    if len(set(texts)) == 1:
        return _escaped(texts[0])
    if len({len(text) for text in texts}) == 1:
        columns = [set(column) for column in zip(*texts, strict=True)]
        same = sum(len(column) == 1 for column in columns)
        return "".join("." if len(column) > 1 else _escaped(bytes(column)) for column in columns) if same >= ENOUGH else ""
    start = _common(texts)
    rest = [text[start:] for text in texts]
    end = _common([text[::-1] for text in rest])
    first = texts[0]
    return _escaped(first[:start]) + ".*" + _escaped(first[len(first) - end :]) if start + end >= ENOUGH else ""


def _common(texts: Sequence[bytes]) -> int:
    """Bytes that all of these begin with."""
    shortest, longest = min(texts), max(texts)
    return next((place for place, byte in enumerate(shortest) if byte != longest[place]), len(shortest))


def _escaped(data: bytes) -> str:
    return re.escape(data.decode("latin-1"))
