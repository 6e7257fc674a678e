from fuzzers.targets.pace import Pace


class Time:
    """A clock that only waiting moves, and what was waited."""

    def __init__(self) -> None:
        self.now = 100.0
        self.waited: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds


def test_cases_keep_their_distance():
    time = Time()
    pace = Pace(0.5, lambda: time.now, time.wait)
    for _ in range(4):
        pace.keep()
        time.now += 0.125  # what a case takes
    assert time.waited == [0.375] * 3


def test_slow_cases_are_not_made_up_for():
    time = Time()
    pace = Pace(0.5, lambda: time.now, time.wait)
    pace.keep()
    time.now += 10
    pace.keep()
    pace.keep()
    assert time.waited == [0.5]


def test_without_a_limit_nobody_waits():
    time = Time()
    pace = Pace(0, lambda: time.now, time.wait)
    for _ in range(10):
        pace.keep()
    assert time.waited == []
