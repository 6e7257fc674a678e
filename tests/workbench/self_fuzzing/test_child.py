import os
from mmap import mmap
from multiprocessing import Pipe

from support.spoilable import raising
from support.toy import TOY
from workbench.self_fuzzing.breaches import Breach
from workbench.self_fuzzing.cases import Cases
from workbench.self_fuzzing.child import BOARD_SIZE, Assignment, Reached, breach_of, work
from workbench.self_fuzzing.shrinking import kind_of
from workbench.self_fuzzing.talks import talks_of


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


def test_a_breach_knows_what_it_was_made_from():
    source = cases(TOY)
    talk, matter = source.at(30)
    breach = breach_of(source, "toy", 1, 30, "decoder: wrong")
    assert (breach.origin, breach.turns, breach.pinned, breach.case) == (talk.origin, tuple(matter.turns), matter.pinned, 30)
    assert breach_of(source, "toy", 1, 30, "decoder: wrong", ()).turns == ()
