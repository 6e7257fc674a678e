import pytest

from workbench.api import Check, Level
from workbench.conformance.events import Finished, Result, Totals, Verdict
from workbench.conformance.text_report import list_lines, text_lines, totals_line
from workbench.conformance.transcript import Turn


def result(name, verdict, section="RFC 1 2", level=Level.MUST, detail="", transcript=()):
    check = Check(name=name, section=section, rule=f"Rule of {name}", run=lambda _: None, level=level)
    return Result(check, verdict, detail, 1_500_000, 3, 4, transcript)


@pytest.fixture
def finished():
    results = (
        result("good", Verdict.PASSED),
        result("bad", Verdict.FAILED, "RFC 1 3", detail="expected \x1b1, got 2", transcript=(Turn(1, "sent", 0, 2, b"hi"),)),
        result("poor", Verdict.FAILED, level=Level.SHOULD, detail="expected more"),
        result("absent", Verdict.SKIPPED, detail="not here"),
        result("broken", Verdict.ERROR, "RFC 1 3", detail="the check raised X"),
        result("late", Verdict.NOT_RUN, detail="gone"),
    )
    return Finished(Totals.of(results, 2_340_000_000), results)


def test_grouped_by_section_in_the_order_of_the_suite(finished):
    found = list(text_lines(finished))
    assert [line for line in found if not line.startswith(" ")] == ["RFC 1 2", "RFC 1 3"]
    words = [line.split()[0] for line in found if line.startswith("  ") and line[2] != " "]
    assert words == ["pass", "warn", "skip", "not", "FAIL", "ERROR"]


def test_failures_say_why_and_show_the_bytes(finished):
    found = list(text_lines(finished))
    at = next(number for number, line in enumerate(found) if " bad " in line)
    assert found[at + 1].strip() == "expected \\x1b1, got 2"
    assert found[at + 2].strip() == "> hi"


def test_totals(finished):
    line = "6 checks: 1 passed, 1 FAILED, 1 warnings, 1 skipped, 1 broken checks, 1 not run in 2.3 s"
    assert totals_line(finished.totals) == line
    assert totals_line(Totals(passed=3, duration_ns=10_000_000)) == "3 checks: 3 passed in 0.0 s"


def test_list(finished):
    (line, *_) = list_lines(tuple(result.check for result in finished.results))
    assert line.split(maxsplit=4) == ["good", "MUST", "RFC", "1", "2                  Rule of good"]
