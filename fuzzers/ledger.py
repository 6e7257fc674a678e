"""The books of a running campaign: counters and known findings in memory, and the store that keeps them.

Counters and the next case number are written together, so that a campaign that was killed counts every case exactly once.
"""

import fcntl
import os
from collections import Counter, deque
from collections.abc import Callable
from heapq import merge
from pathlib import Path

from fuzzers.events import Means, Stats
from fuzzers.finding_folder import load_finding
from fuzzers.model import Finding
from fuzzers.novelty import TRANSITIONS, edges_in
from fuzzers.pool import Grown, Pool
from fuzzers.states import MOST_STEPS, REPLY, TABLE, UNKNOWN, Step, Steps
from fuzzers.store import Store
from workbench.api import UsageError

__all__ = ["FINDINGS", "LOCK", "Ledger", "remember"]

FINDINGS = "findings"
"""Folder of the finding folders inside a campaign's directory."""
LOCK = "campaign.lock"
COMMIT_S = 0.1
"""Between two commits: a tenth of a second of cases is played again after a kill, and commits cost nothing."""

PACE_S = 3.0
"""The present pace is that of so many seconds: short enough to show a change, long enough to be readable."""


class Ledger:
    """Owns the store; `close` saves everything. `clock` gives seconds; `pool` is the corpus, which takes in what the store knows of it."""

    def __init__(self, store: Store, directory: Path, clock: Callable[[], float], pool: Pool) -> None:
        self.store = store
        self._pool = pool
        remember(pool, store)
        self.findings: list[Finding] = []
        self.known = {known.fingerprint for known in store.findings()}
        self._lock = _locked(directory)
        self._clock = clock
        self._began = self._committed = clock()
        self.next_case, self._before_ns, self._suspicious, self._unconfirmed = store.progress()
        self._doubts = store.doubts()
        self._known_steps = {step for step, _ in store.steps()}
        self._steps: Counter[Step] = Counter()
        self._latest_s = self._found_s = -1.0
        self._paces = deque([(self._began, self.next_case)])
        for known in store.findings():
            if (directory / FINDINGS / known.slug).exists():
                self.findings.append(load_finding(directory / FINDINGS / known.slug))

    @property
    def seconds(self) -> float:
        """Of this run."""
        return self._clock() - self._began

    @property
    def spent(self) -> float:
        """Seconds of all runs."""
        return self._before_ns / 1e9 + self.seconds

    def stats(self, restarts: int, means: Means) -> Stats:
        """The counters as they are now."""
        seen = self._pool.seen
        return Stats(
            self.next_case,
            self.spent,
            self._suspicious,
            len(self.known),
            self._unconfirmed,
            restarts,
            corpus=len(self._pool),
            edges=edges_in(seen),
            transitions=sum(feature >= TRANSITIONS for feature in seen),
            latest=self._pool.latest,
            pace=self._pace(),
            latest_s=self._latest_s,
            found_s=self._found_s,
            means=means,
            states=len({state for graph, before, _, after in self._known_steps if graph == REPLY for state in (before, after)}),
            moves=sum(graph == TABLE and after != UNKNOWN for graph, _, _, after in self._known_steps),
            strange=sum(graph == TABLE and after == UNKNOWN for graph, _, _, after in self._known_steps),
        )

    def _pace(self) -> float:
        """Cases per second since the oldest look at the counter that is still of interest."""
        then, cases = self._paces[0]
        passed = self._clock() - then
        return (self.next_case - cases) / passed if passed > 0 else 0.0

    def shown(self, found: Grown) -> None:
        """A case showed features; whoever calls does so in the order of the cases."""
        if not self._pool.wants(found.size, found.features):
            return
        self._latest_s = self.spent
        if self._pool.offer(found):
            self.store.add_grown(found)
        else:
            self.store.add_seen(found.case, found.features)

    def walked(self, steps: Steps) -> None:
        """Conversations of cases took these steps."""
        for step, count in steps:
            if step in self._known_steps or len(self._known_steps) < MOST_STEPS:
                self._known_steps.add(step)
                self._steps[step] += count

    def reached(self, case: int) -> bool:
        """All cases before `case` are done. Commits now and then, and says whether it did."""
        self.next_case = case
        due = self._clock() - self._committed >= COMMIT_S
        if due:
            self.save()
        return due

    def is_settled(self, fingerprint: str) -> bool:
        """Whether a known finding is confirmed; one that is not may still be, when it comes back."""
        return all(each.confirmed for each in self.findings if each.fingerprint == fingerprint)

    def hit(self, fingerprint: str) -> None:
        """A case met a known finding."""
        self._suspicious += 1
        self.store.hit(fingerprint)

    def tries(self, fingerprint: str) -> int:
        """How often a suspicion was looked into in vain."""
        return self._doubts.get(fingerprint, 0)

    def doubt(self, fingerprint: str, case: int, summary: str) -> None:
        """A suspicion did not repeat, or is not looked into any more."""
        self._suspicious += 1
        self._unconfirmed += 1
        self._doubts[fingerprint] = self.tries(fingerprint) + 1
        self.store.doubt(fingerprint, case, summary)

    def found(self, finding: Finding) -> None:
        """A new finding, whose folder is on disk; durable when this returns, with all cases up to its own."""
        self._suspicious += 1
        self._found_s = self.spent
        self.known.add(finding.fingerprint)
        self.findings = [each for each in self.findings if each.fingerprint != finding.fingerprint] + [finding]
        self.store.add_finding(finding.fingerprint, finding.slug, finding.case)
        self.next_case = finding.case + 1
        self.save()

    def save(self) -> None:
        """Make everything durable."""
        self.store.set_progress(self.next_case, int(self.spent * 1e9), self._suspicious, self._unconfirmed)
        self.store.add_steps(tuple(self._steps.items()))
        self._steps.clear()
        self.store.commit()
        self._committed = self._clock()
        self._paces.append((self._committed, self.next_case))
        while self._committed - self._paces[0][0] > PACE_S and len(self._paces) > 2:
            self._paces.popleft()

    def close(self) -> None:
        """Save, close the store, let others in."""
        self.save()
        self.store.close()
        os.close(self._lock)


def remember(pool: Pool, store: Store) -> None:
    """Offer a fresh pool everything that was found before, in the order of the cases."""
    shown = [Grown((), case, "", 0.0, -1, features) for case, features in store.seen()]
    for found in merge(store.grown(), shown, key=lambda found: found.case):
        pool.offer(found)


def _locked(directory: Path) -> int:
    """A lock that ends with this process, however it ends; raises `UsageError` when another campaign runs here."""
    file = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(file)
        raise UsageError("a campaign is running here", place=str(directory), remedy="Wait for it, or use another one") from error
    return file
