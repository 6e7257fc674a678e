import threading
import time

import pytest

from workbench.tui.background import Background, Pause

PATIENCE = 10.0


class Desk:
    """Takes answers as an application would, and can wait for them."""

    def __init__(self) -> None:
        self.answers: list[object] = []
        self.failures: list[tuple[str, str]] = []
        self.news = threading.Condition()
        self.background = Background(self.take, self.fail)

    def take(self, then) -> None:
        with self.news:
            self.answers.append(then())
            self.news.notify_all()

    def fail(self, name: str, error: Exception) -> None:
        with self.news:
            self.failures.append((name, str(error)))
            self.news.notify_all()

    def wait(self, condition) -> None:
        with self.news:
            assert self.news.wait_for(condition, PATIENCE), (self.answers, self.failures)


@pytest.fixture
def desk():
    desk = Desk()
    yield desk
    desk.background.close()


def saying(*words):
    def steps():
        for word in words:
            yield lambda word=word: word

    return steps


def test_answers_come_in_order_and_then_it_is_idle(desk):
    desk.background.ask("one", saying("a", "b", "c"))
    desk.wait(lambda: desk.answers == ["a", "b", "c"])
    end = time.monotonic() + PATIENCE
    while not desk.background.idle:
        assert time.monotonic() < end


def test_the_urgent_question_overtakes_the_running_one(desk):
    begun, go_on = threading.Event(), threading.Event()

    def slow():
        begun.set()
        assert go_on.wait(PATIENCE)
        yield lambda: "slow 1"
        yield lambda: "slow 2"

    desk.background.ask("slow", slow, priority=5)
    assert begun.wait(PATIENCE)
    desk.background.ask("urgent", saying("urgent"), priority=0)
    go_on.set()
    desk.wait(lambda: len(desk.answers) == 3)
    assert desk.answers == ["slow 1", "urgent", "slow 2"]


def test_asking_again_replaces_the_older_question(desk):
    begun, go_on = threading.Event(), threading.Event()

    def older():
        begun.set()
        assert go_on.wait(PATIENCE)
        yield lambda: "older"

    desk.background.ask("details", older)
    assert begun.wait(PATIENCE)
    desk.background.ask("details", saying("newer"))
    go_on.set()
    desk.wait(lambda: desk.answers)
    assert desk.answers == ["newer"]


def test_a_dropped_question_is_not_answered(desk):
    begun, go_on = threading.Event(), threading.Event()

    def unwanted():
        begun.set()
        assert go_on.wait(PATIENCE)
        yield lambda: "unwanted"

    desk.background.ask("x", unwanted)
    assert begun.wait(PATIENCE)
    desk.background.drop("x")
    go_on.set()
    desk.background.ask("y", saying("wanted"))
    desk.wait(lambda: desk.answers)
    assert desk.answers == ["wanted"]


def test_a_failing_question_is_told_and_harms_no_other(desk):
    def failing():
        yield None
        raise ValueError("no such thing")

    desk.background.ask("bad", failing)
    desk.background.ask("good", saying("fine"))
    desk.wait(lambda: desk.answers and desk.failures)
    assert desk.failures == [("bad", "no such thing")]
    assert desk.answers == ["fine"]


def test_a_pause_lets_others_go_first(desk):
    def waiting():
        yield Pause(0.02)
        yield lambda: "later"

    desk.background.ask("waiting", waiting, priority=0)
    desk.background.ask("other", saying("first"), priority=9)
    desk.wait(lambda: len(desk.answers) == 2)
    assert desk.answers == ["first", "later"]
