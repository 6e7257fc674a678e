from dataclasses import replace

import pytest

from fuzzers.differential.judging import ComparingJudge, cause_of
from fuzzers.differential.quirks import read_quirks
from fuzzers.hearing import Hearing
from fuzzers.model import Ending, Execution, Failure, Growth
from support.tiny import TINY, packet
from workbench.api import Answer, Direction, Hints

TO_SERVER, TO_CLIENT = Direction.TO_SERVER, Direction.TO_CLIENT
ECHO, OTHER = packet(1, "echo", text=b"hi"), packet(1, "echo", text=b"ho")
BROKEN = ECHO[:-1] + b"\x00"
SPEC = replace(TINY, hints=Hints(answer=lambda message: Answer(message.label, True, {"text": message.raw})), states={})


def execution(*turns: bytes, ending: Ending = Ending.OPEN, failure: Failure | None = None) -> Execution:
    said = tuple((TO_CLIENT if number % 2 else TO_SERVER, data) for number, data in enumerate(turns))
    return Execution(said, ending, failure)


def judged(first: Execution, *others: Execution, quirks: str = ""):
    judge = ComparingJudge(SPEC, ("one", "two"), read_quirks(quirks))
    return judge.judged(replace(first, others=others))


def test_servers_that_agree():
    assert judged(execution(ECHO, ECHO), execution(ECHO, ECHO)).verdict is None


def test_servers_that_differ_are_shown_side_by_side():
    verdict = judged(execution(BROKEN, ECHO), execution(BROKEN, OTHER)).verdict
    assert verdict is not None
    assert verdict.oracle == "differential"
    assert verdict.fingerprint.startswith("differential:content:text: one | two:")
    assert verdict.fingerprint == judged(execution(BROKEN, OTHER), execution(BROKEN, ECHO)).verdict.fingerprint
    for line in ("one (open)", "two (open)", "[[quirk]]"):
        assert line in verdict.detail
    assert verdict.summary.endswith(cause_of(Hearing(SPEC)([(TO_SERVER, BROKEN)]))[1])


def test_the_draft_of_a_finding_makes_it_go_away():
    cases = execution(ECHO, ECHO), execution(ECHO, ECHO, ending=Ending.CLOSED)
    verdict = judged(*cases).verdict
    assert verdict.fingerprint == "differential:connection:the connection: one stays open, two closes:"
    assert (
        judged(*cases, quirks=verdict.detail.partition("[[quirk]]")[1] + verdict.detail.partition("[[quirk]]")[2]).verdict is None
    )


def test_what_is_wrong_on_one_server_alone_has_its_name():
    crash = execution(ECHO, ending=Ending.CRASHED, failure=Failure("SIGSEGV"))
    verdict = judged(execution(ECHO, OTHER), crash).verdict
    assert (verdict.oracle, verdict.summary, verdict.fingerprint) == ("crash", "two: SIGSEGV on echo", "crash:SIGSEGV:echo@two")
    wrong = judged(execution(ECHO, BROKEN), execution(ECHO, BROKEN)).verdict
    assert wrong.fingerprint.startswith("reply:")
    assert wrong.fingerprint.endswith("@one")


def test_what_one_server_keeps_of_each_case():
    leaking = replace(execution(ECHO, ECHO), growth=Growth("memory", 1000))
    assert judged(execution(ECHO, ECHO), leaking).verdict.fingerprint == "memory:@two"


def test_replies_that_were_cut_prove_nothing():
    assert judged(execution(ECHO, ECHO), replace(execution(ECHO, ECHO[:5]), cut=True)).verdict is None


def test_a_case_that_ended_on_the_first_server_is_judged_alone():
    hung = execution(ECHO, ending=Ending.HUNG, failure=Failure("endless loop"))
    assert judged(hung).verdict.fingerprint == "hang:endless loop:"


def test_another_combination_of_answers_is_new():
    alike = judged(execution(ECHO, ECHO), execution(ECHO, ECHO)).features
    apart = judged(execution(ECHO, ECHO), execution(ECHO)).features
    assert set(apart) - set(alike)


@pytest.mark.parametrize(("raw", "gravity"), [(ECHO, 0), (BROKEN, 3), (ECHO[:4], 3)])
def test_the_gravest_remark_about_the_client_is_the_cause(raw: bytes, gravity: int):
    found, text = cause_of(Hearing(SPEC)([(TO_SERVER, raw), (TO_CLIENT, BROKEN)]))
    assert found == gravity
    assert bool(text) == bool(gravity)


def test_nobody_plays_the_session_with_the_secret():
    assert TINY.hints.secret is not None
    assert ComparingJudge(TINY, ("one", "two")).spec.hints.secret is None
