"""Campaigns as processes: interrupted, killed, resumed; a finding's own script runs without the workbench."""

import json
import signal
import subprocess
import sys

import pytest

from support.commands import workbench, workbench_process
from support.waiting import until


def _cases(folder) -> int:
    done = workbench("report", folder, "--json")
    return json.loads(done.out)["cases"] if done.code == 0 else 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -9)])
def test_a_campaign_that_was_stopped_goes_on(tmp_path, number, code):
    folder = tmp_path / "campaign"
    process = workbench_process("fuzz", "streambus", "--seconds", 60, "--jobs", 1, "-o", folder)
    try:
        played = until(lambda: _cases(folder), "played cases", seconds=30)
        process.send_signal(number)
        process.communicate(timeout=20)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == code
    kept = _cases(folder)
    assert kept >= played
    resumed = workbench("fuzz", "streambus", "-o", folder, "--resume", "--jobs", 1, "--cases", kept + 50)
    assert resumed.code == 0, resumed.err
    assert f"going on with case {kept:,}" in resumed.err
    assert _cases(folder) == kept + 50


def test_a_finding_replays_without_the_command(tmp_path):
    folder = tmp_path / "campaign"
    assert workbench("fuzz", "streambus", "--training", "--stop-after", 1, "--jobs", 1, "-o", folder).code == 1
    (script,) = folder.glob("findings/*/repro.py")
    server = [sys.executable, "-m", "workbench", "serve", "streambus", "--training", "--abort-on-crash", "--port", "{port}"]
    words = [sys.executable, str(script), "--", *server]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "FAILED" in done.stdout) == (1, True), done.stdout + done.stderr
