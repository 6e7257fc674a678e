from workbench.api import Check, Level
from workbench.conformance.events import Result, Totals, Verdict


def result(verdict, level=Level.MUST):
    return Result(Check(name="a", section="b", rule="c", run=lambda _: None, level=level), verdict)


def test_totals_count_every_end():
    found = [
        result(Verdict.PASSED),
        result(Verdict.PASSED, Level.SHOULD),
        result(Verdict.FAILED),
        result(Verdict.FAILED, Level.SHOULD),
        result(Verdict.SKIPPED),
        result(Verdict.ERROR, Level.SHOULD),
        result(Verdict.NOT_RUN),
    ]
    totals = Totals.of(iter(found), 7)
    assert totals == Totals(2, 1, 1, 1, 1, 1, 7)
    assert totals.total == len(found)


def test_warnings_and_skipped_checks_are_no_breach():
    assert Totals(passed=1, warnings=3, skipped=2).conforms
    for wrong in (Totals(breaches=1), Totals(errors=1), Totals(not_run=1)):
        assert not wrong.conforms


def test_level_makes_the_difference():
    assert result(Verdict.FAILED).breach
    assert not result(Verdict.FAILED).warning
    assert result(Verdict.FAILED, Level.SHOULD).warning
    assert not result(Verdict.ERROR).breach
