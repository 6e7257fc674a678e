import os
import pickle

from fuzzers.model import USUAL, Ending
from fuzzers.targets.board import Board
from fuzzers.targets.inproc import InProcess
from fuzzers.targets.play import Player
from fuzzers.targets.player import Post
from support.tiny import HANG, SURELY, TINY, packet


def test_plays_in_time_and_gives_up_beyond_it():
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:  # giving up ends a process

        def give_up(execution):
            os.write(writing, pickle.dumps(execution))
            os._exit(0)

        target = InProcess(Player(TINY.training, TINY.hints.secret), Post(0, Board(), give_up))
        for patient in (False, True):
            assert target.play([packet(1, "echo")], USUAL, patient=patient).ending is Ending.OPEN
        target.play([packet(1, "echo"), packet(2, HANG, (), SURELY)], USUAL, patient=False)
        os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        execution = pickle.load(pipe)
    os.waitpid(pid, 0)
    assert execution.ending is Ending.HUNG
    assert len(execution.turns) == 3
    assert execution.failure.frames[-1].endswith(":_loop_for_ever")
