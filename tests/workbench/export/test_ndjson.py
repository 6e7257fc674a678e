import io
import json

from support.exported import toy_source
from support.messages import message
from workbench.api import Direction, Field
from workbench.export.ndjson import lines, write


def test_one_object_per_message(tmp_path):
    out = io.BytesIO()
    with toy_source(tmp_path) as source:
        assert write(source, out) == 3
    first, _, broken = [json.loads(line) for line in out.getvalue().splitlines()]
    assert first["protocol"] == "toy"
    assert first["direction"] == "to_server"
    assert first["label"] == "ping"
    assert first["fields"]["toy.number"] == 1
    assert first["fields"]["toy.body"] == b"=cmd()".hex()
    assert first["packet"] in first["packets"]
    assert set(first) == {
        "packet",
        "packets",
        "time_ns",
        "stream",
        "protocol",
        "direction",
        "label",
        "summary",
        "fields",
        "notes",
    }
    assert broken["label"] == ""


def test_lines_are_ascii_and_single():
    odd = message(
        Direction.TO_SERVER, summary="a\nü\x1b", root=Field("r", 0, 4, children=(Field("x", 0, 1, "\ud800", abbrev="x"),))
    )
    (line,) = lines([odd])
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["summary"] == "a\nü\x1b"
