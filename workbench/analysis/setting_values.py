"""Values that users type for options of sections and rules: durations, choices."""

import re
from collections.abc import Sequence

from workbench.api import UsageError

__all__ = ["choice", "duration_ns"]

_UNITS = {"ns": 1, "us": 1_000, "µs": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000, "h": 3_600_000_000_000}
_DURATION = re.compile(rf"(\d{{1,15}}(?:\.\d{{1,9}})?)\s*({'|'.join(_UNITS)})", re.ASCII)

LONGEST_NS = 1 << 62
"""Durations are added to times, and the sum has to fit the index's 64 bits."""


def duration_ns(text: str, place: str) -> int:
    """`100ms`, `1.5s`, `2m` in nanoseconds, at least one. Raises UsageError that names `place`."""
    found = _DURATION.fullmatch(text.strip())
    value = 0 if found is None else round(float(found[1]) * _UNITS[found[2]])
    if not 0 < value <= LONGEST_NS:
        remedy = f"Write a number and one of {', '.join(_UNITS)}, for example 100ms"
        raise UsageError(f"{text!r} is not a duration", place=place, remedy=remedy)
    return value


def choice(text: str, choices: Sequence[str], place: str) -> str:
    """One of several words. Raises UsageError that names `place`."""
    if text not in choices:
        raise UsageError(f"{text!r} is none of the choices", place=place, remedy=f"Choose from {', '.join(choices)}")
    return text
