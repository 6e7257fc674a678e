"""The whole loop on the real training server: found, confirmed, minimised, replayed; and nothing found where nothing is wrong."""

import pytest

from captures import open_capture
from fuzzers import Campaign, CampaignConfig, Ended, Outcome, TargetConfig, replay
from workbench_streambus import PROTOCOL as STREAMBUS


@pytest.fixture(scope="module")
def ended(tmp_path_factory) -> Ended:
    """A campaign against streambus with planted faults."""
    directory = tmp_path_factory.mktemp("campaign")
    target = TargetConfig(kind="training")
    told = list(
        Campaign(STREAMBUS, CampaignConfig(protocol="streambus", directory=directory, seed=1, target=target, cases=400)).run()
    )
    assert isinstance(told[-1], Ended)
    return told[-1]


def test_all_kinds_of_planted_faults_are_found(ended: Ended):
    assert {"crash", "hang", "reply", "exchange", "leak"} <= {finding.oracle for finding in ended.findings}


def test_each_is_minimal_and_still_fails(ended: Ended):
    for finding in ended.findings:
        assert finding.confirmed
        assert len(finding.messages) <= 3
        assert finding.size <= finding.original_bytes
        assert replay(finding.folder, [STREAMBUS]).outcome is Outcome.FAILED
        with open_capture(finding.folder / "traffic.pcapng") as capture:
            capture.grow()
            assert len(capture.index) > 3


def test_each_is_fixed_in_the_reference_server(ended: Ended):
    for finding in ended.findings:
        assert replay(finding.folder, [STREAMBUS], target=TargetConfig(), times=1).outcome is Outcome.FIXED


def test_the_reference_server_has_none(tmp_path):
    settings = CampaignConfig(protocol="streambus", directory=tmp_path / "reference", seed=1, cases=1000)
    last = list(Campaign(STREAMBUS, settings).run())[-1]
    assert isinstance(last, Ended)
    assert (last.findings, last.stats.suspicious) == ((), 0)
