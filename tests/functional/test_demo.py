"""The main job, exactly as a user runs it."""

import json
import subprocess
import sys

import pytest


@pytest.mark.timeout(180)
def test_the_demo_keeps_its_promises(tmp_path):
    words = [sys.executable, "-m", "workbench", "demo", "--headless", "--json", "-o", str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["ok"] is True
    assert summary["seconds"] < 60
    assert summary["findings"] >= 1
    assert summary["reproduced"] == summary["findings"]
    assert {"http1", "streambus"} <= set(summary["protocols"])
    for campaign in summary["campaigns"]:
        for finding in campaign["findings"]:
            assert finding["outcome"] == "FAILED"
    assert (tmp_path / "dissected.pcapng").exists()
    assert "did everything it promised" in done.stderr
