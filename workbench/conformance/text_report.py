"""A run of checks for people: grouped by the specification's sections, and what went wrong with the bytes that show it."""

from collections.abc import Iterator

from dissectors.text import safe
from workbench.api import Check, Level
from workbench.conformance.events import Finished, Result, Totals, Verdict
from workbench.conformance.showing import turn_lines

__all__ = ["list_lines", "text_lines", "totals_line"]

_MARKS = {Verdict.PASSED: "pass", Verdict.SKIPPED: "skip", Verdict.ERROR: "ERROR", Verdict.NOT_RUN: "not run"}


def mark(result: Result) -> str:
    """One word for a verdict; what must hold and does not is in capitals."""
    if result.verdict is Verdict.FAILED:
        return "FAIL" if result.check.level is Level.MUST else "warn"
    return _MARKS[result.verdict]


def text_lines(finished: Finished) -> Iterator[str]:
    """The report, section by section in the order of their first check, with transcripts of what failed."""
    sections: dict[str, list[Result]] = {}
    for result in finished.results:
        sections.setdefault(result.check.section, []).append(result)
    for section, results in sections.items():
        yield safe(section)
        for result in results:
            yield f"  {mark(result):<7} {result.check.name:<32} {safe(result.check.rule)}"
            if result.detail:
                yield f"          {safe(result.detail)}"
            if result.verdict in (Verdict.FAILED, Verdict.ERROR):
                yield from (f"            {line}" for line in turn_lines(result.transcript))


def totals_line(totals: Totals) -> str:
    """One sentence about all of them."""
    parts = [f"{totals.passed} passed"]
    parts += [f"{totals.breaches} FAILED"] if totals.breaches else []
    parts += [f"{totals.warnings} warnings"] if totals.warnings else []
    parts += [f"{totals.skipped} skipped"] if totals.skipped else []
    parts += [f"{totals.errors} broken checks"] if totals.errors else []
    parts += [f"{totals.not_run} not run"] if totals.not_run else []
    return f"{totals.total} check{'s' if totals.total != 1 else ''}: {', '.join(parts)} in {totals.duration_ns / 1e9:.1f} s"


def list_lines(checks: tuple[Check, ...]) -> Iterator[str]:
    """What there is to check: name, level, section, rule."""
    for check in checks:
        yield f"{check.name:<32} {check.level.value:<6} {safe(check.section):<24} {safe(check.rule)}"
