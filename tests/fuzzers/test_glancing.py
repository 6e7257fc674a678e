from dataclasses import replace
from random import Random

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


def test_one_in_some_is_judged_and_all_say_the_same(judge):
    glancing = Glancing(judge)
    full = Judge(TINY).judged(talked(REPLY))
    assert {glancing.judged(talked(REPLY)) for _ in range(4 * EVERY)} == {full}
    assert judge.asked == 1 + 4


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
    glancing = Glancing(judge)
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
    glancing = Glancing(judge)
    odd = replace(talked(REPLY), **fact)
    for _ in range(3):
        glancing.judged(talked(REPLY))
        assert glancing.judged(odd) == Judge(TINY).judged(odd)
    assert judge.asked == 1 + 3


def test_who_tells_the_secret_is_judged_always(judge):
    assert TINY.hints.secret is not None
    told = replace(talked(packet(1, "echo", text=TINY.hints.secret.token)), secret=True)
    glancing = Glancing(judge)
    assert [glancing.judged(told).verdict.oracle for _ in range(3)] == ["leak"] * 3


def test_what_was_objected_to_is_not_remembered(judge):
    broken = talked(b"\x00\x04\xff\xff\xff\xff")
    glancing = Glancing(judge)
    verdicts = [glancing.judged(broken).verdict for _ in range(3)]
    assert verdicts == [Judge(TINY).judged(broken).verdict] * 3
    assert None not in verdicts


def test_memory_is_bounded(judge, monkeypatch):
    monkeypatch.setattr("fuzzers.glancing.REMEMBERED", 10)
    glancing, random = Glancing(judge), Random(1)
    for _ in range(100):
        glancing.judged(talked(REPLY, ask=random.randbytes(8)))
        assert len(glancing._kinds) <= 10
