import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fuzzers.afl_files import EVERY_S, PLOT, STATS, AflFiles
from fuzzers.events import Means, Stats
from fuzzers.model import Finding

NOW = 1_800_000_000
SEEN = Stats(5000, 100.0, 3, 2, 0, 0, 40, 123, 9, 4000, 61.0, 90.0, 70.0, Means("live", 2, 0.987, 65_536))


def finding(oracle: str) -> Finding:
    return Finding(f"{oracle}-1", oracle, "", f"{oracle}:1", 7, Path("x"), (b"x",), 1, 1)


def facts(directory: Path) -> dict[str, str]:
    lines = (directory / STATS).read_text().splitlines()
    assert all(line[18:20] == ": " for line in lines)
    return {line[:18].rstrip(): line[20:] for line in lines}


def test_the_facts(tmp_path):
    AflFiles(tmp_path, "tiny", lambda: NOW).update(SEEN, [finding("crash"), finding("hang"), finding("leak")])
    known = facts(tmp_path)
    assert (known["execs_done"], known["execs_per_sec"], known["corpus_count"], known["edges_found"]) == (
        "5000",
        "50.00",
        "40",
        "123",
    )
    assert (known["saved_crashes"], known["saved_hangs"], known["last_crash"]) == ("2", "1", str(NOW))
    assert (known["last_find"], known["start_time"], known["run_time"]) == (str(NOW - 10), str(NOW - 100), "100")
    assert (known["stability"], known["bitmap_cvg"], known["fuzzer_pid"]) == ("98.70%", "0.19%", str(os.getpid()))
    assert "stability" not in facts_of_unknown(tmp_path / "b")


def facts_of_unknown(directory: Path) -> dict[str, str]:
    directory.mkdir()
    AflFiles(directory, "tiny").update(Stats(), [])
    return facts(directory)


def test_now_and_then_and_at_the_end(tmp_path):
    files = AflFiles(tmp_path, "tiny", lambda: NOW)
    for tenth in range(int(10 * 3 * EVERY_S) + 1):
        files.update(replace(SEEN, seconds=tenth / 10, cases=tenth), [])
    files.update(replace(SEEN, seconds=16.0, cases=160), [], last=True)
    AflFiles(tmp_path, "tiny").update(replace(SEEN, seconds=17.0, cases=170), [])
    head, *lines = (tmp_path / PLOT).read_text().splitlines()
    assert len(head.split(",")) == 13
    assert all(len(line.split(",")) == 13 for line in lines)
    assert [line.split(", ")[11] for line in lines] == ["0", "50", "100", "150", "160", "170"], (
        "a resumed campaign goes on with it"
    )


def test_nothing_in_it_means_anything_to_a_shell(tmp_path):
    bad = tmp_path / 'a"; touch $(pwned) `x`'
    bad.mkdir()
    AflFiles(bad, "ti ny$(x)").update(SEEN, [])
    assert facts(bad)["afl_banner"] == "ti_ny_x_-a_touch_pwned_x_"


@pytest.mark.skipif(not shutil.which("afl-whatsup"), reason="AFL's tools are not installed")
def test_afl_whatsup_reads_it(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        AflFiles(tmp_path / name, "tiny").update(SEEN, [finding("crash")])
    done = subprocess.run(
        ["afl-whatsup", str(tmp_path)], capture_output=True, text=True, check=True, env=os.environ | {"TERM": "dumb"}
    )
    assert ">>> tiny-one (0 days, 0 hrs) fuzzer PID" in done.stdout
    assert "lifetime speed 50 execs/sec" in done.stdout
    assert "coverage 0.19%, crashes saved 1 (!)" in done.stdout
    assert "Fuzzers alive : 2" in done.stdout
    assert "Total execs : 10 thousands" in done.stdout
    assert done.stderr == ""
    alone = subprocess.run(
        ["afl-whatsup", str(tmp_path / "one")], capture_output=True, text=True, check=True, env=os.environ | {"TERM": "dumb"}
    )
    assert "Fuzzers alive : 1" in alone.stdout, "a campaign's own folder will do"


GNUPLOT = """\
#!{python}
import re, sys
for output, block in re.findall(r"set output '(.+?)'(.*?)(?=set terminal|\\Z)", sys.stdin.read(), re.S):
    rows = [line.split(", ") for line in open(re.search(r"'([^']*plot_data)'", block)[1]) if not line.startswith("#")]
    points = {{column: [float(row[int(column) - 1]) for row in rows] for column in re.findall(r"using 1:(\\d+)", block)}}
    open(output, "w").write(repr(points))
"""
"""Looks up the columns that it is asked to plot, as gnuplot would, and writes them down."""


@pytest.mark.skipif(not shutil.which("afl-plot"), reason="AFL's tools are not installed")
def test_afl_plot_finds_its_columns(tmp_path):
    state, tools = tmp_path / "state", tmp_path / "tools"
    for folder in (state, tools):
        folder.mkdir()
    (tools / "gnuplot").write_text(GNUPLOT.format(python=sys.executable))
    (tools / "gnuplot").chmod(0o755)
    files = AflFiles(state, "tiny")
    for seconds, edges in ((0.0, 10), (5.0, 20), (10.0, 123)):
        files.update(replace(SEEN, seconds=seconds, edges=edges), [finding("hang")])
    path = f"{tools}:{os.environ['PATH']}"
    done = subprocess.run(
        ["afl-plot", str(state), str(tmp_path / "plots")],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PATH": path},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "plots" / "edges.png").read_text() == "{'13': [10.0, 20.0, 123.0]}"
    assert "'11': [61.0, 61.0, 61.0]" in (tmp_path / "plots" / "exec_speed.png").read_text()
    assert "'9': [1.0, 1.0, 1.0]" in (tmp_path / "plots" / "low_freq.png").read_text()
    assert "tiny-state" in (tmp_path / "plots" / "index.html").read_text()
