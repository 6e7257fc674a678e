"""Comparisons with a literal as sets of numbers: what a column of numbers and a single value can be tested against alike.

Addresses are numbers, too: each IP version has an axis of its own.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from dissectors.field_catalog import Kind
from dissectors.field_literals import bounds, hex_bytes, network, span_ns, time_ns
from dissectors.term_error import TermError

__all__ = ["ENDLESS", "Axis", "Intervals", "intervals", "place", "union"]

ENDLESS = 1 << 130
"""Beyond every number that a field compared this way can have, those of IPv6 addresses included."""

Axis = int
"""Which numbers are meant: 4 and 6 for addresses of that IP version, 0 for everything else."""

_SAYS_YES = {"1": 1, "true": 1, "set": 1, "0": 0, "false": 0, "not set": 0}
_MAC_BYTES = 6


@dataclass(frozen=True, slots=True)
class Intervals:
    """Closed intervals, ascending and apart."""

    axis: Axis
    lows: tuple[int, ...]
    highs: tuple[int, ...]

    def holds(self, value: int) -> bool:
        """Whether a number lies in one of them."""
        at = bisect_right(self.lows, value) - 1
        return at >= 0 and value <= self.highs[at]


def place(kind: Kind, value: Any) -> tuple[Axis, int] | None:
    """Where a value of that kind lies; None where it is none of the kind."""
    if isinstance(value, int):  # flags among them
        return 0, int(value)
    if kind is Kind.IP and isinstance(value, str):
        try:
            address = ip_address(value)
        except ValueError:
            return None
        return address.version, int(address)
    if kind is Kind.MAC and isinstance(value, str):
        raw = hex_bytes(value)
        return None if raw is None or len(raw) != _MAC_BYTES else (0, int.from_bytes(raw, "big"))
    return None


def union(parts: Iterable[Intervals]) -> Intervals:
    """All of them (of one axis) together."""
    found = list(parts)
    lows: list[int] = []
    highs: list[int] = []
    for low, high in sorted((low, high) for part in found for low, high in zip(part.lows, part.highs, strict=True)):
        if lows and low <= highs[-1] + 1:
            highs[-1] = max(highs[-1], high)
        else:
            lows.append(low)
            highs.append(high)
    return Intervals(found[0].axis, tuple(lows), tuple(highs))


def intervals(kind: Kind, sign: str, text: str, offset: int, last: str | None = None) -> Intervals:
    """The numbers for which `sign text` holds (`==`, `<`, `<=`, `>`, `>=`), or with `last` those from `text` to `last`.

    Raises `TermError` where the text is nothing of that kind.
    """
    axis, low, high = _literal(kind, text, offset)
    if last is not None:
        other, _, high = _literal(kind, last, offset)
        if other != axis:
            raise TermError("a range has two ends of one kind", offset=offset)
    spans = {">": (high + 1, ENDLESS), ">=": (low, ENDLESS), "<": (-ENDLESS, low - 1), "<=": (-ENDLESS, high)}
    first, final = spans.get(sign, (low, high))
    return Intervals(axis, (first,), (final,)) if first <= final else Intervals(axis, (), ())


def _literal(kind: Kind, text: str, offset: int) -> tuple[Axis, int, int]:
    if kind is Kind.IP:
        found = network(text)
        if found is None:
            remedy = "Write it like 10.0.0.1 or 10.0.0.0/8"
            raise TermError(f"{text} is neither an address nor a network", remedy=remedy, offset=offset)
        return found.version, int(found.network_address), int(found.broadcast_address)
    if kind is Kind.MAC:
        raw = hex_bytes(text)
        if raw is None or len(raw) != _MAC_BYTES:
            raise TermError(f"{text} is no hardware address", remedy="Write it like 02:00:00:00:00:01", offset=offset)
        value = int.from_bytes(raw, "big")
        return 0, value, value
    if kind in (Kind.TIME, Kind.SPAN):
        moment = time_ns(text) if kind is Kind.TIME else span_ns(text)
        if moment is None:
            remedy = "Write 2024-01-31 12:00:00 in quotation marks" if kind is Kind.TIME else "Write seconds: 0.25, or 5ms"
            raise TermError(f"{text} is no {kind.value}", remedy=remedy, offset=offset)
        return 0, moment, moment
    if kind is Kind.FLAG and text.lower() in _SAYS_YES:
        return 0, _SAYS_YES[text.lower()], _SAYS_YES[text.lower()]
    limits = bounds(text)
    if limits is None or max(map(abs, limits)) >= ENDLESS:
        raise TermError(f"{text} is not a number", remedy="Write a number or a range like 8000-8099", offset=offset)
    return 0, *limits
