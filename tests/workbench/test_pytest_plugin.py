import subprocess
import sys

import pytest

from fuzzers import Campaign, Ended, TargetConfig
from fuzzers.events import Stats
from support.toy import TOY
from workbench.pytest_plugin import TargetUnderTest

TESTS = """
import os
import sys
import pytest
from hypothesis import HealthCheck, given, settings
from fuzzers.strategies import sessions
from workbench.registry import load

STREAMBUS = load().get("streambus")
COMMAND = f"{sys.executable} -m workbench serve streambus --quiet --port {{port}}"
ROOTS = os.pathsep.join(sys.path)

@pytest.mark.workbench("streambus")
def test_sound(workbench_target):
    workbench_target.survives(cases=150)

@pytest.mark.workbench("streambus")
def test_one_message(workbench_target):
    seed = workbench_target.spec.seeds[0]
    assert workbench_target.check(*seed.messages)

@pytest.mark.workbench("streambus")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(said=sessions(STREAMBUS))
def test_drawn(workbench_target, said):
    workbench_target.check(*said)

@pytest.mark.workbench("streambus", training=True)
def test_faulty(workbench_target):
    workbench_target.survives(cases=200)

@pytest.mark.workbench("streambus", command=COMMAND, executor="live", environment={"PYTHONPATH": ROOTS})
def test_command(workbench_target):
    workbench_target.survives(cases=40)
    assert workbench_target.check(*workbench_target.spec.seeds[0].messages)

def test_no_mark(workbench_target):
    pass

def test_known(workbench_finding):
    workbench_finding.is_fixed()
"""


def run(folder, *words):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rA", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, check=False).stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A team's test, run once: the findings it has are kept."""
    folder = tmp_path_factory.mktemp("team")
    (folder / "test_server.py").write_text(TESTS)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    (folder / "findings").mkdir()
    out = run(folder, "--workbench-findings", "findings")
    (folder / "out.txt").write_text(out)
    return folder


def test_a_server_under_test(folder):
    out = (folder / "out.txt").read_text()
    for passed in ("test_sound", "test_one_message", "test_drawn", "test_command"):
        assert f"PASSED test_server.py::{passed}" in out
    assert "FAILED test_server.py::test_faulty - AssertionError: " in out
    assert "findings in 200 cases" in out
    assert "needs @pytest.mark.workbench" in out
    assert "SKIPPED" in out  # nothing was known yet


def test_findings_are_kept_and_tried_again(folder):
    kept = sorted(case.parent.name for case in (folder / "findings").glob("*/case.json"))
    assert kept
    out = run(folder, "--workbench-findings", "findings", "-k", "test_known")
    assert f"{len(kept)} failed" in out
    assert f"test_known[{kept[0]}]" in out
    assert "FAILED, 3 of 3" in out


def test_a_word_that_no_mark_knows(tmp_path):
    (tmp_path / "test_it.py").write_text(
        "import pytest\n@pytest.mark.workbench('streambus', commmand='x')\ndef test_it(workbench_target): pass\n"
    )
    assert "unexpected keyword argument 'commmand'" in run(tmp_path)


def test_ctrl_c_in_a_campaign_passes_no_test(tmp_path, monkeypatch):
    ended = Ended("interrupted", Stats(10, 1.0, 0, 0, 0, 0), ())
    monkeypatch.setattr(Campaign, "run", lambda _: iter([ended]))
    with pytest.raises(KeyboardInterrupt):
        TargetUnderTest(TOY, TargetConfig(), tmp_path, None, ()).survives(cases=100)


def test_a_folder_of_findings_that_is_not_there(tmp_path):
    (tmp_path / "test_it.py").write_text("def test_it(workbench_finding): pass\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--workbench-findings", "nowhere"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False)
    assert "nowhere: there is no such folder" in done.stdout + done.stderr
    assert done.returncode != 0
