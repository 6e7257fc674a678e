import json

from fuzzers.report_ndjson import as_ndjson
from support.told import NASTY, told


def test_every_line_is_a_fact(tmp_path):
    report = told(tmp_path)
    lines = [json.loads(line) for line in as_ndjson(report).splitlines()]
    assert [line["type"] for line in lines] == [
        "campaign",
        "finding",
        "finding",
        "unconfirmed",
        "point",
        "point",
        "point",
        "states",
    ]
    assert (lines[0]["cases"], lines[0]["findings"]) == (1500, 2)
    assert lines[1]["summary"] == f"{NASTY} 0"
    assert lines[5] == {"type": "point", "case": 90, "edges": 12, "transitions": 3, "corpus": 3}
    assert "\x1b" not in as_ndjson(report)
