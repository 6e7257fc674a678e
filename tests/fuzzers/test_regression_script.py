"""`test_repro.py`, run by a team that copied folders of findings among its tests: with our plugin for pytest and without it."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from fuzzers import Campaign, CampaignConfig, TargetConfig
from support.lines import LINES, SERVER
from workbench.api import Seed

PLUGIN = """
from construct import GreedyBytes, Struct
from workbench.api import ProtocolSpec, delimited

PROTOCOL = ProtocolSpec(name="lines", title="Lines", ports=(7070,), grammar=Struct("line" / GreedyBytes), frame=delimited(b"\\n"))
"""
CONFTEST = """
import sys
import pytest
from fuzzers import TargetConfig
from workbench.pytest_plugin import TargetUnderTest

@pytest.fixture
def workbench_target(tmp_path):
    config = TargetConfig(kind="command", command=(sys.executable, "-S", {server!r}, "{{port}}"))
    yield TargetUnderTest(None, config, tmp_path, None, ())
"""
FAULTS = (b"EXIT 3\n", b"RAISE x\n")


def run(folder: Path, *words: str) -> str:
    """A plain pytest run of the folder, with pytest's default import mode."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rA", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, check=False).stdout


def without_plugin(folder: Path) -> str:
    """The same where the workbench is not known to pytest."""
    return run(folder, "-p", "no:workbench")


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    """Two findings among the tests of a team, whose server is in a file that they can repair."""
    root = tmp_path_factory.mktemp("team")
    (root / "lines.py").write_text(PLUGIN)
    server = root / "server.py"
    server.write_text(SERVER.read_text())
    spec = replace(LINES, seeds=tuple(Seed(f"bad {number}", (line,)) for number, line in enumerate(FAULTS)))
    settings = CampaignConfig(
        protocol="lines",
        directory=root / "campaign",
        target=TargetConfig(kind="command", command=(sys.executable, "-S", str(server), "{port}")),
        cases=len(FAULTS),
        plugins=(root / "lines.py",),
        jobs=1,
    )
    *_, ended = Campaign(spec, settings).run()
    tests = root / "tests"
    for finding in ended.findings:
        shutil.copytree(finding.folder, tests / "findings" / finding.slug)
    names = [f"test_{finding.slug.replace('-', '_')}" for finding in ended.findings]
    assert len(names) == len(FAULTS)
    return SimpleNamespace(root=root, tests=tests, server=server, names=names)


def test_findings_fail_while_they_are_there_and_pass_when_repaired(team):
    for out in (run(team.tests), without_plugin(team.tests)):
        assert f"{len(FAULTS)} failed" in out
        assert all(name in out for name in team.names)
    assert "FAILED, 3 of 3" in run(team.tests)
    repaired = team.server.read_text().replace('word == b"EXIT"', "False").replace('word == b"RAISE"', "False")
    assert repaired.count("False") >= 2
    team.server.write_text(repaired)
    for out in (run(team.tests), without_plugin(team.tests)):
        assert f"{len(FAULTS)} passed" in out
    team.server.write_text(SERVER.read_text())


def test_another_server_is_named_by_a_fixture_of_the_team(team):
    own = team.root / "own.py"
    own.write_text(SERVER.read_text().replace('word == b"EXIT"', "False"))
    (team.tests / "conftest.py").write_text(CONFTEST.format(server=str(own)))
    out = run(team.tests)
    (team.tests / "conftest.py").unlink()
    assert "1 failed, 1 passed" in out


def test_without_a_server_it_is_skipped(team):
    aside = team.server.rename(team.root / "aside.py")
    out = without_plugin(team.tests)
    aside.rename(team.server)
    assert f"{len(FAULTS)} skipped" in out
    assert "CANNOT TELL" in out
