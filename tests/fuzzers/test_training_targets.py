"""Every planted fault of every training server is found by a campaign from the plugin's own seeds, confirmed, minimised, and replayed.

What bounds it is a number of cases, so it says nothing about the speed of the machine. One protocol is tried each time, all of them
with WORKBENCH_EVERY_FAULT=1 (a quarter of an hour).
"""

import os
from contextlib import closing
from pathlib import Path

import pytest

from fuzzers import Campaign, CampaignConfig, FindingFound, Outcome, TargetConfig, cases, replay
from fuzzers.targets.making import executor_for
from workbench.api import ProtocolSpec, Seed
from workbench.registry import load

SPECS = load().specs
TARGET = TargetConfig(kind="training")
CASES = 40_000
"""Cases of a campaign: several times what the fault that is hardest to meet took when this was written."""
ALWAYS = frozenset(("streambus",))


def expected(spec: ProtocolSpec) -> dict[str, str]:
    """The planted faults by the fingerprint that their examples have."""
    found = {}
    with closing(executor_for(spec, cases(spec), TARGET)) as executor:
        for fault in spec.faults:
            executor.renew()
            verdict = executor.play(fault.example, patient=True).verdict
            assert verdict is not None, fault.name
            found[verdict.fingerprint] = fault.name
    return found


def trained() -> list[ProtocolSpec]:
    return [spec for spec in SPECS if spec.training is not None]


@pytest.mark.parametrize("spec", trained(), ids=lambda spec: spec.name)
def test_every_fault_is_found(spec: ProtocolSpec, tmp_path: Path):
    if spec.name not in ALWAYS and not os.environ.get("WORKBENCH_EVERY_FAULT"):
        pytest.skip("set WORKBENCH_EVERY_FAULT=1 to try all protocols")
    names = expected(spec)
    missing = dict(names)
    config = CampaignConfig(protocol=spec.name, directory=tmp_path / "campaign", target=TARGET, cases=CASES, jobs=1)
    campaign = Campaign(spec, config)
    for event in campaign.run():
        if isinstance(event, FindingFound) and missing.pop(event.finding.fingerprint, ""):
            finding = event.finding
            assert finding.confirmed, finding.summary
            assert len(finding.messages) <= finding.original_messages
            assert finding.size <= finding.original_bytes
            done = replay(finding.folder, SPECS)
            assert (done.outcome, done.failures, done.times) == (Outcome.FAILED, 3, 3), finding.summary
            if not missing:
                campaign.stop()
    assert sorted(missing.values()) == []


def test_a_crash_at_the_end_of_forty_messages_is_cut_to_what_it_takes(tmp_path: Path):
    spec = next(spec for spec in SPECS if spec.name == "streambus")
    [owner] = [fault for fault in spec.faults if fault.name == "owner"]
    others = [message for seed in spec.seeds for message in seed.messages]
    long = (owner.example[0], *(others * 3)[:19], owner.example[1], *others, owner.example[2])
    assert len(long) >= 39
    config = CampaignConfig(
        protocol="streambus", directory=tmp_path / "campaign", target=TARGET, cases=len(spec.seeds) + 1, jobs=1, stop_after=1
    )
    [finding] = [
        event.finding
        for event in Campaign(_with_seed(spec, long), config).run()
        if isinstance(event, FindingFound) and event.finding.original_messages == len(long)
    ]
    assert [message[12] for message in finding.messages] == [message[12] for message in owner.example]


def _with_seed(spec: ProtocolSpec, messages: tuple[bytes, ...]) -> ProtocolSpec:
    from dataclasses import replace

    return replace(spec, seeds=(Seed("forty messages", messages), *spec.seeds))
