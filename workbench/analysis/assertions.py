"""Sentences about a capture that are true or broken: so many packets match this filter."""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from workbench.api import UsageError

__all__ = ["COMPARISONS", "Assertion", "Verdict", "parse_assertion"]

COMPARISONS: Mapping[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_WORDS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
"""Wireshark's words for the same; a shell takes < and > for its own."""

MOST = 1 << 63
"""Packets cannot be counted beyond what the index numbers them with."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """`filter` is a filter line; `comparison` one of COMPARISONS."""

    filter: str
    comparison: str
    number: int

    def judge(self, packets: int) -> "Verdict":
        """Whether it holds for so many matching packets."""
        return Verdict(self, packets, COMPARISONS[self.comparison](packets, self.number))


@dataclass(frozen=True, slots=True)
class Verdict:
    """`packets` matched; `first_packet` is the first of them, or 0."""

    assertion: Assertion
    packets: int
    holds: bool
    first_packet: int = 0


def parse_assertion(words: Sequence[str]) -> Assertion:
    """A filter, a comparison and a number, as three words. Raises UsageError."""
    line, comparison, number = words
    sign = _WORDS.get(comparison, comparison)
    remedy = "For example --assert 'http.response.code >= 500' == 0"
    if sign not in COMPARISONS:
        known = " ".join((*COMPARISONS, *_WORDS))
        raise UsageError(f"{comparison!r} is no comparison", place="--assert", remedy=f"Write one of {known}. {remedy}")
    if not number.isdecimal() or not number.isascii() or len(number) > len(str(MOST)) or int(number) > MOST:
        raise UsageError(f"{number!r} is not a number of packets", place="--assert", remedy=remedy)
    if not line.strip():
        raise UsageError("an empty filter asserts nothing", place="--assert", remedy=remedy)
    return Assertion(line, sign, int(number))
