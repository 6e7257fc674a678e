import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissectors.filter_completions import MOST_SUGGESTED, completions
from dissectors.filters import parse_filter
from support.toy import TOY
from workbench.api import UsageError
from workbench.registry import load


@pytest.mark.parametrize(
    ("text", "start", "words"),
    [
        ("tcp.str", 0, {"tcp.stream"}),
        ("tcp.win", 0, {"tcp.window_size", "tcp.window_size_value"}),
        ("tcp.analysis.re", 0, {"tcp.analysis.retransmission", "tcp.analysis.reused_ports"}),
        ("tcp and to", 8, {"toy"}),
        ("toy.ki", 0, {"toy.kind"}),
        ("tcp.port ", 9, {"==", "in {", "contains", "and", "or", "not"}),
        ("tcp.port == 80 ", 15, {"and", "or", "tcp", "not"}),
        ("note.severity >= ", 17, {"chat", "note", "warn", "error"}),
        ("note.severity >= w", 17, {"warn"}),
        ("(ud", 1, {"udp"}),
        ("le", 0, {"len("}),
        ("al", 0, {"all"}),
        ("work", 0, {"workbench."}),
        ("tcp.len > udp.le", 10, {"udp.length"}),
    ],
)
def test_what_may_come_next(text, start, words):
    found = completions(text, (TOY,))
    assert found.start == start
    assert words <= set(found.words)
    assert all(word.startswith(text[start:]) for word in found.words)


def test_nothing_follows_what_is_wrong_or_still_quoted():
    for text in ("tcp and and t", 'http contains "t', "a ] t", "x" * 3_000):
        assert completions(text, (TOY,)).words == ()


def test_names_of_decoders_come_from_their_examples_and_from_the_capture():
    specs = load().specs
    assert "http.response.code" in completions("http.resp", specs).words
    assert "http.x_seen" in completions("http.x", specs, ("http.x_seen",)).words
    assert len(completions("", specs).words) <= MOST_SUGGESTED


@given(st.text(st.sampled_from("tcpor .=(){}[]<>!&|\"'0179inl"), max_size=20))
def test_a_suggested_name_is_never_a_mistake_where_it_stands(text):
    found = completions(text, (TOY,))
    for word in found.words[:5]:
        said = ""
        try:
            parse_filter(text[: found.start] + word, (TOY,))
        except UsageError as error:
            said = str(error)
        assert "never opened" not in said
        assert "joins two terms" not in said
