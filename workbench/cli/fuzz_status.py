"""What is seen of a campaign while it runs: a board that is redrawn on a terminal, a line now and then elsewhere, or NDJSON."""

import contextlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

from workbench.cli.console import Console
from workbench.cli.options import printable

if TYPE_CHECKING:
    from fuzzers import CampaignEvent, Finding, Reading, Started, Stats

__all__ = ["Board", "Lines", "Ndjson", "Teller", "board_lines", "teller_for"]

DRAW_S = 0.2
"""Between two drawings of the board: alive, and no load for a terminal at the end of a slow line."""
LINE_S = 10.0
"""Between two lines where nobody watches: a day makes a log that is still read."""
RECORD_S = 1.0
"""Between two records of progress."""

WIDTH = 100
"""Columns of a terminal that does not tell."""
LABEL = 10


class Teller(Protocol):
    """Hears every event of a campaign, in order."""

    def hear(self, event: "CampaignEvent") -> None:
        """One event."""
        ...


def teller_for(console: Console, *, ndjson: bool, as_json: bool) -> Teller:
    """The way to tell that suits whoever listens. With `as_json`, stdout is kept for the report at the end."""
    if ndjson:
        return Ndjson(console)
    return (Board if console.err.isatty() else Lines)(console, quiet=as_json)


