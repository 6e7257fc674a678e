import pytest

from dissectors.filters import parse_filter
from workbench.registry import load
from workbench.tui.filter_state import FilterState, Judgement, caret_line, judge, suggested, words

SPECS = load().specs


def read(text: str) -> Judgement:
    return judge(text, lambda expression: parse_filter(expression, SPECS))


def test_nothing_is_no_filter():
    assert read("   ").state is FilterState.EMPTY


def test_what_can_be_searched_is_searched():
    judgement = read("tcp port==80")
    assert judgement.state is FilterState.BUSY
    assert judgement.filter is not None
    assert judgement.filter.text == "tcp port==80"


@pytest.mark.parametrize("text", ["port==", "port>", "tcp and", "not", '"unfinished'])
def test_what_may_become_right_is_incomplete(text: str):
    assert read(text).state is FilterState.INCOMPLETE


def test_a_mistake_is_pointed_at_and_explained():
    judgement = read("tcp port==many")
    assert judgement.state is FilterState.INVALID
    assert judgement.filter is None
    assert judgement.caret == len("tcp port==")
    assert judgement.sentence.startswith("many is not a number")


def test_states_are_said_in_words():
    assert words(FilterState.VALID, 12, 100, 100) == "✓ valid · 12 of 100 match"
    assert words(FilterState.BUSY, 12, 50, 100) == "… searching 50 % · 12 so far"
    assert words(FilterState.BUSY, 0, 0, 0) == "… searching 0 % · 0 so far"
    for state in FilterState:
        assert words(state, 1, 2, 3)
    assert len({words(state, 1, 2, 3) for state in FilterState}) == len(FilterState)


def test_the_caret_stands_under_the_mistake_and_the_sentence_beside_it():
    judgement = Judgement(FilterState.INVALID, None, "no such word", 4)
    line = caret_line(judgement, 10, 9, 60)
    assert line.index("^") == 9 + 4
    assert line.endswith("^ no such word")


def test_near_the_right_edge_the_sentence_goes_to_the_left():
    judgement = Judgement(FilterState.INVALID, None, "no such word", 40)
    line = caret_line(judgement, 45, 9, 52)
    assert line.endswith("no such word ^")
    assert line.index("^") == 49


def test_without_room_the_sentence_goes_before_the_caret():
    assert caret_line(Judgement(FilterState.INVALID, None, "a rather long sentence", 2), 3, 9, 20) == "a rather long sentence"


def test_the_first_word_that_fits_is_suggested():
    specs = load().specs
    assert suggested("tcp.strea", specs) == "tcp.stream"
    assert suggested("http and tcp.flags.sy", specs) == "http and tcp.flags.syn"
    assert suggested("t", specs) == ""
    assert suggested('"tcp.s', specs) == ""
