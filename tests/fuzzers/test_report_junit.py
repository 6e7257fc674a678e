from xml.etree import ElementTree as ET

from fuzzers.report_junit import as_junit
from support.told import told


def test_findings_fail_and_suspicions_are_skipped(tmp_path):
    root = ET.fromstring(as_junit(told(tmp_path)))
    (suite,) = root
    assert {name: suite.get(name) for name in ("tests", "failures", "skipped", "errors")} == {
        "tests": "4",
        "failures": "3",
        "skipped": "1",
        "errors": "0",
    }
    cases = {case.get("name"): case for case in suite}
    assert [case.get("name") for case in suite] == ["campaign", "crash-0", "reply-1", "suspicion in case 9"]
    assert cases["campaign"].find("failure").get("message") == "2 findings in 1500 cases"
    assert cases["crash-0"].find("failure").get("type") == "crash"
    assert "Seen, not confirmed." in cases["reply-1"].find("failure").text
    assert "<script>" in cases["crash-0"].find("failure").get("message")
    assert "\x1b" not in as_junit(told(tmp_path / "again"))


def test_a_campaign_without_findings_passes(tmp_path):
    (suite,) = ET.fromstring(as_junit(told(tmp_path, findings=0, doubts=0)))
    (case,) = suite
    assert (case.get("name"), list(case)) == ("campaign", [])
    assert suite.get("failures") == "0"
