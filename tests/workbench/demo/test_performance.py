import pytest

from workbench.demo import performance
from workbench.demo.performance import play
from workbench.events import DemoDone, DemoFact, DemoStep
from workbench.registry import Registry, load


@pytest.fixture
def quick(monkeypatch):
    """A demo whose campaigns are short."""
    monkeypatch.setattr("workbench.demo.fuzzing.FINDINGS", 1)
    monkeypatch.setattr("workbench.demo.fuzzing.CASES", 100)


@pytest.mark.usefixtures("quick")
def test_all_five_steps(tmp_path):
    *events, done = play(load(), tmp_path, seed=2, may_capture=lambda: "not in this test")
    assert [event.number for event in events if isinstance(event, DemoStep)] == [1, 2, 3, 4, 5]
    assert isinstance(done, DemoDone)
    assert done.failures == ()
    assert done.ok
    summary = done.summary
    assert summary["watched_by"] == "tap relay"
    assert summary["protocols"]["http1"]["messages"] > 100
    assert summary["protocols"]["streambus"]["with_errors"] == 0
    assert summary["read_back"]["packets"] == summary["packets"]
    assert summary["findings"] == summary["reproduced"] >= 1
    assert any(row["p99_ns"] >= row["p50_ns"] > 0 for row in summary["latency"])


def test_what_fails_is_told_at_the_end(tmp_path):
    *_, done = play(Registry(()), tmp_path)
    assert not done.ok
    assert "no installed protocol" in done.failures[0]
    assert done.summary["failures"] == list(done.failures)


def test_a_promise_that_is_not_kept_is_a_failure(tmp_path, monkeypatch):
    def nothing(*_):
        yield DemoFact("nothing to see")
        yield {"protocol": "x", "findings": []}

    monkeypatch.setattr(performance, "fuzz_and_replay", nothing)
    *_, done = play(load(), tmp_path, may_capture=lambda: "not in this test")
    assert not done.ok
    assert done.failures == ("the campaigns found nothing",)
