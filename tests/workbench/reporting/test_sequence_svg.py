import xml.etree.ElementTree as ET

from hypothesis import given

from support.sequences import FLOW, SEQUENCES, step
from workbench.analysis.sequence import Sequence
from workbench.reporting.sequence_svg import svg_diagram

SVG = "{http://www.w3.org/2000/svg}"


@given(SEQUENCES)
def test_any_words_make_a_picture_and_nothing_else(sequence):
    tree = ET.fromstring("\n".join(svg_diagram(sequence)))
    assert {node.tag.removeprefix(SVG) for node in tree.iter()} <= {"svg", "style", "title", "rect", "text", "line", "polygon"}
    assert len(tree.findall(f"{SVG}polygon")) == len(sequence.steps)
    assert not any(name.startswith("on") or "href" in name for node in tree.iter() for name in node.attrib)


def test_everything_lies_inside_the_picture():
    tree = ET.fromstring("\n".join(svg_diagram(Sequence("t", FLOW, (step(), step()), 5))))
    width, height = (float(tree.attrib[name]) for name in ("width", "height"))
    for node in tree.iter(f"{SVG}text"):
        assert 0 <= float(node.attrib["x"]) <= width
        assert 0 <= float(node.attrib["y"]) <= height
