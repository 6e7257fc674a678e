import os
from mmap import mmap
from multiprocessing import Pipe

from support.spoilable import brittle, raising
from support.toy import TOY
from workbench.api import Direction
from workbench.self_fuzzing import child
from workbench.self_fuzzing.breaches import Breach
from workbench.self_fuzzing.cases import Cases
from workbench.self_fuzzing.child import BOARD_SIZE, Assignment, Reached, breach_of, work
from workbench.self_fuzzing.shrinking import kind_of
from workbench.self_fuzzing.talks import Talk, Turn, talks_of


def cases(spec):
    return Cases(spec, (spec,), talks_of(spec, (spec,), ()), seed=1)


def told(spec, **changes):
    """Everything a child says."""
    order = {"first": 0, "stop": 40, "seconds": None, "known": ()} | changes
    ours, theirs = Pipe()
    board = mmap(-1, BOARD_SIZE)
    pid = os.fork()
    if not pid:
        try:
            work(Assignment(cases(spec), spec.name, 1, **order), theirs, board)
        finally:
            os._exit(0)
    theirs.close()
    said = []
    while True:
        try:
            said.append(ours.recv())
        except EOFError:
            break
    os.waitpid(pid, 0)
    return said, int.from_bytes(board[:], "little")


def test_it_ends_where_it_is_told_to():
    said, last = told(TOY, first=5)
    assert (said[-1].case, said[-1].over, last) == (40, True, 39)
    assert all(isinstance(each, Reached) for each in said)


def test_a_kind_of_breach_is_told_once_and_not_when_it_is_known():
    breaches = [each for each in told(raising)[0] if isinstance(each, Breach)]
    kinds = {each.text.partition("KeyError")[1] for each in breaches}
    assert "KeyError" in kinds
    again = told(raising, known={kind_of(each.text) for each in breaches})[0]
    assert not [each for each in again if isinstance(each, Breach)]


def test_a_breach_is_told_although_making_it_small_hangs(monkeypatch):
    monkeypatch.setattr(child, "SHRINKING_S", 0.1)
    breaches = [each for each in told(brittle, hang_s=0.3)[0] if isinstance(each, Breach)]
    found = next(each for each in breaches if "KeyError" in each.text)
    assert sum(len(turn.data) for turn in found.turns) > 1


def test_a_breach_with_wrong_keys_says_so():
    key = b"CLIENT_RANDOM " + b"01" * 32 + b" " + b"02" * 48 + b"\n"
    source = Cases(TOY, (TOY,), (Talk("here", "toy", (Turn(Direction.TO_SERVER, b"x"),), (key,)),), 0)
    breaches = [breach_of(source, "toy", 0, number, "decoder: wrong") for number in range(60)]
    assert {breach.lying for breach in breaches} == {False, True}
    assert not breaches[0].lying


def test_a_breach_knows_what_it_was_made_from():
    source = cases(TOY)
    talk, matter = source.at(30)
    breach = breach_of(source, "toy", 1, 30, "decoder: wrong")
    assert (breach.origin, breach.turns, breach.pinned, breach.case) == (talk.origin, tuple(matter.turns), matter.pinned, 30)
    assert breach_of(source, "toy", 1, 30, "decoder: wrong", ()).turns == ()
