import json

import pytest

from support.commands import workbench
from workbench.api import UsageError
from workbench.cli.findings import folders_in


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
    places = [tmp_path / name for name in ("r.html", "r.xml", "r.sarif")]
    done = workbench("report", campaign, "--html", places[0], "--junit", places[1], "--sarif", places[2])
    assert done.code == 0
    assert [place.read_text()[:9] for place in places] == ["<!doctype", "<?xml ver", '{\n "$sche']
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
