from markdown_it import MarkdownIt

from fuzzers.report_markdown import as_markdown
from support.told import told


def parsed(text: str):
    return MarkdownIt("commonmark").enable("table").parse(text)


def test_a_foreign_reader_finds_every_row_and_no_markup_of_others(tmp_path):
    tokens = parsed(as_markdown(told(tmp_path)))
    types = [token.type for token in tokens]
    assert types.count("table_open") == 3
    assert "html_block" not in types
    pieces = [piece for token in tokens for piece in token.children or ()]
    assert "html_inline" not in {piece.type for piece in pieces}
    links = [piece.attrs["href"] for piece in pieces if piece.type == "link_open"]
    assert links == ["findings/crash-0/report.md", "findings/reply-1/report.md"]
    (fence,) = [token for token in tokens if token.type == "fence"]
    assert fence.info == "mermaid"
    texts = "".join(piece.content for piece in pieces)
    for said in ("toy: 2 findings", "1,500 in 2.5 s (600/s)", "12 edges, 3 transitions", "(not confirmed)"):
        assert said in texts


def test_nothing_was_found(tmp_path):
    text = as_markdown(told(tmp_path, findings=0, doubts=0))
    assert "Nothing was found." in text
    assert "Suspicions" not in text
