"""Campaigns over a real scheduler with two workers on loopback."""

import sys
from contextlib import closing
from dataclasses import replace

import pytest

from fuzzers import Campaign, CampaignConfig, TargetConfig, cases, cluster
from fuzzers.targets.making import executor_for
from support.dask import FAULTY, load_tiny, local_cluster
from support.tiny import TINY
from workbench.api import TargetError, UsageError

CASES = 1100
"""Two epochs and a bit: entries that were found in the first one are used in the last."""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    with local_cluster(tmp_path_factory.mktemp("dask")) as there:
        yield there.address


def on(address: str):
    """What makes the executor of a campaign."""

    def make(spec, source, target, _jobs, _carrier=None):
        return cluster.cluster_executor(address, spec, source, target, load=load_tiny)

    return make


def found(directory, make) -> list[tuple]:
    """What a campaign finds, case by case, and how its corpus has grown."""
    settings = CampaignConfig(
        protocol="tiny", directory=directory, seed=3, target=TargetConfig(kind="training"), cases=CASES, jobs=1
    )
    *_, ended = Campaign(FAULTY, settings, make_executor=make).run()
    findings = [(finding.fingerprint, finding.case, finding.messages) for finding in ended.findings]
    return [*findings, (ended.stats.cases, ended.stats.corpus, ended.stats.transitions)]


def test_two_machines_find_what_one_finds(address, tmp_path):
    there = found(tmp_path / "there", on(address))
    assert there == found(tmp_path / "here", executor_for)
    assert len(there) > 2


def test_ranges_come_back_in_order_and_an_early_end_leaves_nothing(address):
    source = cases(TINY)
    with closing(on(address)(TINY, source, TargetConfig(), 1)) as executor:
        assert executor.means.workers == 2
        spans = executor.sweep(5, 300)
        at = 5
        for span in spans:
            assert span.start == at
            at = span.stop
        assert at == 300
        rest = executor.sweep(300, None)
        next(rest)
        rest.close()
        assert executor.play(TINY.seeds[0].messages).verdict is None


def test_a_worker_that_is_killed_is_missed_by_nobody(tmp_path):
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    with local_cluster(tmp_path) as there, closing(on(there.address)(TINY, cases(TINY), TargetConfig(), 1)) as executor:
        spans = executor.sweep(0, 900)
        played = [next(spans)]
        there.workers[0].kill()
        played += spans
        assert [span.start for span in played] == [0, *(span.stop for span in played[:-1])]
        assert played[-1].stop == 900
        assert executor.means.workers == 1


def test_what_a_worker_cannot_load_is_told(address):
    target = TargetConfig(kind="training")
    other = replace(TINY, name="other")
    broken = on(address)(other, cases(other), target, 1)
    with closing(broken), pytest.raises(UsageError, match="does not know other"):
        list(broken.sweep(0, 10))


def test_nobody_there(monkeypatch):
    monkeypatch.setattr(cluster, "ANSWER_S", 0.5)
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    for address, error in (("tcp://127.0.0.1:1", TargetError), ("nowhere://x", UsageError)):
        with pytest.raises(error, match="scheduler"):
            cluster.cluster_executor(address, TINY, cases(TINY), TargetConfig(), load=tuple)


def test_without_the_extra_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"protocol-workbench\[cluster\]"):
        cluster.cluster_executor("tcp://127.0.0.1:1", TINY, cases(TINY), TargetConfig(), load=tuple)
