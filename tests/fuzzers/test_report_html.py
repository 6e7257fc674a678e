from dataclasses import replace
from html.parser import HTMLParser

from fuzzers.report_html import as_html
from fuzzers.state_graph import Move, StateGraph
from support.told import told

ELEMENTS = frozenset(
    ["html", "meta", "title", "style", "h1", "h2", "table", "tr", "th", "td", "details", "summary", "span", "p", "pre"]
)


class Reader(HTMLParser):
    """What a browser would see of a page: elements, and all text."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.text = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def test_everything_is_said_and_nothing_of_it_is_markup(tmp_path):
    page = as_html(told(tmp_path))
    seen = Reader(page)
    assert {tag for tag, _ in seen.elements} <= ELEMENTS
    assert 'evil <script>alert("x")</script> & ?[31m? ]]> "quoted" 0' in seen.text
    assert "# page 1" in seen.text
    assert "1,500 in 2.5 s (600/s)" in seen.text
    assert "(not confirmed)" in seen.text
    assert "\x1b" not in page
    assert "\x00" not in page


def test_states_that_were_learnt_and_those_that_were_not(tmp_path):
    moves = (Move("idle", "<b>", "busy", 1234), Move("busy", "oops", "?", 1), Move("busy", "bye", "end", 0))
    seen = Reader(as_html(replace(told(tmp_path), states=StateGraph(moves[:1], moves))))
    assert {tag for tag, _ in seen.elements} <= ELEMENTS
    for text in ("idle<b>busy1,234", "table of states (1)", "never seen (1)", "were seen (1)", "busybyeend0"):
        assert text in seen.text


def test_nothing_is_loaded(tmp_path):
    seen = Reader(as_html(told(tmp_path)))
    assert not [attrs for _, attrs in seen.elements if {"src", "href", "onclick", "onerror"} & attrs.keys()]
    assert (
        "meta",
        {"http-equiv": "Content-Security-Policy", "content": "default-src 'none'; style-src 'unsafe-inline'"},
    ) in seen.elements


def test_drawings_are_put_in_as_they_are(tmp_path):
    page = as_html(told(tmp_path), ['<svg viewBox="0 0 1 1"><line class="grid"/></svg>'])
    assert [tag for tag, _ in Reader(page).elements if tag in ("figure", "svg", "line")] == ["figure", "svg", "line"]
    assert "<figure>" not in as_html(told(tmp_path / "again"))


def test_a_campaign_without_findings(tmp_path):
    assert "Nothing was found." in as_html(told(tmp_path, findings=0, doubts=0))


def test_a_finding_whose_page_is_gone(tmp_path):
    report = told(tmp_path)
    (report.findings[0].folder / "report.md").unlink()
    assert "cannot be read: No such file or directory" in as_html(report)
