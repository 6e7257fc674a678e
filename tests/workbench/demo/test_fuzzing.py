import pytest

from fuzzers import Ended
from fuzzers.events import Stats
from workbench.demo import fuzzing
from workbench.registry import load


def _campaign(folder, seed: int) -> dict:
    registry = load()
    *events, facts = fuzzing.fuzz_and_replay(registry.get("streambus"), registry, folder, seed)
    assert events
    return facts


def test_findings_are_made_and_replayed(tmp_path, monkeypatch):
    monkeypatch.setattr(fuzzing, "FINDINGS", 2)
    facts = _campaign(tmp_path / "a", 3)
    assert facts["ended_by"] == "findings"
    assert len(facts["findings"]) == 2
    for finding in facts["findings"]:
        assert finding["outcome"] == "FAILED"
        assert finding["bytes"][0] <= finding["bytes"][1]
    again = _campaign(tmp_path / "b", 3)
    strip = [{key: value for key, value in each.items() if key != "folder"} for each in facts["findings"]]
    assert [{key: value for key, value in each.items() if key != "folder"} for each in again["findings"]] == strip


def test_an_interruption_ends_the_demo(tmp_path, monkeypatch):
    def interrupted(_campaign):
        yield Ended("interrupted", Stats(), ())

    monkeypatch.setattr(fuzzing.Campaign, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _campaign(tmp_path / "a", 3)
