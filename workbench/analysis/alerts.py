"""Alerts: so many packets match a filter within a window of capture time. Values in, values out; who finds the matches is `alerting`."""

from collections import deque
from dataclasses import dataclass

from workbench.api import Severity

__all__ = ["MOST_COUNTED", "Alert", "Rule", "RuleState"]

MOST_COUNTED = 1_000_000
"""The largest number of packets a rule may wait for; it remembers the time of each, which makes eight megabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Fires when at least `at_least` packets that match `filter` lie within `within_ns` of capture time (0: wherever they lie, each
    `at_least` of them), and then not again for `every_ns`. `command` is run with each alert, as an argument vector."""

    name: str
    filter: str
    at_least: int = 1
    within_ns: int = 0
    every_ns: int = 0
    severity: Severity = Severity.WARN
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule fired with `packet`. `matches` lie in the window; `withheld` alerts were kept back since the last one, as `every_ns` asks."""

    rule: Rule
    packet: int
    time_ns: int
    matches: int
    withheld: int


class RuleState:
    """What one rule has seen so far; in bounded memory."""

    __slots__ = ("_fired", "_times", "_withheld", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._times: deque[int] = deque(maxlen=rule.at_least)
        self._fired: int | None = None
        self._withheld = 0

    def match(self, packet: int, time_ns: int) -> Alert | None:
        """The next packet that matches, in the order of the capture; the alert that it makes due, if any."""
        times = self._times
        times.append(time_ns)
        if len(times) < self.rule.at_least:
            return None
        # captures are nearly in the order of time; where they are not, the distance counts
        if self.rule.within_ns and abs(time_ns - times[0]) > self.rule.within_ns:
            return None
        matches = len(times)
        times.clear()
        if self._fired is not None and 0 <= time_ns - self._fired < self.rule.every_ns:
            self._withheld += 1
            return None
        withheld, self._withheld = self._withheld, 0
        self._fired = time_ns
        return Alert(self.rule, packet, time_ns, matches, withheld)
