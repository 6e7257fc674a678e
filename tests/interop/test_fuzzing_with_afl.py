"""AFL++ itself: it takes what we export, we take its queue, and it writes its state under the names that we use."""

import os
import subprocess
from pathlib import Path

import pytest

from fuzzers.afl_files import PLOT, STATS, AflFiles
from fuzzers.corpus_files import Session, sessions_in, write_sessions
from fuzzers.events import Means, Stats
from support.shared import tool
from support.tiny import SEEDS, TINY

PROGRAM = """
#include <stdio.h>
int main(void) {
  unsigned char data[64]; size_t length = fread(data, 1, sizeof data, stdin);
  if (length > 3 && data[0] == 0) { if (data[3] > 3) puts("large"); if (data[4] == 2) { puts("sum"); if (data[2] == 9) puts("nine"); } }
  return 0;
}
"""
QUIET = {
    "AFL_NO_UI": "1",
    "AFL_SKIP_CPUFREQ": "1",
    "AFL_NO_AFFINITY": "1",
    "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1",
}
CASES = 2000


@pytest.fixture(scope="module")
def out(tmp_path_factory) -> Path:
    """The output folder of a short run of afl-fuzz that began with our export."""
    afl, compiler = tool("afl-fuzz"), tool("afl-clang-fast")
    folder = tmp_path_factory.mktemp("afl")
    (folder / "program.c").write_text(PROGRAM)
    subprocess.run(
        [compiler, "-o", folder / "program", folder / "program.c"],
        check=True,
        capture_output=True,
        env=os.environ | {"AFL_QUIET": "1"},
    )
    write_sessions([Session(seed.name, seed.messages) for seed in SEEDS], folder / "seeds", "raw")
    words = [afl, "-i", folder / "seeds", "-o", folder / "out", "-E", str(CASES), "--", folder / "program"]
    done = subprocess.run(words, check=False, capture_output=True, text=True, env=os.environ | QUIET, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "out"


def test_its_queue_becomes_sessions_again(out):
    sessions = list(sessions_in(TINY, out))
    assert len(sessions) == len(list((out / "default" / "queue").glob("id:*")))
    known = {session.messages for session in sessions}
    assert {seed.messages for seed in SEEDS} & known, "what it kept of ours has its borders again"
    assert any("src:" in session.name for session in sessions), "and there is something of its own"


def test_its_state_has_the_names_that_we_use(out, tmp_path):
    AflFiles(tmp_path, "tiny").update(Stats(means=Means("live", 1, 1.0, 65_536)), [])
    ours, theirs = ((place / STATS).read_text().splitlines() for place in (tmp_path, out / "default"))
    assert {line[:20] for line in ours} <= {line[:20] for line in theirs}
    ours, theirs = ((place / PLOT).read_text().splitlines() for place in (tmp_path, out / "default"))
    assert ours[0] == theirs[0]
