"""Does a smaller case show the same defect? Asked hundreds of times for one finding, so as few servers as possible are started.

A server that goes on living remembers earlier candidates. What it shows is believed at first: a candidate that fails ends it, so the next
one meets a fresh server anyway, and the result is confirmed on fresh ones in the end. Where that does not hold, whoever asks begins again
with a fresh target for each candidate.
"""

from fuzzers.model import Conduct, Verdict
from fuzzers.targets.executor import Executor

__all__ = ["LONG_PRICE", "MAX_FRESH", "SameDefect"]

LONG_PRICE = 32
"""What a candidate counts that hangs, whatever was looked for, or is played again and again: it costs as much as so many others, and
three dozen of them are enough."""

MAX_FRESH = 150
"""Servers started to minimise one finding: each costs up to a tenth of a second, so a finding costs a quarter of a minute at most."""

_REMEMBERING = frozenset({"live", "persistent", "differential"})
"""Executors whose target goes on living from case to case, and can be started afresh."""
_REPEATED = frozenset({"memory", "descriptors"})
"""Oracles that need patience: a case is played again and again, to see what is left of it."""


class SameDefect:
    """A predicate for one verdict. With `fresh_each`, every candidate meets a fresh target, as far as `executor` has one that remembers."""

    def __init__(self, executor: Executor, verdict: Verdict, *, fresh_each: bool = False) -> None:
        self.remembers = executor.means.executor in _REMEMBERING
        self.starts = 0
        self._price = 1
        self._executor = executor
        self._fingerprint = verdict.fingerprint
        self._fresh_each = fresh_each and self.remembers
        self._patient = verdict.oracle in _REPEATED
        # servers that differ do so without harm, and starting all of them again costs a second
        self._renews = self.remembers and not self._fresh_each and verdict.oracle != "differential"

    def __call__(self, messages: tuple[bytes, ...], conduct: Conduct) -> bool:
        """Whether this case shows it; no when too many targets were started already."""
        if self.starts >= MAX_FRESH:
            return False
        if self._fresh_each:
            self._renew()
        found = self._executor.play(messages, conduct, patient=self._patient).verdict
        self._price = LONG_PRICE if self._patient or (found is not None and found.oracle == "hang") else 1
        failed = found is not None and found.fingerprint == self._fingerprint
        if failed and self._renews:
            self._renew()  # what fails without ending the server leaves it in a state that proves nothing about the next one
        return failed

    def last_price(self) -> int:
        """How many candidates the last one counts as."""
        return self._price

    def _renew(self) -> None:
        self.starts += 1
        self._executor.renew()
