"""A regression test for one finding of a fuzz campaign: passes when the defect is gone. Copy the whole folder into your tests.

With the workbench's plugin for pytest its oracles judge, three times, on the recorded target or on the one that a fixture or mark of yours
names; without it repro.py does, on the recorded target, with nothing but Python's standard library.
"""

import subprocess
import sys
from pathlib import Path

import pytest

SUMMARY = ""
FOLDER = Path(__file__).resolve().parent
CANNOT_TELL = 2


def check_finding(request: pytest.FixtureRequest) -> None:
    """The defect is gone."""
    if request.config.pluginmanager.hasplugin("workbench"):
        request.getfixturevalue("workbench_target").has_fixed(FOLDER)
        return
    done = subprocess.run([sys.executable, str(FOLDER / "repro.py")], capture_output=True, text=True, check=False)  # noqa: S603 - our own script
    if done.returncode == CANNOT_TELL:
        pytest.skip(f"{SUMMARY}: {done.stdout.strip()}")
    assert done.returncode == 0, done.stdout + done.stderr
