from dataclasses import replace

import pytest

from fuzzers.glancing import EVERY, Glancing
from fuzzers.model import Ending, Execution, Failure, Growth
from fuzzers.oracles import Judge
from support.tiny import TINY, packet
from workbench.api import Direction

ASK = REPLY = packet(1, "echo", text=b"a")


class Counting(Judge):
    """Counts what it is asked."""

    def __init__(self, spec):
        super().__init__(spec)
        self.asked = 0

    def judged(self, execution):
        self.asked += 1
        return super().judged(execution)


def talked(*replies: bytes, ask: bytes = ASK, ending: Ending = Ending.OPEN) -> Execution:
    turns = [(Direction.TO_SERVER, ask), *((Direction.TO_CLIENT, reply) for reply in replies)]
    return Execution(tuple(turns), ending)


@pytest.fixture
def judge():
    return Counting(TINY)


def test_one_in_some_is_judged_and_nobody_objects(judge):
    glancing = Glancing(judge, [ASK])
    full = Judge(TINY).judged(talked(REPLY))
    found = [glancing.judged(talked(REPLY)) for _ in range(1 + 4 * EVERY)]
    assert [each for each in found if each.features] == [full] * (1 + 4)
    assert all(each.verdict is None for each in found)
    assert judge.asked == 1 + 4


def test_known_steps_in_another_order_are_known(judge):
    glancing = Glancing(judge, [ASK])
    once, twice = Execution(talked(REPLY).turns, Ending.OPEN), Execution(2 * talked(REPLY).turns, Ending.OPEN)
    thrice = Execution(3 * talked(REPLY).turns, Ending.OPEN)
    for each in (once, twice, thrice, thrice):
        assert glancing.judged(each).verdict is None
    assert judge.asked == 2


@pytest.mark.parametrize(
    "other",
    [
        talked(REPLY, REPLY),
        talked(REPLY, ending=Ending.CLOSED),
        talked(b"\xff" + REPLY),
        talked(REPLY, ask=b"\xff" + ASK),
        replace(talked(REPLY), lanes=(0, 1)),
    ],
)
def test_what_looks_different_is_judged(judge, other):
    glancing = Glancing(judge, [ASK])
    glancing.judged(talked(REPLY))
    assert glancing.judged(other) == Judge(TINY).judged(other)
    assert judge.asked == 2


@pytest.mark.parametrize(
    "fact",
    [
        {"ending": Ending.CRASHED, "failure": Failure("SIGSEGV")},
        {"failure": Failure("hung up without an answer to a valid", "echo")},
        {"coverage": (8,)},
        {"growth": Growth("memory", 5000, "", "")},
        {"cut": True},
        {"others": (talked(REPLY),)},
    ],
)
def test_what_is_odd_beside_its_words_is_judged_always(judge, fact):
    glancing = Glancing(judge, [ASK])
    odd = replace(talked(REPLY), **fact)
    for _ in range(3):
        glancing.judged(talked(REPLY))
        assert glancing.judged(odd) == Judge(TINY).judged(odd)
    assert judge.asked == 1 + 3


def test_beginnings_that_no_seed_has_count_as_one(judge):
    glancing = Glancing(judge, [ASK])
    for beginning in (b"\x01", b"\x02", b"\x03"):
        glancing.judged(talked(REPLY, ask=beginning + ASK))
    assert judge.asked == 1


def test_who_tells_the_secret_is_judged_always(judge):
    assert TINY.hints.secret is not None
    told = replace(talked(packet(1, "echo", text=TINY.hints.secret.token)), secret=True)
    glancing = Glancing(judge, [ASK])
    assert [glancing.judged(told).verdict.oracle for _ in range(3)] == ["leak"] * 3


def test_what_was_objected_to_is_not_remembered(judge):
    broken = talked(b"\x00\x04\xff\xff\xff\xff")
    glancing = Glancing(judge, [ASK])
    verdicts = [glancing.judged(broken).verdict for _ in range(3)]
    assert verdicts == [Judge(TINY).judged(broken).verdict] * 3
    assert None not in verdicts


def test_memory_is_bounded(judge, monkeypatch):
    monkeypatch.setattr("fuzzers.glancing.REMEMBERED", 10)
    glancing = Glancing(judge, [ASK])
    for number in range(100):
        glancing.judged(talked(packet(1, "echo", text=b"a" * number)))
        assert len(glancing._known) <= 11
