"""The script of a finding that only the workbench can play."""

import subprocess
import sys

import pytest

from fuzzers.finding_folder import CaseFile, write_finding
from fuzzers.model import Ending, Execution, Verdict
from fuzzers.targets.config import TargetConfig
from workbench_quic.hq import PROTOCOL_HQ


@pytest.fixture
def script(tmp_path):
    def write(*plugins):
        case = CaseFile(
            protocol="hq",
            campaign_seed=0,
            case=1,
            origin="a page",
            oracle="crash",
            summary="boom",
            fingerprint="crash:boom",
            detail="",
            confirmed=True,
            target=TargetConfig(kind="reference"),
            messages=(b"x",),
            original=(b"x",),
            kept=(0,),
            plugins=plugins,
        )
        folder = tmp_path / "finding"
        write_finding(folder, PROTOCOL_HQ, case, Verdict("crash", "boom", "crash:boom"), Execution((), Ending.CRASHED), ())
        assert "standard library" not in (folder / "report.md").read_text()
        return folder / "replay.py"

    return write


def run(script, path):
    return subprocess.run([sys.executable, script], env={"PATH": str(path)}, capture_output=True, text=True, check=False)


def test_it_asks_the_workbench(script, tmp_path):
    program = tmp_path / "workbench"
    program.write_text(f"#!{sys.executable}\nimport sys\nprint(sys.argv[1:])\nsys.exit(1)\n")
    program.chmod(0o755)
    written = script("my file.py")
    done = run(written, tmp_path)
    assert done.stdout == f"['--plugin', 'my file.py', 'replay', '{written.parent}']\n"
    assert done.returncode == 1


def test_without_a_workbench(script, tmp_path):
    done = run(script(), tmp_path)
    assert (done.returncode, done.stderr) == (2, "NOT TRIED: workbench is not installed here\n")
