"""Single terms: what they ask of which data. Lines of terms are tested with `filters`."""

from typing import Any

import pytest

from dissectors.filter_line import Words
from dissectors.filter_terms import MessageTerm, comparison, meaning, named, word_or_text
from dissectors.filter_tree import terms, truth
from dissectors.term_error import TermError
from support.filter_index import INDEX, Index, Pairs, Row
from support.messages import message
from workbench.api import Direction, ProtocolSpec

SPECS = (ProtocolSpec(name="http1", title="H", prefix="http"),)


class CountingPairs(Pairs):
    asked = 0

    def hosts(self, pair: int) -> tuple[str, str]:
        self.asked += 1
        return super().hosts(pair)


def test_each_pair_of_addresses_is_looked_at_once():
    index = Index([Row(4, 6, "10.0.0.1", "10.0.0.2")] * 3)
    index.pair[:] = 0
    pairs = index.pairs = CountingPairs(index.rows)
    term: Any = named("10.0.0.2", ())
    assert term(index, 0, 2).tolist() == [True, True]
    assert term(index, 1, 3).tolist() == [True, True]
    assert pairs.asked == 1


def test_a_protocol_is_asked_of_messages_and_narrows_packets():
    term = named("HTTP", SPECS)
    assert isinstance(term, MessageTerm)
    assert term(message(Direction.TO_SERVER, b"", protocol="http1"))
    assert not term(message(Direction.TO_SERVER, b"", protocol="http2"))
    assert term.column is not None
    assert term.column(INDEX, 0, 4).tolist() == [True, True, True, False]


def test_text_is_looked_for_without_regard_to_case():
    term = word_or_text("ÄB")
    assert term(message(Direction.TO_SERVER, "xÄBx".encode()))
    assert term(message(Direction.TO_SERVER, b"", summary="häb äb"))
    assert not term(message(Direction.TO_SERVER, b"AB"))


def test_an_unknown_word_is_text():
    assert isinstance(named("favicon", SPECS), MessageTerm)


@pytest.mark.parametrize(
    ("name", "operator", "value", "offset"),
    [
        ("port", "==", "x", 6),
        ("ip", "==", "x", 4),
        ("ip", "<", "10.0.0.1", 2),
        ("port", "contains", "1", 5),
        ("nothing", "==", "1", 0),
        ("tcp.stream", "==", "-1", 12),
    ],
)
def test_mistakes_say_where_they_are(name: str, operator: str, value: str, offset: int):
    with pytest.raises(TermError) as caught:
        comparison(name, operator, value, len(name) + len(operator), ())
    assert caught.value.offset == offset
    assert caught.value.sentence


def _rows(node: Any) -> list[int]:
    mask = truth(node, lambda term: term.asks(INDEX, 0, 5))
    return [number for number, holds in enumerate(mask.tolist(), 1) if holds]


def test_numbers_of_columns_have_an_order():
    def rows(operator: str, value: str) -> list[int]:
        return _rows(comparison("frame.number", operator, value, 0, ()))

    assert rows(">", "3") == [4, 5]
    assert rows(">=", "3") == [3, 4, 5]
    assert rows("<", "3") == [1, 2]
    assert rows("<=", "3") == [1, 2, 3]
    assert rows("!=", "3") == [1, 2, 4, 5]


def test_one_of_several_values():
    assert _rows(meaning(Words("frame.number", "in", choices=("1", "4-5")), ())) == [1, 4, 5]
    assert len(list(terms(meaning(Words("frame.number", "in", choices=("1",)), ())))) == 1


def test_protocols_that_quic_carries_are_asked_for_among_datagrams():
    term = named("h3", (ProtocolSpec(name="h3", title="H", transport="quic"),))
    assert isinstance(term, MessageTerm)
    assert term.column is not None
    assert term.column(INDEX, 0, 4).tolist() == [False, False, False, True]


def test_what_may_not_be_meant_is_doubted():
    nothing, field = named("nosuch", SPECS), named("http.nosuch", SPECS)
    assert isinstance(nothing, MessageTerm)
    assert nothing.doubt == "nosuch was looked for as text: it is no protocol and no field"
    assert isinstance(field, MessageTerm)
    assert "http.nosuch" in field.doubt


def test_layers_have_no_other_names():
    with pytest.raises(TermError, match=r"nothing called tcp\.strem"):
        named("tcp.strem", SPECS)
