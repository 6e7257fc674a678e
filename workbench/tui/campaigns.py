"""A campaign as the screens see it: what was asked for, its counters as they come, what it found, and how it ended."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from workbench.tui.engine_process import EngineProcess

__all__ = ["CampaignRun", "Counters", "Found", "Growth", "Plan", "new_directory"]

HISTORY = 240
"""Rates kept for the curve: more than a screen is wide."""

HISTORY_SECONDS = 0.5
"""Between two points of the curve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do: attack the plugin's `target` server with `cases` cases."""

    protocol: str
    target: str = "training"
    seed: int = 1
    cases: int = 20_000
    directory: Path
    plugins: Sequence[Path] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A finding in a line."""

    slug: str
    oracle: str
    summary: str
    case: int
    folder: Path
    messages: int
    size: int
    original_size: int
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Counters:
    """What the campaign counted so far; as in `fuzzers.Stats`."""

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
    latest_s: float = -1.0
    found_s: float = -1.0
    states: int = 0
    moves: int = 0
    strange: int = 0
    means: Mapping[str, Any] = field(default_factory=dict)

    @staticmethod
    def of(stats: Mapping[str, Any]) -> "Counters":
        """From an event; what no screen shows is left out."""
        return Counters(**{each.name: stats[each.name] for each in fields(Counters) if each.name in stats})


class Growth:
    """A curve over the whole life of a campaign: so many points at most, each twice as far apart when there would be more."""

    def __init__(self) -> None:
        self.points: list[float] = []
        self._every = self._wait = 1

    def add(self, value: float) -> None:
        """The next value."""
        self._wait -= 1
        if self._wait:
            return
        self.points.append(value)
        if len(self.points) >= HISTORY:
            self.points = self.points[1::2]
            self._every *= 2
        self._wait = self._every


class CampaignRun:
    """One campaign and its process. `changed` is called (on the reader's thread) after every event."""

    def __init__(self, plan: Plan, changed: Callable[[], object], clock: Callable[[], float] = time.monotonic) -> None:
        self.plan = plan
        self.counters = Counters()
        self.target = ""
        self.found: list[Found] = []
        self.rates: deque[float] = deque(maxlen=HISTORY)
        self.growth = Growth()
        """Places of the code that were reached, or pairs of replies where nothing is known about code."""
        self.ended = ""
        """Why it ended; "" while it runs."""
        self.error = ""
        self.examined = ""
        """The case that is looked into at the moment, and what is wrong with it."""
        self._changed = changed
        self._clock = clock
        self._point = (clock(), 0)
        self._process: EngineProcess | None = None

    def begin(self) -> None:
        """Start the process."""
        plan = self.plan
        given = {
            "protocol": plan.protocol,
            "target": plan.target,
            "seed": plan.seed,
            "cases": plan.cases,
            "directory": str(plan.directory),
            "plugins": [str(path) for path in plan.plugins],
            "jobs": 1,  # the screen needs the other processor
        }
        import json

        self._process = EngineProcess("fuzz", [json.dumps(given)], self.take)

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return not self.ended and not self.error

    @property
    def progress(self) -> float:
        """From 0 to 1."""
        return min(1.0, self.counters.cases / self.plan.cases) if self.plan.cases else 0.0

    @property
    def rate(self) -> float:
        """Cases per second at the moment; over the whole run once it ended."""
        if self.running and self.rates:
            return self.rates[-1]
        return self.counters.cases / self.counters.seconds if self.counters.seconds else 0.0

    def take(self, event: dict[str, Any]) -> None:
        """An event of the campaign, as `engine_process` tells it."""
        kind = event["event"]
        self.examined = ""
        if kind == "started":
            self.target = event["target"]
        elif kind == "progress":
            self._count(event["stats"])
        elif kind == "examining":
            self.examined = f"case {event['case']}: {event['summary']}"
            self._count(event["stats"])
        elif kind == "findingfound":
            self.found.append(_found(event["finding"]))
            self._count(event["stats"])
        elif kind == "ended":
            self.counters = Counters.of(event["stats"])
            self.ended = event["reason"]
        elif kind == "error":
            self.error = event["message"]
        elif kind == "end" and not self.ended:
            self.ended = "ended"
        self._changed()

    def _count(self, stats: dict[str, Any]) -> None:
        self.counters = Counters.of(stats)
        now, (then, cases) = self._clock(), self._point
        if now - then >= HISTORY_SECONDS:
            self.rates.append((self.counters.cases - cases) / (now - then))
            self.growth.add(self.counters.edges or self.counters.transitions)
            self._point = (now, self.counters.cases)

    def stop(self) -> None:
        """Ask for an orderly end."""
        if self._process is not None:
            self._process.stop()

    def close(self) -> None:
        """End it, orderly if that works."""
        if self._process is not None:
            self._process.close()


def _found(finding: dict[str, Any]) -> Found:
    return Found(
        finding["slug"],
        finding["oracle"],
        finding["summary"],
        finding["case"],
        Path(finding["folder"]),
        len(finding["messages"]),
        sum(len(raw) // 2 for raw in finding["messages"]),
        finding["original_bytes"],
        finding["confirmed"],
    )


def new_directory(parent: Path, protocol: str) -> Path:
    """A campaign directory that does not exist yet: PROTOCOL, PROTOCOL-2, …"""
    number = 1
    while (path := parent / (protocol if number == 1 else f"{protocol}-{number}")).exists():
        number += 1
    return path
