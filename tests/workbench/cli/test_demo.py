import json

import pytest

from support.commands import workbench
from workbench.events import DemoDone, DemoFact, DemoProgress, DemoStep


@pytest.fixture
def performed(monkeypatch):
    """Replaces the performance by a short one; collects what it was asked."""
    asked = []

    def perform(ok: bool):
        def play(registry, folder, *, seed):
            asked.append((folder, seed))
            yield DemoStep(1, "begin")
            yield DemoProgress("working")
            yield DemoFact("seen\x1b", "seen", 3)
            yield DemoDone(ok, () if ok else ("it broke",), {"ok": ok, "seen": 3})

        monkeypatch.setattr("workbench.demo.play", play)
        return asked

    return perform


def test_text(performed, tmp_path):
    asked = performed(True)
    done = workbench("demo", "--headless", "--seed", "7", "-o", tmp_path / "out")
    assert done.code == 0
    assert done.out.splitlines()[:2] == ["1. begin", "   seen\\x1b"]
    assert asked == [(tmp_path / "out", 7)]


def test_json(performed, tmp_path):
    performed(True)
    done = workbench("demo", "--json", "-o", tmp_path)
    assert json.loads(done.out) == {"ok": True, "seen": 3}
    assert "1. begin" in done.err


def test_a_failure_has_an_exit_code(performed, tmp_path):
    performed(False)
    done = workbench("demo", "--headless", "-o", tmp_path)
    assert done.code == 1
    assert "it broke" in done.err


def test_on_a_terminal_the_explorer_opens(tmp_path):
    starts = []
    done = workbench("demo", "--seed", 5, launch_tui=lambda start: starts.append(start) or 0, terminal=True)
    assert done.code == 0
    assert (starts[0].demo, starts[0].seed) == (True, 5)


def test_headless_on_a_terminal(performed, tmp_path):
    asked = performed(True)
    assert workbench("demo", "--headless", "-o", tmp_path, launch_tui=lambda _: 9, terminal=True).code == 0
    assert len(asked) == 1
