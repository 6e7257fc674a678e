from dataclasses import replace

from fuzzers import states
from fuzzers.hearing import Hearing
from fuzzers.model import Ending
from fuzzers.novelty import transitions
from fuzzers.states import REPLY, TABLE, UNKNOWN, Walk
from support.tiny import OPEN_TINY, TINY, packet
from workbench.api import Direction

TO_SERVER, TO_CLIENT = Direction.TO_SERVER, Direction.TO_CLIENT
ECHO, SUM, BYE = packet(1, "echo"), packet(1, "sum"), packet(1, "bye")
UP = tuple((TO_SERVER, raw) for raw in (ECHO, SUM, BYE))
DOWN = tuple((TO_CLIENT, raw) for raw in (ECHO, SUM, BYE))


def walked(*turns, spec=TINY, ending: Ending = Ending.OPEN) -> tuple[Walk, list[int]]:
    walk = Walk(spec)
    return walk, walk.follow(Hearing(spec)(turns), ending)


def test_replies_follow_each_other_on_requests():
    walk, numbers = walked(UP[0], DOWN[0], UP[1], DOWN[1], spec=OPEN_TINY)
    talk = Hearing(OPEN_TINY)([UP[0], DOWN[0], UP[1], DOWN[1]])
    assert numbers == list(transitions(talk, Ending.OPEN))
    assert walk.taken() == (
        ((REPLY, "start", "echo", "reply echo reply"), 1),
        ((REPLY, "reply echo reply", "sum", "reply sum reply"), 1),
        ((REPLY, "reply sum reply", "", "open"), 1),
    )
    assert walk.taken() == ()


def test_equal_steps_are_counted():
    walk = Walk(OPEN_TINY)
    talk = Hearing(OPEN_TINY)([UP[0], DOWN[0]])
    for _ in range(5):
        walk.follow(talk, Ending.CLOSED)
    assert {count for _, count in walk.taken()} == {5}


def test_the_plugins_table_is_walked_as_far_as_both_keep_to_it():
    walk, _ = walked(UP[0], DOWN[0], UP[2], DOWN[2])
    table = [step[1:] for step, _ in walk.taken() if step[0] == TABLE]
    state = TINY.initial
    for before, said, after in table:
        assert before == state
        assert TINY.states[before, said] == after
        state = after
    assert len(table) == 4


def test_what_the_table_does_not_have_ends_the_walk():
    walk, _ = walked(UP[2], DOWN[1], UP[0], DOWN[0])
    assert [step for step, _ in walk.taken() if step[0] == TABLE][-1][3] == UNKNOWN
    broken = ECHO[:-1] + b"\x00"
    for turns in (((TO_SERVER, broken), DOWN[0]), ((TO_SERVER, broken), (TO_CLIENT, broken))):
        walk, _ = walked(*turns)
        assert [step for step, _ in walk.taken() if step[0] == TABLE] == []


def test_a_broken_reply_is_one_state():
    walk, _ = walked(UP[0], (TO_CLIENT, ECHO[:-1] + b"\x00"))
    assert (REPLY, "start", "echo", "broken") in dict(walk.taken())


def test_steps_are_bounded(monkeypatch):
    monkeypatch.setattr(states, "MOST_STEPS", 3)
    labels = iter(range(100))
    spec = replace(OPEN_TINY, label=lambda _: f"label {next(labels)}")
    walk = Walk(spec)
    for number in range(20):
        walk.follow(Hearing(spec)([(TO_SERVER, packet(number, "echo")), (TO_CLIENT, packet(number, "echo"))]), Ending.OPEN)
    assert len(walk.taken()) == 3
    assert len(walk._numbers) <= 3
