import os
import signal
import sys
import threading
from types import FrameType

import pytest

from fuzzers.targets.budget import CpuBudget


class Stopped(BaseException):
    """What the test's `on_hang` raises to get out of the loop."""


@pytest.fixture
def budget():
    """A budget that remembers where it caught a loop."""
    before, tracer = signal.getsignal(signal.SIGPROF), sys.gettrace()
    caught: list[str] = []

    def on_hang(frame: FrameType) -> None:
        caught.append(frame.f_code.co_name)
        raise Stopped

    made = CpuBudget(on_hang)
    yield made, caught
    made.stop()
    signal.signal(signal.SIGPROF, before)
    sys.settrace(tracer)


def helper(number: int) -> int:
    for _ in range(30):
        number = (number * 7 + 1) % 1_000_003
    return number


def looping(number: int) -> None:
    while number >= 0:
        number = helper(number)


def outer() -> None:
    looping(1)


@pytest.mark.parametrize("seconds", [0.01, 0.013, 0.02, 0.031])
def test_names_the_function_that_holds_the_loop(budget, seconds: float):
    made, caught = budget
    made.start(seconds)
    with pytest.raises(Stopped):
        outer()
    assert caught == ["looping"]


def test_a_loop_inside_one_line_is_caught_by_the_second_alarm(budget):
    made, caught = budget
    made.start(0.01)
    with pytest.raises(Stopped):
        sum(helper(number) for number in iter(int, 1))
    assert len(caught) == 1


def test_code_that_ends_in_time_is_left_alone(budget):
    made, caught = budget
    for _ in range(50):
        made.start(0.2)
        helper(1)
        made.stop()
    assert caught == []
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


def test_waiting_costs_nothing(budget):
    made, caught = budget
    read_end, write_end = os.pipe()
    made.start(0.02)
    # blocked for longer than the budget, on the clock
    threading.Timer(0.1, os.write, (write_end, b"x")).start()
    assert os.read(read_end, 1) == b"x"
    made.stop()
    os.close(read_end)
    os.close(write_end)
    assert caught == []
