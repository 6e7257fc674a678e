import json
from dataclasses import replace

import pytest

from fuzzers import Campaign, CampaignConfig, TargetConfig, report
from support.tiny import CRASH, TINY, packet
from workbench.api import Seed, UsageError


@pytest.fixture
def directory(tmp_path):
    spec = replace(TINY, seeds=(Seed("bad", (packet(2, CRASH, (), b"x"),)), Seed("bad too", (packet(3, CRASH),))))
    settings = CampaignConfig(protocol="tiny", directory=tmp_path / "c", seed=5, target=TargetConfig(kind="training"), cases=2)
    list(Campaign(spec, settings).run())
    return tmp_path / "c"


def test_as_json(directory):
    found = json.loads(json.dumps(report(directory).as_json()))
    assert (found["protocol"], found["seed"], found["cases"]) == ("tiny", 5, 2)
    (finding,) = found["findings"]
    assert (finding["oracle"], finding["case"], finding["hits"], finding["messages"]) == ("crash", 0, 2, 1)
    assert finding["confirmed"] is True
    assert found["unconfirmed"] == []


def test_as_text(directory):
    text = report(directory).as_text()
    assert text.startswith("tiny: training server of tiny, in process, seed 5\n2 cases in ")
    assert "met 2 times" in text
    assert all(char.isprintable() or char == "\n" for char in text)


def test_a_folder_that_is_none(directory, tmp_path):
    with pytest.raises(UsageError, match="no campaign"):
        report(tmp_path)
    (folder,) = (directory / "findings").iterdir()
    with pytest.raises(UsageError, match="single finding"):
        report(folder)