class Lines:
    """A line at the beginning, every ten seconds, and for each finding. `quiet`: findings are narration, too."""

    every_s = LINE_S

    def __init__(self, console: Console, *, quiet: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._quiet = quiet
        self._clock = clock
        self._told = clock()
        self._started: Started | None = None

    def hear(self, event: "CampaignEvent") -> None:
        """One event."""
        from fuzzers import Ended, Examining, FindingFound, Progress, Reading, Started

        match event:
            case Reading():
                self._console.progress(_reading(event))
            case Started():
                self._started = event
                self._console.say(_beginning(event))
            case Progress(stats) if self._clock() - self._told >= self.every_s:
                self._told = self._clock()
                self._show(stats)
            case Examining(case, summary, stats):
                self._examine(f"case {case:,}: {summary}", stats)
            case FindingFound(finding, stats):
                self._find(finding, stats)
            case Ended(stats=stats):
                self._end(stats)

    def _show(self, stats: "Stats") -> None:
        self._console.say(_line(stats))

    def _examine(self, what: str, stats: "Stats") -> None:
        """Nothing: a line is said when there is a finding."""

    def _find(self, finding: "Finding", stats: "Stats") -> None:
        with contextlib.suppress(BrokenPipeError):  # the campaign is more than its output
            (self._console.say if self._quiet else self._console.data)(_finding(finding))
            self._console.out.flush()

    def _end(self, stats: "Stats") -> None:
        """Nothing: what comes last is the report's."""


class Board(Lines):
    """Some lines at the foot of a terminal, drawn again and again; findings scroll by above them."""

    every_s = DRAW_S

    def __init__(self, console: Console, *, quiet: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(console, quiet=quiet, clock=clock)
        self._height = 0

    def _show(self, stats: "Stats", looking_into: str = "") -> None:
        assert self._started is not None
        width = _width(self._console)
        lines = [line[: width - 1] for line in board_lines(self._started, stats, looking_into)]
        self._write(self._erasing() + "".join(f"{line}\n" for line in lines))
        self._height = len(lines)

    def _find(self, finding: "Finding", stats: "Stats") -> None:
        self._write(self._erasing())
        self._height = 0
        super()._find(finding, stats)
        self._show(stats)

    def _examine(self, what: str, stats: "Stats") -> None:
        self._show(stats, what)

    def _end(self, stats: "Stats") -> None:
        self._show(stats)

    def _erasing(self) -> str:
        """Up to the first line of the board, and everything from there on is gone."""
        return f"\r\x1b[{self._height}A\x1b[J" if self._height else ""

    def _write(self, text: str) -> None:
        self._console.err.write(text)
        self._console.err.flush()


class Ndjson:
    """Every event as one line of JSON on stdout; progress once a second."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._told = float("-inf")

    def hear(self, event: "CampaignEvent") -> None:
        """One event."""
        from fuzzers import Progress

        if isinstance(event, Progress):
            if self._clock() - self._told < RECORD_S:
                return
            self._told = self._clock()
        with contextlib.suppress(BrokenPipeError):
            self._console.json(_facts(event), indent=None)
            self._console.out.flush()


def _facts(event: "CampaignEvent") -> Mapping[str, Any]:
    """An event as JSON has it: its kind, and its fields; of findings what a report says of them."""
    from fuzzers import Ended, Examining, FindingFound, Progress, Reading, Started

    match event:
        case Reading():
            return {"event": "reading", **asdict(event)}
        case Started():
            return {"event": "started", **asdict(event)}
        case Progress(stats):
            return {"event": "progress", **_counters(stats)}
        case Examining(case, summary, stats):
            return {"event": "examining", "case": case, "summary": summary, "stats": _counters(stats)}
        case FindingFound(finding, stats):
            return {"event": "finding", **_found(finding), "stats": _counters(stats)}
        case Ended(reason, stats, findings):
            return {"event": "ended", "reason": reason, **_counters(stats), "slugs": [finding.slug for finding in findings]}


def _counters(stats: "Stats") -> dict[str, Any]:
    return asdict(stats) | {"rate": stats.rate}


def _found(finding: "Finding") -> dict[str, Any]:
    return {
        "slug": finding.slug,
        "oracle": finding.oracle,
        "summary": finding.summary,
        "fingerprint": finding.fingerprint,
        "case": finding.case,
        "confirmed": finding.confirmed,
        "messages": len(finding.messages),
        "bytes": finding.size,
        "folder": str(finding.folder),
    }


def board_lines(started: "Started", stats: "Stats", looking_into: str = "") -> list[str]:
    """The board, safe for a terminal: five lines, and one more while something is looked into."""
    means = stats.means
    edges = f"{stats.edges:,} edges" + (f" of {means.places:,}" if means.places else "")
    stability = [] if means.stability is None else [f"{100 * means.stability:.1f} % stable"]
    latest = [] if stats.latest < 0 else [f"case {stats.latest:,} was new{_ago(stats, stats.latest_s)}"]
    unsure = [f"{stats.unconfirmed:,} unconfirmed"] if stats.unconfirmed else []
    restarts = [f"{stats.restarts:,} restarts"] if stats.restarts else []
    rows = [
        ("target", [f"{started.target}, seed {started.seed}", f"executor {means.executor or '?'} × {means.workers}"]),
        (
            "cases",
            [f"{stats.cases:,} in {_duration(stats.seconds)}", f"{stats.pace:,.0f}/s now", f"{stats.rate:,.0f}/s on average"],
        ),
        ("corpus", [f"{stats.corpus:,} sessions", *latest]),
        (
            "seen",
            [
                *([edges] if stats.edges or means.places else []),
                *stability,
                f"{stats.transitions:,} transitions",
                *_walked(stats),
            ],
        ),
        (
            "findings",
            [
                f"{stats.findings}{_ago(stats, stats.found_s, ', the last one')}",
                f"{stats.suspicious:,} suspicious cases",
                *unsure,
                *restarts,
            ],
        ),
    ]
    if looking_into:
        rows.append(("examined", [looking_into]))
    return [printable(f"{label:<{LABEL}}{' · '.join(parts)}") for label, parts in rows]


def _walked(stats: "Stats") -> list[str]:
    strange = f", {stats.strange:,} that it does not have" if stats.strange else ""
    moves = [f"{stats.moves:,} moves of the table{strange}"] if stats.moves or stats.strange else []
    return [f"{stats.states:,} states", *moves] if stats.states else moves


def _line(stats: "Stats") -> str:
    means = stats.means
    parts = [
        f"{stats.cases:,} cases in {_duration(stats.seconds)}",
        f"{stats.pace:,.0f}/s now",
        f"corpus {stats.corpus:,}",
        *([f"{stats.edges:,} edges"] if stats.edges else []),
        *([] if means.stability is None else [f"{100 * means.stability:.1f} % stable"]),
        f"{stats.transitions:,} transitions",
        f"{stats.findings} findings{_ago(stats, stats.found_s, ', the last one')}",
        f"{means.executor} × {means.workers}",
    ]
    return printable(", ".join(parts))


def _ago(stats: "Stats", moment: float, what: str = "") -> str:
    return f"{what} {_duration(stats.seconds - moment)} ago" if moment >= 0 else ""


def _duration(seconds: float) -> str:
    """A time that people read: "4.2 s", "3:07 min", "1:02:03 h"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    minutes, rest = divmod(whole, 60)
    return f"{minutes}:{rest:02} min" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02}:{rest:02} h"


def _reading(event: "Reading") -> str:
    return printable(f"{event.place}: {event.messages:,} messages, {event.sessions:,} sessions to begin with")


def _beginning(event: "Started") -> str:
    going_on = f", going on with case {event.first_case:,}" if event.first_case else ""
    means = event.means
    why = f" ({means.why})" if means.why else ""
    by = f"executor {means.executor} × {means.workers}{why}"
    return printable(f"fuzzing {event.target}, seed {event.seed}, {event.corpus} sessions as corpus, {by}{going_on}")


def _finding(finding: "Finding") -> str:
    sizes = f"{finding.original_messages} → {len(finding.messages)} messages, {finding.original_bytes} → {finding.size} bytes"
    unsure = "" if finding.confirmed else "not confirmed: "
    return printable(f"case {finding.case}: {unsure}{finding.summary} ({sizes}) {finding.folder}")


def _width(console: Console) -> int:
    with contextlib.suppress(OSError, ValueError):
        return os.get_terminal_size(console.err.fileno()).columns
    return WIDTH
