import io
import json

from support.exported import toy_source
from workbench.api import Field
from workbench.export.branches import Branch
from workbench.export.elastic import render, write


def test_two_lines_for_each_packet(tmp_path):
    out = io.BytesIO()
    with toy_source(tmp_path) as source:
        count = write(source, out)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert len(lines) == 2 * count
    assert lines[6] == {"index": {"_index": "packets-2023-11-14", "_type": "doc"}}
    assert lines[7]["timestamp"] == "1700000000003"
    layers = lines[7]["layers"]
    assert layers["tcp"]["tcp_tcp_dstport"] == "8080"
    assert layers["tcp"]["tcp_tcp_flags_push"] is True
    assert layers["ip"]["ip_ip_addr"] == ["10.0.0.1", "10.0.0.2"]
    assert layers["toy"]["toy_toy_number"] == "1"


def test_trees_are_flat():
    below = Field("below", 0, 0, True, abbrev="x.below")
    root = Field(
        "X", 0, 0, children=(Field("group", 0, 0, children=(below, below)), Field("g", 0, 0, abbrev="x.g", children=(below,)))
    )
    assert json.loads(render(Branch("x", root, (b"",)))) == {"text": "group", "x_x_below": [True, True, True]}
