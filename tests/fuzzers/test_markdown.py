from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from fuzzers.markdown import code, plain

MARKDOWN = MarkdownIt("commonmark").enable("table")


def kinds(text: str) -> set[str]:
    """Of the pieces that a text is made of, to a foreign reader."""
    return {piece.type for token in MARKDOWN.parse(text) for piece in (token, *(token.children or ()))}


@given(st.text())
def test_no_text_is_markup(text):
    assert kinds(f"x {plain(text)} x") <= {"paragraph_open", "inline", "text", "paragraph_close", "text_special"}


@given(st.text(min_size=1).filter(lambda text: code(text).strip()))
def test_no_text_ends_a_code_span(text):
    (inline,) = [token for token in MARKDOWN.parse(f"`x{code(text)}x`") if token.type == "inline"]
    assert [piece.type for piece in inline.children] == ["code_inline"]


@given(st.text())
def test_no_text_ends_a_cell(text):
    table = f"| a | b |\n|---|---|\n| {plain(text)} | `x{code(text)}` |\n"
    assert [token.type for token in MARKDOWN.parse(table)].count("td_open") == 2
