from dataclasses import replace

from fuzzers.differential.normalising import BROKEN, answers_of
from fuzzers.hearing import Hearing
from support.tiny import TINY, packet
from workbench.api import Answer, Direction, Hints

TO_SERVER, TO_CLIENT = Direction.TO_SERVER, Direction.TO_CLIENT
ECHO = packet(1, "echo", text=b"hi")


def answers(*turns: tuple[Direction, bytes], hints: Hints | None = None, **changes) -> tuple[Answer, ...]:
    spec = replace(TINY, hints=hints or Hints(), **changes)
    return answers_of(spec, Hearing(spec)(turns))


def test_all_fields_count_but_the_volatile_ones():
    (answer,) = answers((TO_SERVER, ECHO), (TO_CLIENT, ECHO))
    assert (answer.kind, answer.accepts) == ("echo reply", None)
    assert "tiny.id" in answer.facts
    other = packet(9, "echo", text=b"hi")
    assert answers((TO_SERVER, other), (TO_CLIENT, other))[0] != answer
    hints = Hints(volatile=("tiny.id", "tiny.checksum", "tiny.crc"))
    (less,) = answers((TO_SERVER, ECHO), (TO_CLIENT, ECHO), hints=hints)
    assert "tiny.id" not in less.facts


def test_a_plugin_may_say_what_a_reply_means():
    said = iter([None, Answer("fine", True)])
    hints = Hints(answer=lambda _: next(said))
    assert answers((TO_SERVER, ECHO), (TO_CLIENT, ECHO), (TO_CLIENT, ECHO), hints=hints) == (Answer("fine", True),)


def test_a_broken_reply_is_a_reply():
    assert answers((TO_SERVER, ECHO), (TO_CLIENT, ECHO[:-1] + b"\x00"), hints=Hints(answer=lambda _: None)) == (BROKEN,)


def test_answers_come_in_the_order_of_their_questions():
    first, second = packet(1, "echo"), packet(2, "echo")
    hints = Hints(answer=lambda message: Answer(str(message.exchange)))
    asked = (TO_SERVER, first), (TO_SERVER, second)
    straight = answers(*asked, (TO_CLIENT, first), (TO_CLIENT, second), hints=hints)
    crossed = answers(*asked, (TO_CLIENT, second), (TO_CLIENT, first), hints=hints)
    assert straight == crossed
    assert [answer.kind for answer in straight] == ["1", "2"]
