from xml.etree import ElementTree as ET

from fuzzers.curves import Point
from workbench.cli.fuzz_curves import drawn


def test_a_curve_for_each_thing_that_grew():
    figures = list(drawn((Point(0, 0, 1, 5), Point(40, 0, 7, 9))))
    names = [ET.fromstring(figure).get("aria-label") for figure in figures]
    assert names == ["Replies that followed each other", "Entries of the corpus"]


def test_nothing_grew():
    assert list(drawn(())) == []
