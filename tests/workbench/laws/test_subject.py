from random import Random

from hypothesis import given
from hypothesis import strategies as st

from support.toy import TOY, changed, toy_message
from workbench.api import Direction
from workbench.laws import Subject
from workbench.laws.subject import answer, spoil

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT


def test_seeds_are_played_against_the_server():
    first, second = Subject(TOY).conversations
    assert first.turns == ((UP, toy_message("ping", 1, b"hello")), (DOWN, toy_message("pong", 1, b"hello")))
    assert [direction for direction, _ in second.turns] == [UP, DOWN, UP, DOWN]
    assert second.replies == toy_message("pong", 1) + toy_message("pong", 2, b"x" * 40)


def test_without_a_server_the_client_talks_alone():
    assert [[way for way, _ in each.turns] for each in Subject(changed(server=None)).conversations] == [[UP], [UP, UP]]


def test_a_server_that_crashes_is_remembered():
    class Bad:
        closed = False

        def wakeup(self, now_ns):
            return b""

        def receive(self, data):
            raise KeyError("gone")

    first, _ = Subject(changed(server=lambda _: Bad)).conversations
    assert first.crash.startswith("KeyError: 'gone' (test_subject.py:")


def test_equal_seeds_give_equal_inputs():
    assert list(Subject(TOY, seed=3).inputs("x")) == list(Subject(TOY, seed=3).inputs("x"))
    assert list(Subject(TOY, seed=3).inputs("x")) != list(Subject(TOY, seed=4).inputs("x"))
    assert list(Subject(TOY, seed=3).inputs("x")) != list(Subject(TOY, seed=3).inputs("y"))


def test_everything_a_server_has_to_say_is_pulled():
    class Slow:
        def __init__(self):
            self.left = [b"b", b"c"]

        def wakeup(self, now_ns):
            return b""

        def receive(self, data):
            return b"a"

        def pull(self):
            return self.left.pop(0) if self.left else b""

    assert answer(Slow(), b"?") == b"abc"


@given(st.integers())
def test_spoiling_changes_one_turn_at_most(seed):
    turns = Subject(TOY).conversations[1].turns
    spoilt = spoil(turns, Random(seed))
    assert all(data for _, data in spoilt)
    if len(spoilt) == len(turns):
        assert sum(one != other for one, other in zip(turns, spoilt, strict=True)) <= 1
    else:
        assert len(spoilt) == len(turns) - 1


def test_a_server_that_cannot_even_begin_leaves_the_seeds():
    def begin(_options):
        raise OSError("no database")

    conversation = Subject(changed(server=begin)).conversations[0]
    assert [data for _, data in conversation.turns] == list(conversation.seed.messages)
    assert conversation.crash.startswith("OSError: no database (test_subject.py:")
