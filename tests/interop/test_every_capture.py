"""No capture that others made makes a reading command crash, hang or eat the memory. Here a sample of them; all of them by hand:

PYTHONPATH=tests .venv/bin/python tests/support/sweep.py ../shared/captures
"""

import json
import subprocess
import sys

import pytest

from support.shared import ROOT, shared_captures

EVERY = 25
"""One capture in so many: the whole sweep takes a minute or two."""


@pytest.mark.timeout(300)
def test_a_sample_of_all_captures():
    folder = shared_captures()
    words = [sys.executable, str(ROOT / "tests" / "support" / "sweep.py"), str(folder), str(EVERY)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT / "tests")})
    *complaints, sums = [json.loads(line) for line in done.stdout.splitlines()]
    assert complaints == [], done.stderr
    assert done.returncode == 0
    assert sums["files"] > 20
    assert sums["peak_mib"] < 1024
