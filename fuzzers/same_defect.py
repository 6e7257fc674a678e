"""Does a smaller case show the same defect? Asked hundreds of times for one finding, so as few servers as possible are started.

A server that goes on living remembers earlier candidates. A candidate that passes on such a server is taken to pass: at worst the result
is larger than it could be. One that fails ends the server (or makes us end it), so that the next candidate meets a fresh one; a candidate
that fails on a server with a past is tried again on a fresh one before it is believed.
"""

from fuzzers.model import Conduct, Verdict
from fuzzers.targets.executor import Executor

__all__ = ["MAX_FRESH", "SameDefect"]

MAX_FRESH = 150
"""Servers started to minimise one finding: each costs up to a tenth of a second, so a finding costs a quarter of a minute at most."""

_REMEMBERING = frozenset({"live", "persistent", "differential"})
"""Executors whose target goes on living from case to case, and can be started afresh."""


class SameDefect:
    """A predicate for one verdict. With `fresh_each`, every candidate meets a fresh target."""

    def __init__(self, executor: Executor, verdict: Verdict, *, fresh_each: bool = False) -> None:
        self.remembers = executor.means.executor in _REMEMBERING
        self.starts = 0
        self._executor = executor
        self._fingerprint = verdict.fingerprint
        self._fresh_each = fresh_each
        self._is_fresh = False

    def __call__(self, messages: tuple[bytes, ...], conduct: Conduct) -> bool:
        """Whether this case shows it; no when too many targets were started already."""
        if not self.remembers:
            return self._shows(messages, conduct)
        if self.starts >= MAX_FRESH:
            return False
        if self._fresh_each:
            self._renew()
        was_fresh, self._is_fresh = self._is_fresh, False
        if not self._shows(messages, conduct):
            return False
        self._renew()
        if was_fresh:
            return True
        self._is_fresh = False
        failed = self._shows(messages, conduct)
        self._renew()
        return failed

    def _renew(self) -> None:
        if not self._is_fresh:
            self.starts += 1
            self._executor.renew()
            self._is_fresh = True

    def _shows(self, messages: tuple[bytes, ...], conduct: Conduct) -> bool:
        found = self._executor.play(messages, conduct).verdict
        return found is not None and found.fingerprint == self._fingerprint
