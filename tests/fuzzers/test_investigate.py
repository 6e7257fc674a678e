from contextlib import closing

import pytest

from fuzzers import TargetConfig, cases, read_case
from fuzzers.events import Means
from fuzzers.investigate import Investigator, probe_of
from fuzzers.model import USUAL, Case, Conduct, Ending, Execution, Parting, Verdict
from fuzzers.reproduce import Trial
from fuzzers.same_defect import MAX_FRESH
from fuzzers.targets.executor import Judged
from fuzzers.targets.making import executor_for
from support.tiny import CRASH, SEEDS, TINY, UNASKED, packet

TARGET = TargetConfig(kind="training", memory=1 << 28)


@pytest.fixture
def investigator(tmp_path):
    with closing(executor_for(TINY, cases(TINY, 1), TARGET)) as executor:
        yield Investigator(TINY, executor, TARGET, tmp_path / "findings", 1)


def test_a_real_failure_becomes_a_small_finding(investigator, tmp_path):
    messages = (*SEEDS[0].messages[:2], packet(9, UNASKED, (1, 2), b"long text"), *SEEDS[0].messages)
    case = Case(77, "talk", messages)
    trial = investigator.confirm(case)
    assert trial.agreed is not None
    assert trial.agreed.oracle == "exchange"
    finding = investigator.finding(case, trial.agreed, trial)
    assert finding.messages == (packet(0, UNASKED),)
    assert finding.folder.parent == tmp_path / "findings"
    file = read_case(finding.folder)
    assert (file.case, file.kept, file.original) == (77, (2,), messages)


def test_an_honest_case_is_not_believed(investigator):
    assert investigator.confirm(Case(1, "talk", SEEDS[0].messages)).agreed is None


def test_what_shrinking_loses_is_not_written(investigator, monkeypatch):
    case = Case(5, "talk", (packet(1, "echo"), packet(2, CRASH)))
    trial = investigator.confirm(case)
    # an executor that says yes to the minimiser and no afterwards
    answers = {True: None, False: trial.agreed}

    def play(messages, conduct=USUAL, *, patient=False):
        return Judged(Execution((), Ending.OPEN), answers[patient])

    monkeypatch.setattr(investigator.executor, "play", play)
    finding = investigator.finding(case, trial.agreed, trial)
    assert finding.messages == case.messages


class Counting:
    """A server with a memory: the second message it gets after a start ends it, in whatever session or connection that comes."""

    restarts = 0
    means = Means("live")

    def __init__(self):
        self.starts = self.heard = 0

    def renew(self):
        self.starts += 1
        self.heard = 0

    def play(self, messages, conduct=USUAL, *, patient=False):
        self.heard += len(messages)
        if self.heard < 2:
            return Judged(Execution((), Ending.OPEN), None)
        self.renew()
        return Judged(Execution((), Ending.CRASHED), Verdict("crash", "dead", "crash:dead"))


def remembering(folder) -> Investigator:
    return Investigator(TINY, Counting(), TargetConfig(kind="command", command=("x",)), folder, 1)


def test_what_a_command_remembers_misleads_nobody(tmp_path):
    investigator = remembering(tmp_path)
    case = Case(5, "talk", tuple(packet(number, "echo") for number in range(8)))
    trial = investigator.confirm(case)
    finding = investigator.finding(case, trial.agreed, trial)
    assert len(finding.messages) == 2
    assert investigator.executor.starts < 3 * MAX_FRESH


def echo(number: int) -> Case:
    return Case(number, "talk", (packet(number, "echo"),))


def test_a_crash_that_needs_what_was_before(tmp_path):
    """The case before, as its server met it: not the one with the number before, which another worker played."""
    investigator = remembering(tmp_path)
    case = echo(50)
    assert investigator.confirm(case).agreed is None
    whole, trial = investigator.with_history(case, (range(10, 12), range(44, 45)), echo)
    assert whole.messages == (packet(44, "echo"), packet(50, "echo"))
    assert whole.conduct == Conduct.of([0, 1], [Parting.HALF_CLOSE, Parting.CLOSE])
    assert trial.agreed.fingerprint == "crash:dead"
    finding = investigator.finding(whole, trial.agreed, trial)
    assert len(finding.messages) == 2
    assert read_case(finding.folder).original_conduct == whole.conduct


def test_every_earlier_case_keeps_its_own_conduct(tmp_path):
    investigator = remembering(tmp_path)
    earlier = Case(3, "talk", (packet(1, "echo"), packet(2, "echo")), conduct=Conduct.of([0, 1], [Parting.CLOSE, Parting.RESET]))
    whole, _ = investigator.with_history(echo(4), (range(3, 4),), lambda _: earlier)
    assert whole.conduct == Conduct.of([0, 1, 2], [Parting.HALF_CLOSE, Parting.RESET, Parting.CLOSE])


def test_without_a_past_there_is_no_history(tmp_path):
    assert remembering(tmp_path).with_history(echo(4), (), echo) is None


def test_the_last_word_of_a_target_that_is_gone(investigator):
    case = Case(5, "talk", (packet(1, "echo"),))
    verdict = Verdict("crash", "gone", "crash:gone")
    seen = Trial((Judged(Execution((), Ending.GONE), verdict),))
    finding = investigator.unconfirmed(case, verdict, seen)
    assert not finding.confirmed
    assert not read_case(finding.folder).confirmed


def test_a_probe_is_an_ordinary_message():
    assert probe_of(TINY) == (SEEDS[0].messages[0],)


def test_a_command_is_written_so_that_it_works_from_anywhere(tmp_path, monkeypatch):
    (tmp_path / "server.py").touch()
    monkeypatch.chdir(tmp_path)
    target = TargetConfig(kind="command", command=("python3", "server.py", "{port}"))
    investigator = Investigator(TINY, Counting(), target, tmp_path / "findings", 1)
    case = Case(5, "talk", tuple(packet(number, "echo") for number in range(2)))
    trial = investigator.confirm(case)
    finding = investigator.finding(case, trial.agreed, trial)
    assert read_case(finding.folder).target.command == ("python3", str(tmp_path / "server.py"), "{port}")
