from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from workbench.analysis.parts import Chart, Column, Series, Table
from workbench.reporting.answer import Answer
from workbench.reporting.html_report import MOST_ROWS, page

NAME, COUNT = Column("name", "name"), Column("count", "times", "count")
VOID = {"meta", "line", "rect", "polyline", "circle"}


class Structure(HTMLParser):
    """Tags in order, attributes, and whether they nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def structure(text: str) -> Structure:
    found = Structure()
    found.feed(text)
    assert found.open == []
    return found


def document(name: str) -> str:
    table = Table(
        name="t", title=name, columns=(Column(name, name), COUNT), rows=((name, 1), (name, None)), depths=(0, 1), more=2
    )
    curve = Chart(name="c", title=name, kind="line", x=COUNT, y=COUNT, series=(Series(name, (0.0, 1.0), (1.0, 2.0)),))
    return page(name, [Answer(section="s", title=name, about=name, parts=(table, curve))])


@given(st.text(st.characters(), max_size=40))
def test_no_name_changes_the_page(name):
    found, plain = structure(document(f"n{name}")), structure(document("plain"))
    assert found.tags == plain.tags
    known = {key for key, _ in plain.attributes} | {"class"}  # long texts may be broken into lines
    assert {key for key, _ in found.attributes} <= known


def test_the_page_needs_nothing_else_and_runs_nothing():
    found = structure(document("x"))
    assert "script" not in found.tags
    names = {key for key, _ in found.attributes}
    assert not {key for key in names if key.startswith("on")} | names & {"src", "srcset", "action"}
    assert all(value.startswith("#") for key, value in found.attributes if key == "href")
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in found.attributes


def test_tables_without_end_are_cut():
    rows = tuple((f"row {number}", number) for number in range(MOST_ROWS + 7))
    table = Table(name="t", title="t", columns=(NAME, COUNT), rows=rows, more=1)
    text = page("t", [Answer(section="s", title="t", about="t", parts=(table,))])
    assert text.count("<tr>") == MOST_ROWS + 1
    assert "… and 8 more" in text


def test_light_and_dark():
    assert "prefers-color-scheme:dark" in document("x")


def test_empty_tables_say_so_and_what_was_not_walked_is_left_out():
    empty = Table(name="t", title="t", columns=(NAME,), rows=())
    answers = [
        Answer(section="a", title="First", about="A.", parts=(empty,)),
        Answer(section="b", title="Second", about="B.", parts=(empty,), walked=False),
    ]
    text = page("t", answers)
    assert "none" in text
    assert "Second" not in text
