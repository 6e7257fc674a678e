from workbench.analysis.parts import Chart, Column, Series, Table
from workbench.reporting.answer import Answer
from workbench.reporting.json_report import report_object

NAME, COUNT = Column("name", "name"), Column("count", "how many", "count")
TABLE = Table(name="a", title="A", columns=(NAME, COUNT), rows=(("x", 1), ("y", None)))
TREE = Table(name="tree", title="T", columns=(NAME,), rows=(("top",), ("low",), ("lower",), ("side",)), depths=(0, 1, 2, 1))
CHART = Chart(name="curve", title="C", kind="line", x=NAME, y=COUNT, series=(Series("one", (0.0, 1.0), (2.0, 3.0)),))


def answer(*parts):
    return Answer(section="a", title="A", about="A.", parts=parts)


def test_a_part_with_the_sections_name_stands_at_its_key_others_behind_it():
    found = report_object((answer(TABLE, CHART),))
    assert found["a"] == [{"name": "x", "count": 1}, {"name": "y", "count": None}]
    assert found["a_curve"]["series"] == [{"title": "one", "x": [0.0, 1.0], "y": [2.0, 3.0]}]


def test_a_tree_with_one_root_is_that_root():
    tree = report_object((answer(TREE),))["a_tree"]
    assert tree["name"] == "top"
    assert [child["name"] for child in tree["children"]] == ["low", "side"]
    assert tree["children"][0]["children"] == [{"name": "lower", "children": []}]


def test_a_tree_with_two_roots_is_a_list():
    forest = Table(name="a", title="A", columns=(NAME,), rows=(("x",), ("y",)), depths=(0, 0))
    assert [root["name"] for root in report_object((answer(forest),))["a"]] == ["x", "y"]
