import json

from workbench.api import Check
from workbench.conformance.events import Finished, Result, Totals, Verdict
from workbench.conformance.json_report import as_json, transcript_lines
from workbench.conformance.transcript import Turn

CHECK = Check(name="one", section="RFC 1 2", rule="A rule", run=lambda _: None)
TURNS = (Turn(1, "sent", 0, 2, b"\xffi"), Turn(1, "closed", 5))
RESULTS = (Result(CHECK, Verdict.FAILED, "why", 1_000_000, 2, 0, TURNS), Result(CHECK, Verdict.PASSED, "", 0, 2, 0, TURNS))
FINISHED = Finished(Totals.of(RESULTS, 2_000_000), RESULTS)


def test_the_document():
    found = json.loads(json.dumps(as_json("http1", "127.0.0.1:80", FINISHED)))
    assert found["protocol"] == "http1"
    assert found["target"] == "127.0.0.1:80"
    assert found["conforms"] is False
    assert found["totals"] == {
        "checks": 2,
        "passed": 1,
        "failed": 1,
        "warnings": 0,
        "skipped": 0,
        "errors": 0,
        "not_run": 0,
        "seconds": 0.002,
    }
    failed, passed = found["checks"]
    assert failed == {
        "name": "one",
        "section": "RFC 1 2",
        "rule": "A rule",
        "level": "MUST",
        "verdict": "failed",
        "detail": "why",
        "seconds": 0.001,
        "sent": 2,
        "received": 0,
        "transcript": [
            {"connection": 1, "kind": "sent", "at_ns": 0, "size": 2, "data": "ff69"},
            {"connection": 1, "kind": "closed", "at_ns": 5, "size": 0, "data": ""},
        ],
    }
    assert "transcript" not in passed


def test_the_transcript_file_has_every_turn_of_every_check():
    lines = [json.loads(line) for line in transcript_lines(FINISHED)]
    assert [(line["check"], line["kind"]) for line in lines] == [("one", "sent"), ("one", "closed")] * 2
