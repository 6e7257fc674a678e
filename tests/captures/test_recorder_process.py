"""The line protocol between a recorder and its parent, with children of a few lines."""

import os
import signal
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

import captures.recorder_process
from captures.recorder_process import RecorderProcess
from support.waiting import until
from workbench.api import CaptureError, UsageError


@dataclass(frozen=True)
class Counters:
    packets: int = 0


def child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str) -> str:
    """A module whose `record(stop, report)` is `body`; returns its name."""
    code = "from captures.recorder_process import serve_parent\nfrom workbench.api import CaptureError, UsageError\nimport sys, time\n"
    code += "def record(stop, report):\n" + textwrap.indent(textwrap.dedent(body), "    ") + "\nsys.exit(serve_parent(record))\n"
    (tmp_path / "childish.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path]))
    return "childish"


COUNT = """
    packets = 0
    report({"packets": 0})
    while not stop():
        packets += 1
        report({"packets": packets})
        time.sleep(0.001)
    report({"packets": 1000 + packets})
"""


def test_counters_arrive_and_the_last_ones_for_certain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    with RecorderProcess(child(monkeypatch, tmp_path, COUNT), [], Counters) as process:
        assert process.running
        until(lambda: process.counters.packets > 0)
        assert process.stop().packets >= 1000
        assert process.stop() == process.counters
    assert not process.running


def test_counters_told_once_arrive_without_a_further_report(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    body = """
        report({"packets": 0})
        report({"packets": 7})
        while not stop():
            time.sleep(0.001)
    """
    with RecorderProcess(child(monkeypatch, tmp_path, body), [], Counters) as process:
        until(lambda: process.counters.packets == 7)


@pytest.mark.parametrize("kind", [CaptureError, UsageError])
def test_an_error_before_the_start_is_raised_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: type[Exception]):
    body = f'raise {kind.__name__}("no such thing", place="eth7", remedy="Take another")'
    with pytest.raises(kind, match=r"^eth7: no such thing\. Take another$"):
        RecorderProcess(child(monkeypatch, tmp_path, body), [], Counters)


def test_an_error_later_is_raised_when_stopping(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    body = """
        report({"packets": 3})
        raise CaptureError("the disk is full")
    """
    with RecorderProcess(child(monkeypatch, tmp_path, body), [], Counters) as process:
        until(lambda: not process.running)
        with pytest.raises(CaptureError, match="the disk is full"):
            process.stop()
        assert process.counters.packets == 3


def test_a_child_that_crashes_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    with pytest.raises(CaptureError, match="ended with status 3 before it began"):
        RecorderProcess(child(monkeypatch, tmp_path, "sys.exit(3)"), [], Counters)


def test_a_child_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(captures.recorder_process, "START_S", 0.05)
    with pytest.raises(CaptureError, match=r"said nothing within 0\.05 s"):
        RecorderProcess(child(monkeypatch, tmp_path, "while not stop(): time.sleep(0.001)"), [], Counters)


def test_a_child_that_does_not_stop_is_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(captures.recorder_process, "STOP_S", 0.05)
    body = """
        report({"packets": 1})
        while True:
            time.sleep(0.001)
    """
    with RecorderProcess(child(monkeypatch, tmp_path, body), [], Counters) as process:
        with pytest.raises(CaptureError, match="did not stop and was killed"):
            process.stop()
        assert not process.running


def test_a_signal_stops_it_in_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    with RecorderProcess(child(monkeypatch, tmp_path, COUNT), [], Counters) as process:
        os.kill(process.pid, signal.SIGTERM)
        until(lambda: not process.running)
        assert process.counters.packets >= 1000


def test_a_killed_process_is_a_failure_when_stopping(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    with RecorderProcess(child(monkeypatch, tmp_path, COUNT), [], Counters) as process:
        os.kill(process.pid, signal.SIGKILL)
        until(lambda: not process.running)
        with pytest.raises(CaptureError, match="ended with status -9"):
            process.stop()


def test_leaving_the_block_stops_it_in_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    with RecorderProcess(child(monkeypatch, tmp_path, COUNT), [], Counters) as process:
        pass
    assert process.counters.packets >= 1000
