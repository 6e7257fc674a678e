import io
import json

from hypothesis import given
from hypothesis import strategies as st

from support.exported import toy_source
from workbench.api import Field
from workbench.export.branches import Branch, Frame, Piece
from workbench.export.wireshark_json import index_name, layers_text, render, write


def test_packets_as_objects(tmp_path):
    out = io.BytesIO()
    with toy_source(tmp_path) as source:
        count = write(source, out)
    packets = json.loads(out.getvalue())
    assert len(packets) == count == len(source.packets)
    assert {key: packets[3][key] for key in ("_index", "_type", "_score")} == {
        "_index": "packets-2023-11-14",
        "_type": "doc",
        "_score": None,
    }
    layers = packets[3]["_source"]["layers"]
    assert list(layers) == ["frame", "eth", "ip", "tcp", "toy"]
    assert layers["ip"]["ip.addr"] == ["10.0.0.1", "10.0.0.2"]
    assert layers["tcp"]["tcp.flags_tree"]["tcp.flags.push"] == "1"
    assert layers["toy"]["toy.number"] == "1"


def test_nothing_is_an_empty_list(tmp_path):
    out = io.BytesIO()
    with toy_source(tmp_path, "frame.number == 0") as source:
        assert write(source, out) == 0
    assert json.loads(out.getvalue()) == []


def test_trees_and_lists():
    below = Field("below", 0, 0, "b", abbrev="x.below")
    root = Field(
        "X",
        0,
        0,
        children=(
            Field("one", 0, 0, 1, abbrev="x.one", children=(below,)),
            Field("one", 0, 0, 2, abbrev="x.one", children=(below,)),
            Field("group", 0, 0, abbrev="x.group", children=(below,)),
            Field("no name", 0, 0, 5, children=(below, below)),
            Field("end", 0, 0),
        ),
    )
    assert json.loads(render(Branch("x", root, (b"",)))) == {
        "x.one": ["1", "2"],
        "x.one_tree": [{"x.below": "b"}, {"x.below": "b"}],
        "x.group": {"x.below": "b"},
        "no name: 5": {"x.below": ["b", "b"]},
        "end": "",
    }


def test_layers_that_occur_again_are_a_list(tmp_path):
    with toy_source(tmp_path) as source:
        packet = source.capture.packet(1)
    frame = Frame(packet, (Piece("ip", b'{"a":1}'), Piece("tcp", b"{}"), Piece("ip", b'{"a":2}')))
    assert json.loads(b"{" + layers_text(frame) + b"}") == {"ip": [{"a": 1}, {"a": 2}], "tcp": {}}


@given(st.text(), st.integers(-(1 << 62), 1 << 62))
def test_any_text_and_time_make_sound_json(value, time_ns):
    root = Field("X", 0, 0, children=(Field(value, 0, 0, value, abbrev=value),))
    assert isinstance(json.loads(render(Branch("x", root, (b"",)))), dict)
    assert index_name(time_ns).startswith("packets-")


def test_depth_has_an_end():
    node = Field("leaf", 0, 0, 1, abbrev="x")
    for _ in range(5000):
        node = Field("nest", 0, 0, children=(node,), abbrev="x")
    assert json.loads(render(Branch("x", node, (b"",))))
