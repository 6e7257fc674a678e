"""What a campaign tells whoever runs it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fuzzers.model import Finding

__all__ = ["CampaignEvent", "Ended", "Examining", "FindingFound", "Means", "Progress", "Reading", "Reason", "Started", "Stats"]

Reason = Literal["cases", "seconds", "findings", "stopped", "interrupted", "gone"]
"""Why a campaign ended: its cases were played, its time or number of findings was reached, somebody stopped it, Ctrl-C, or the target
went away and cannot be started again."""


@dataclass(frozen=True, slots=True)
class Means:
    """By what means cases are played; it may change while a campaign runs.

    `executor` is its name ("inproc", "live", "persistent", "fork", "restart", "blackbox"), `workers` is how many of them play at once.
    `stability` is the share (0 to 1) of the reached places of the coverage map that calibration found to tell the same about the same case
    each time; None without coverage. `places` is how many places that map has, 0 where that is not known. `why` tells what was wrong with
    faster executors, where calibration went past any.
    """

    executor: str = ""
    workers: int = 1
    stability: float | None = None
    places: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Stats:
    """Counters of a campaign, over all its runs.

    `cases` were played (each once), `suspicious` of them met an objection, `unconfirmed` counts suspicions that did not repeat in a fresh
    target. `findings` are defects, no two alike, crashes that did not repeat among them. `restarts` of the target are those
    of this run. Times are seconds on the clock.

    `corpus` are the entries that cases are made from, the seeds among them; `edges` are places of the target's code that were reached
    (0 where that is not known), `transitions` pairs of replies that followed each other, `latest` is the last case that showed something
    new (-1 before the first). `pace` is the cases per second of the last seconds. `latest_s` and `found_s` say at which of `seconds`
    something new was seen and a finding was made for the last time (-1 before the first, and where an earlier run did).

    `states` are the states in which replies showed the server (see `fuzzers.states`), `moves` those between states of the protocol's table,
    `strange` the ones that the table does not have.
    """

    cases: int = 0
    seconds: float = 0.0
    suspicious: int = 0
    findings: int = 0
    unconfirmed: int = 0
    restarts: int = 0
    corpus: int = 0
    edges: int = 0
    transitions: int = 0
    latest: int = -1
    pace: float = 0.0
    latest_s: float = -1.0
    found_s: float = -1.0
    means: Means = Means()
    states: int = 0
    moves: int = 0
    strange: int = 0

    @property
    def rate(self) -> float:
        """Cases per second, the time for confirming and minimising included."""
        return self.cases / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Reading:
    """Before the beginning: so many messages of a capture or corpus at `place` were read, with so many sessions that become seeds."""

    place: Path
    messages: int
    sessions: int


@dataclass(frozen=True, slots=True)
class Started:
    """A campaign begins, or goes on (`first_case` > 0)."""

    protocol: str
    target: str
    seed: int
    directory: Path
    corpus: int
    first_case: int
    means: Means


@dataclass(frozen=True, slots=True)
class Progress:
    """About ten times a second."""

    stats: Stats


@dataclass(frozen=True, slots=True)
class Examining:
    """An oracle objected to a case in a way that is not known yet: it is repeated and perhaps minimised, which may take seconds."""

    case: int
    summary: str
    stats: Stats


@dataclass(frozen=True, slots=True)
class FindingFound:
    """A new defect: confirmed, minimised, and in its folder on disk before this is told."""

    finding: Finding
    stats: Stats


@dataclass(frozen=True, slots=True)
class Ended:
    """The last event. Everything is saved and cleaned up."""

    reason: Reason
    stats: Stats
    findings: tuple[Finding, ...]


CampaignEvent = Reading | Started | Progress | Examining | FindingFound | Ended
