import os
import subprocess
import sys
from pathlib import Path

import pytest

from fuzzers.coverage import CoverageMap
from fuzzers.coverage.commands import COVER, LAUNCH

PROGRAM = """
import json, sys, os
import beside
def decide(word):
    if word == "a": return 1
    return 2
if __name__ == "__main__":
    decide(sys.argv[1]); beside.decide(sys.argv[1])
    import __main__
    print(json.dumps([sys.argv[1:], sys.path[0], __name__, __main__.decide is decide, os.path.basename(__file__)]))
    raise SystemExit(int(sys.argv[2]))
"""
BESIDE = """
def decide(word):
    if word == "a": return 1
    return 2
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "server.py").write_text(PROGRAM)
    (tmp_path / "beside.py").write_text(BESIDE)
    (tmp_path / "probes.py").write_text("raise SystemExit('this is the server's own module')".replace("'s", ""))
    return tmp_path


def run(folder: Path, *words: str, environment: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *words],
        env={**os.environ, **(environment or {})},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("words", [["server.py"], ["-m", "server"]])
def test_a_program_finds_everything_as_without_it(folder: Path, words: list[str]):
    coverage = CoverageMap()
    plain = run(folder, *words, "a", "3")
    launched = run(folder, str(LAUNCH), *words, "a", "3", environment=coverage.environment())
    assert launched.stdout == plain.stdout != ""
    assert (launched.returncode, launched.stderr) == (3, "")
    assert coverage.features()
    coverage.close()


@pytest.mark.parametrize("words", [["server.py"], ["-m", "server"]])
def test_equal_runs_reach_equal_places(folder: Path, words: list[str]):
    coverage = CoverageMap()
    signatures = []
    for word in "abab":
        coverage.clear()
        run(folder, str(LAUNCH), *words, word, "0", environment=coverage.environment())
        signatures.append(coverage.signature())
    coverage.close()
    assert signatures[:2] == signatures[2:]
    assert signatures[0] != signatures[1]


def test_packages_elsewhere_count_when_they_are_named(folder: Path, tmp_path_factory: pytest.TempPathFactory):
    away = tmp_path_factory.mktemp("away")
    (folder / "beside.py").rename(away / "beside.py")
    reached = []
    for named in ("", " other, beside "):
        coverage = CoverageMap()
        run(
            folder,
            str(LAUNCH),
            "server.py",
            "a",
            "0",
            environment={**coverage.environment(), COVER: named, "PYTHONPATH": str(away)},
        )
        reached.append(len(coverage.features()))
        coverage.close()
    assert reached[1] > reached[0] > 0


@pytest.mark.parametrize("environment", [{}, {"__AFL_SHM_ID": "no number"}, {"__AFL_SHM_ID": "2147483000"}])
def test_without_a_map_the_program_simply_runs(folder: Path, environment: dict[str, str]):
    launched = run(folder, str(LAUNCH), "server.py", "a", "0", environment=environment)
    assert launched.stdout == run(folder, "server.py", "a", "0").stdout


def test_an_error_shows_the_programs_own_line(folder: Path):
    (folder / "server.py").write_text("\n\ndef f():\n    raise RuntimeError('mine')\nf()\n")
    coverage = CoverageMap()
    launched = run(folder, str(LAUNCH), "server.py", environment=coverage.environment())
    coverage.close()
    assert launched.returncode == 1
    assert 'server.py", line 4, in f' in launched.stderr
    assert launched.stderr.endswith("RuntimeError: mine\n")
