import pytest

from dissectors import converse
from workbench.api import Answer, Direction
from workbench_dns import PROTOCOL
from workbench_dns.answers import answer
from workbench_dns.queries import query

QUESTION = query("www.workbench.test.", "A", number=7)


def said(rcode: int) -> Answer:
    reply = QUESTION[:2] + bytes([0x80 | QUESTION[2], rcode]) + QUESTION[4:]
    turns = [(Direction.TO_SERVER, QUESTION), (Direction.TO_CLIENT, reply)]
    (message,) = (each for each in converse(PROTOCOL, turns) if each.direction is Direction.TO_CLIENT)
    return answer(message)


@pytest.mark.parametrize(
    ("rcode", "meaning"),
    [
        (0, Answer("noerror", True, {"answers": 0})),
        (3, Answer("nxdomain", True)),
        (5, Answer("refused", True)),
        (1, Answer("formerr", False)),
        (4, Answer("notimp", False)),
    ],
)
def test_the_code_tells(rcode: int, meaning: Answer):
    assert said(rcode) == meaning


def test_it_is_the_plugins_own():
    assert PROTOCOL.hints.answer is answer
