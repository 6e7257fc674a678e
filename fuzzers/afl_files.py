"""A campaign's state as AFL's own tools read it (afl-whatsup, afl-plot and what was built on them): `fuzzer_stats` and `plot_data`.

Only what we know is said. AFL counts cycles through its queue and entries still to be fuzzed; we have neither, and say 0.
"""

import os
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from fuzzers.events import Stats
from fuzzers.model import Finding

__all__ = ["PLOT", "STATS", "AflFiles"]

STATS, PLOT = "fuzzer_stats", "plot_data"

EVERY_S = 5.0
"""Seconds of the campaign between two updates: a curve of a day has 17,000 points, and who looks sees the present."""

HEAD = (
    "# relative_time, cycles_done, cur_item, corpus_count, pending_total, pending_favs, map_size, saved_crashes, saved_hangs, max_depth, "
    "execs_per_sec, total_execs, edges_found\n"
)

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")
"""afl-whatsup lets a shell read `fuzzer_stats`, so no value may hold anything that a shell obeys."""


class AflFiles:
    """Both files of one campaign, from this process on. `clock` gives seconds since 1970."""

    def __init__(self, directory: Path, protocol: str, clock: Callable[[], float] = time.time) -> None:
        self._directory = directory
        self._banner = _UNSAFE.sub("_", f"{protocol}-{directory.resolve().name}")
        self._clock = clock
        self._due = 0.0
        self._found = {"crash": (0, 0), "hang": (0, 0)}
        """How many there were of each kind, and when the last one came."""

    def update(self, stats: Stats, findings: Sequence[Finding], *, last: bool = False) -> None:
        """Write both, if they are due (or this is the `last` chance). Readers see the old file or the new one."""
        if stats.seconds < self._due and not last:
            return
        self._due = stats.seconds + EVERY_S
        now = int(self._clock())
        hangs = sum(finding.oracle == "hang" for finding in findings)
        # AFL's tools know no third kind: whatever else was found counts as a crash
        for kind, count in (("crash", len(findings) - hangs), ("hang", hangs)):
            if count > self._found[kind][0]:
                self._found[kind] = (count, now)
        temporary = self._directory / f".{STATS}.new"
        temporary.write_text("".join(f"{name:<18}: {value}\n" for name, value in self._facts(stats, now)), encoding="ascii")
        temporary.replace(self._directory / STATS)
        self._plot(stats)

    def _facts(self, stats: Stats, now: int) -> list[tuple[str, object]]:
        (crashes, last_crash), (hangs, last_hang) = self._found["crash"], self._found["hang"]
        quiet = int(stats.seconds - max(stats.latest_s, 0.0))
        means = stats.means
        facts: list[tuple[str, object]] = [
            ("start_time", now - int(stats.seconds)),
            ("last_update", now),
            ("run_time", int(stats.seconds)),
            ("fuzzer_pid", os.getpid()),
            ("cycles_done", 0),
            ("cycles_wo_finds", 0),
            ("execs_done", max(1, stats.cases)),  # it is divided by
            ("execs_per_sec", f"{stats.rate:.2f}"),
            ("execs_ps_last_min", f"{stats.pace:.2f}"),
            ("corpus_count", max(1, stats.corpus)),
            ("cur_item", 0),
            ("pending_favs", 0),
            ("pending_total", 0),
            ("bitmap_cvg", _coverage(stats)),
            ("saved_crashes", crashes),
            ("saved_hangs", hangs),
            ("last_find", now - quiet if stats.latest_s >= 0 else 0),
            ("last_crash", last_crash),
            ("last_hang", last_hang),
            ("exec_timeout", 0),
            ("edges_found", stats.edges),
            ("total_edges", means.places),
            ("afl_banner", self._banner),
            ("afl_version", "workbench"),
            ("target_mode", means.executor),
        ]
        if means.stability is not None:
            facts.append(("stability", f"{100 * means.stability:.2f}%"))
        return facts

    def _plot(self, stats: Stats) -> None:
        crashes, hangs = self._found["crash"][0], self._found["hang"][0]
        line = (
            f"{int(stats.seconds)}, 0, 0, {stats.corpus}, 0, 0, {_coverage(stats)}, {crashes}, {hangs}, 0, "
            f"{stats.pace:.2f}, {stats.cases}, {stats.edges}\n"
        )
        with (self._directory / PLOT).open("a", encoding="ascii") as file:
            file.write(line if file.tell() else HEAD + line)


def _coverage(stats: Stats) -> str:
    return f"{100 * stats.edges / stats.means.places if stats.means.places else 0.0:.2f}%"
