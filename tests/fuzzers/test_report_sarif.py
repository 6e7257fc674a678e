import json
from urllib.parse import unquote

from fuzzers.escape import printable
from fuzzers.report_page import MEANING
from fuzzers.report_sarif import as_sarif
from support.told import NASTY, told


def test_the_document_has_what_the_standard_asks_for(tmp_path):
    document = json.loads(as_sarif(told(tmp_path)))
    assert document["version"] == "2.1.0"  # 3.13.2
    assert document["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = document["runs"]
    driver = run["tool"]["driver"]  # 3.18.2
    assert driver["name"]
    assert {rule["id"] for rule in driver["rules"]} == set(MEANING)
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]  # 3.27.6
        assert result["message"]["text"]  # 3.27.11
        assert result["level"] in ("error", "warning")
        assert result["occurrenceCount"] >= 1  # 3.27.20


def test_a_result_leads_to_its_script(tmp_path):
    report = told(tmp_path)
    first, second = json.loads(as_sarif(report))["runs"][0]["results"]
    place = first["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place["uriBaseId"] == "CAMPAIGN"
    assert tmp_path / unquote(place["uri"]) == report.findings[0].folder / "repro.py"
    assert first["message"]["text"] == f"{printable(NASTY)} 0"
    assert first["partialFingerprints"] == {"workbenchFinding/v1": "crash:0"}
    assert (first["level"], first["occurrenceCount"]) == ("error", 3)
    assert (second["level"], second["occurrenceCount"]) == ("warning", 1)
    assert second["message"]["text"].startswith("(not confirmed)")


def test_a_campaign_without_findings(tmp_path):
    assert json.loads(as_sarif(told(tmp_path, findings=0)))["runs"][0]["results"] == []
