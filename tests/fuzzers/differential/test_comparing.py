from fuzzers.differential.comparing import Difference, Seen, differences
from workbench.api import Answer

YES, NO, MISSING, UNSAID = Answer("2xx", True), Answer("refused", False), Answer("4xx", True), Answer("pong")


def told(*servers: Seen) -> list[tuple[str, str]]:
    names = ("one", "two", "three")
    return [(each.kind, each.pattern) for each in differences(dict(zip(names, servers, strict=False)))]


def seen(*answers: Answer, closed: bool = False) -> Seen:
    return Seen(answers, closed)


def test_servers_that_agree():
    assert told(seen(), seen()) == []
    assert told(seen(YES, NO, closed=True), seen(YES, NO, closed=True)) == []


def test_who_accepts_and_who_does_not():
    assert told(seen(YES, YES), seen(YES, NO, closed=True)) == [("accepts", "the request: one accepts (2xx), two refuses")]


def test_another_kind_of_answer_does_not_hide_what_follows():
    found = told(seen(YES, closed=True), seen(MISSING))
    assert found == [("status", "the answer: one 2xx, two 4xx"), ("connection", "the connection: one closes, two stays open")]


def test_other_contents_are_grouped_whatever_they_are():
    def long(length: int) -> Seen:
        return seen(Answer("2xx", True, {"length": length}))

    assert told(long(4), long(5), long(4)) == [("content", "length: one three | two")]
    assert told(long(7), long(9), long(7)) == told(long(4), long(5), long(4))
    assert told(long(4), seen(YES)) == []  # who does not say is not asked


def test_servers_out_of_step():
    assert told(seen(YES, YES), seen(YES)) == [("replies", "the answer: one answers, two waits")]
    assert told(seen(YES), seen(closed=True)) == [("replies", "the answer: one answers, two closes")]
    assert told(seen(NO), seen()) == [("replies", "the answer: one refuses, two waits")]
    assert told(seen(UNSAID), seen()) == [("replies", "the answer: one answers pong, two waits")]


def test_what_does_not_tell_is_no_refusal():
    assert told(seen(YES), seen(UNSAID)) == [("status", "the answer: one 2xx, two pong")]


def test_a_difference_in_words():
    assert str(Difference("status", "the answer", {"one": "2xx", "two": "4xx"}, 0)) == "the answer (one: 2xx, two: 4xx)"
