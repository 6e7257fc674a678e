import json
import shutil
from xml.etree import ElementTree as ET

import pytest

from support.commands import workbench
from workbench.api import UsageError
from workbench.cli.findings import FORMATS, folders_in


@pytest.fixture(scope="module")
def campaign(tmp_path_factory):
    folder = tmp_path_factory.mktemp("findings") / "campaign"
    done = workbench("fuzz", "streambus", "--training", "--stop-after", 1, "--jobs", 1, "-o", folder)
    assert done.code == 1, done.err
    return folder


def test_folders_of_findings_and_campaigns(campaign, tmp_path):
    (finding,) = folders_in([campaign])
    assert folders_in([finding]) == [finding]
    with pytest.raises(UsageError, match="no finding here"):
        folders_in([tmp_path])


def test_a_finding_reproduces(campaign):
    done = workbench("replay", campaign)
    assert done.code == 1
    assert done.out.startswith("FAILED 3/3")
    (facts,) = json.loads(workbench("replay", campaign, "--json", "--times", 1).out)
    assert (facts["outcome"], facts["failures"], facts["times"]) == ("FAILED", 1, 1)


def test_a_folder_of_findings_as_a_table(campaign, tmp_path):
    findings = tmp_path / "findings"
    (kept,) = (campaign / "findings").iterdir()
    for name in ("first", "second"):
        shutil.copytree(kept, findings / name)
    case = json.loads((kept / "case.json").read_text())
    (findings / "second" / "case.json").write_text(json.dumps(case | {"target": {"kind": "reference"}}))
    done = workbench("replay", findings, "--junit", tmp_path / "replayed.xml")
    assert done.code == 1
    first, *_, last = done.out.splitlines()
    assert first.startswith("FAILED 3/3  first ")
    assert last == "1 FAILED, 1 FIXED"
    (suite,) = ET.parse(tmp_path / "replayed.xml").getroot()
    assert [(test.get("name"), len(test)) for test in suite] == [("first", 1), ("second", 0)]


def test_what_cannot_be_tried_keeps_nobody_else_from_it(campaign, tmp_path):
    (kept,) = (campaign / "findings").iterdir()
    for name in ("a", "b"):
        shutil.copytree(kept, tmp_path / name)
    (tmp_path / "a" / "case.json").write_text("{}")
    done = workbench("replay", tmp_path)
    assert done.code == 2
    assert "ERROR" in done.out
    assert "FAILED 3/3  b" in done.out


def test_another_server_does_not_have_it(campaign, tmp_path):
    text = workbench("replay", campaign, "--times", 0)
    assert text.code == 2


def test_minimising_again_keeps_it(campaign):
    done = workbench("minimize", campaign, "--json")
    assert done.code == 0
    (facts,) = json.loads(done.out)
    assert facts["bytes"] > 0
    assert workbench("replay", campaign).out.startswith("FAILED 3/3")


def test_the_report(campaign, tmp_path):
    done = workbench("report", campaign)
    assert done.code == 0
    assert "1 findings" in done.out
    facts = json.loads(workbench("report", campaign, "--json").out)
    assert facts["protocol"] == "streambus"
    assert workbench("report", tmp_path).code == 2


def test_the_report_goes_into_files(campaign, tmp_path):
    places = {name: tmp_path / name for name in FORMATS}
    done = workbench("report", campaign, *(word for name, place in places.items() for word in (f"--{name}", place)))
    assert done.code == 0
    begins = {"html": "<!doctype", "junit": "<?xml ver", "sarif": '{\n "$sche', "ndjson": '{"type": ', "markdown": "# streamb"}
    assert {name: place.read_text()[:9] for name, place in places.items()} == begins
    assert "<svg" in places["html"].read_text()
    assert workbench("report", campaign, "--html", tmp_path / "no" / "folder").code == 2


def test_a_campaign_without_findings_is_fine(tmp_path):
    assert workbench("fuzz", "streambus", "--cases", 5, "--jobs", 1, "-o", tmp_path / "c").code == 0
    done = workbench("replay", tmp_path / "c")
    assert (done.code, done.out) == (0, "no findings in these campaigns\n")


def test_states_that_were_learnt(campaign):
    facts = json.loads(workbench("report", campaign, "--states", "json").out)
    assert facts["replies"]
    assert sum(move["count"] for move in facts["table"]) > 0
    assert workbench("report", campaign, "--states", "dot").out.startswith("digraph")
    assert workbench("report", campaign, "--states", "mermaid").out.startswith("stateDiagram")
    assert json.loads(workbench("report", campaign, "--json").out)["states"] == facts
