import xml.etree.ElementTree as ET

import pytest

from workbench.analysis.parts import Chart, Column, Series
from workbench.reporting.svg_chart import MOST_POINTS, chart_svg

SVG = "{http://www.w3.org/2000/svg}"


def chart(kind, *series, title="c"):
    return Chart(name="c", title=title, kind=kind, x=Column("t", "time", "ns"), y=Column("n", "packets", "count"), series=series)


@pytest.mark.parametrize(
    ("kind", "element"), [("line", "polyline"), ("steps", "polyline"), ("bars", "rect"), ("points", "circle")]
)
def test_each_kind_is_drawn_inside_the_frame(kind, element):
    tree = ET.fromstring(chart_svg(chart(kind, Series("one", (0.0, 5.0, 9.0), (1.0, 0.0, 4.0)))))
    width, height = map(float, tree.attrib["viewBox"].split()[2:])
    drawn = tree.findall(f"{SVG}{element}")
    assert drawn
    for node in tree.iter(f"{SVG}polyline"):
        for point in node.attrib["points"].split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= width
            assert 0 <= y <= height


def test_long_series_are_thinned():
    long = Series("long", tuple(map(float, range(50_000))), tuple(float(n % 7) for n in range(50_000)))
    (line,) = ET.fromstring(chart_svg(chart("line", long))).findall(f"{SVG}polyline")
    assert len(line.attrib["points"].split()) <= MOST_POINTS + 2


def test_names_from_the_wire_stay_text():
    evil = '"><script>alert(1)</script>\x00'
    tree = ET.fromstring(chart_svg(chart("line", Series(evil, (0.0, 1.0), (0.0, 1.0)), title=evil)))
    assert {node.tag.removeprefix(SVG) for node in tree.iter()} <= {"svg", "line", "text", "polyline", "rect"}
    assert any("<script>" in (node.text or "") for node in tree.iter(f"{SVG}text"))


@pytest.mark.parametrize("series", [Series("one", (3.0,), (0.0,)), Series("flat", (0.0, 1.0), (0.0, 0.0))])
def test_single_points_and_flat_lines_are_drawn(series):
    ET.fromstring(chart_svg(chart("line", series)))


def test_nothing_is_said():
    assert chart_svg(chart("line")) == "<p>none</p>"
