import json
import shutil
from dataclasses import replace

import pytest

from fuzzers import Campaign, CampaignConfig, Outcome, TargetConfig, minimize, replay
from fuzzers.case_file import CASE_FILE, read_case
from fuzzers.targets.workers import Workers
from support.tiny import CRASH, TINY, packet
from workbench.api import Seed, UsageError

SPEC = replace(TINY, seeds=(Seed("bad", (packet(1, "echo", text=b"before"), packet(2, CRASH), packet(3, "echo"))),))


@pytest.fixture
def finding(tmp_path):
    """A finding in a folder of its own, far from its campaign."""
    settings = CampaignConfig(
        protocol="tiny", directory=tmp_path / "campaign", target=TargetConfig(kind="training", memory=1 << 28), cases=1
    )
    (found,) = list(Campaign(SPEC, settings).run())[-1].findings
    folder = tmp_path / "elsewhere" / found.slug
    shutil.copytree(found.folder, folder)
    shutil.rmtree(tmp_path / "campaign")
    return folder


def test_it_still_fails(finding):
    shown = replay(finding, [SPEC])
    assert (shown.outcome, shown.failures, shown.times) == (Outcome.FAILED, 3, 3)
    assert shown.seen[0].startswith("crash: IndexError")


def test_it_is_fixed_in_the_reference_server(finding):
    shown = replay(finding, [SPEC], target=TargetConfig())
    assert (shown.outcome, shown.failures, shown.seen) == (Outcome.FIXED, 0, ("nothing wrong",) * 3)


def test_it_fails_differently(finding):
    case = finding / CASE_FILE
    facts = json.loads(case.read_text())
    case.write_text(json.dumps(facts | {"fingerprint": "crash:OverflowError:elsewhere"}))
    shown = replay(finding, [SPEC])
    assert (shown.outcome, shown.failures, shown.alike) == (Outcome.FAILED, 3, 0)


def test_it_is_flaky(finding, monkeypatch):
    honest, calls = Workers.play, []

    def sometimes(self, messages, conduct, *, patient=False):
        calls.append(messages)
        return honest(self, messages if len(calls) % 2 else TINY.seeds[1].messages, conduct, patient=patient)

    monkeypatch.setattr(Workers, "play", sometimes)
    assert replay(finding, [SPEC]).outcome is Outcome.FLAKY


def test_minimising_again_gives_the_same(finding):
    before = {path.name: path.read_bytes() for path in finding.iterdir() if path.is_file()}
    again = minimize(finding, [SPEC])
    assert again.messages == (packet(0, CRASH),)
    assert {path.name: path.read_bytes() for path in finding.iterdir() if path.is_file()} == before


def test_minimising_what_is_fixed_is_refused(finding):
    with pytest.raises(UsageError, match="does not fail every time"):
        minimize(finding, [replace(SPEC, training=TINY.server)])
    assert read_case(finding).messages == (packet(0, CRASH),)


def test_a_protocol_that_is_not_there(finding):
    with pytest.raises(UsageError, match="about tiny, which is not installed"):
        replay(finding, [replace(SPEC, name="other")])


def test_no_finding(tmp_path):
    with pytest.raises(UsageError, match=CASE_FILE):
        replay(tmp_path, [TINY])
