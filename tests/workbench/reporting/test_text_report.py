from workbench.analysis.parts import Chart, Column, Series, Table
from workbench.reporting.answer import Answer
from workbench.reporting.text_report import WIDEST, report_lines

NAME, COUNT = Column("name", "name"), Column("count", "times", "count")


def said(*parts, walked=True):
    return list(report_lines([Answer(section="a", title="A", about="A.", parts=parts, walked=walked)]))


def test_columns_are_aligned_and_empty_ones_left_out():
    columns = (NAME, Column("note", "note"), COUNT)
    rows = (("short", None, 1), ("longer name", None, 12_345))
    lines = said(Table(name="t", title="things", columns=columns, rows=rows, more=3))
    assert lines == ["things", "  name          times", "  short             1", "  longer name  12,345", "  … and 3 more"]


def test_trees_are_indented():
    lines = said(Table(name="t", title="tree", columns=(NAME,), rows=(("top",), ("low",)), depths=(0, 1)))
    assert lines[2:] == ["  top", "    low"]


def test_what_came_from_the_wire_moves_no_cursor_and_fits():
    lines = said(Table(name="t", title="t", columns=(NAME,), rows=(("\x1b[2J\n",), ("x" * 500,))))
    assert lines[2].strip() == "\\x1b[2J\\n"
    assert len(lines[3].strip()) == WIDEST
    assert lines[3].endswith("…")


def test_a_chart_is_a_row_of_blocks():
    peak = Series("up", tuple(map(float, range(100))), tuple(map(float, range(100))))
    lines = said(Chart(name="c", title="curve", kind="line", x=Column("t", "time", "ns"), y=COUNT, series=(peak,)))
    assert lines[0] == "curve (time: 0 ns to 99 ns)"
    assert lines[1].startswith("  up  ▁")
    assert "█" in lines[1]
    assert lines[1].endswith("0 … 99")


def test_a_line_goes_on_between_its_points_and_points_do_not():
    far = Series("far", (0.0, 1000.0), (1.0, 1.0))
    line, points = (
        said(Chart(name="c", title="c", kind=kind, x=COUNT, y=COUNT, series=(far,)))[1] for kind in ("line", "points")
    )
    assert line.count("█") > 60
    assert points.count("█") == 2


def test_nothing_is_said_in_one_word():
    assert said(Table(name="t", title="things", columns=(NAME,), rows=())) == ["things: none"]
    assert said(Chart(name="c", title="curve", kind="line", x=NAME, y=COUNT, series=())) == ["curve: none"]


def test_a_rule_comes_first():
    table = Table(name="t", title="things", columns=(NAME,), rows=())
    answer = Answer(section="a", title="A", about="A.", parts=(table,), rule="so " * 60)
    first, second, *rest = report_lines([answer])
    assert len(first) <= 100
    assert second.startswith("so so")
    assert rest == ["", "things: none"]


def test_what_was_not_dissected_is_left_out():
    assert said(Table(name="t", title="t", columns=(NAME,), rows=()), walked=False) == []
