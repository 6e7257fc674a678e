"""The training target in C, built here: it is a sound server without the triggers, and each of its faults shows."""

import shutil
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from fuzzers import TargetConfig, cases
from fuzzers.targets.making import executor_for
from workbench.api import FaultKind
from workbench.registry import load
from workbench_streambus import training_c
from workbench_streambus.training_c import FAULTS, FORGIVEN

SOURCE = Path(training_c.__file__).with_name("training.c")
STREAMBUS = load().get("streambus")


@pytest.fixture(scope="module", params=["plain", "sanitized"])
def server(request, tmp_path_factory) -> tuple[TargetConfig, bool]:
    """The target, and whether a sanitizer looks."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    program = tmp_path_factory.mktemp("c") / request.param
    sanitized = request.param == "sanitized"
    flags = ["-g", "-fsanitize=address", "-fno-omit-frame-pointer"] if sanitized else ["-O1"]
    words = [
        compiler,
        "-std=c99",
        "-D_POSIX_C_SOURCE=200809L",
        "-Wall",
        "-Wextra",
        "-Werror",
        *flags,
        str(SOURCE),
        "-o",
        str(program),
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if sanitized and "cannot find" in done.stderr:
        pytest.skip("this compiler has no sanitizers")
    assert done.returncode == 0, done.stderr
    return TargetConfig(kind="command", command=(str(program), "{port}"), executor="live"), sanitized


def test_it_has_faults_of_all_kinds():
    assert {fault.kind for fault in FAULTS} == set(FaultKind)
    assert {fault.name for fault in FAULTS} > FORGIVEN
    text = SOURCE.read_text()
    assert all(f"FAULT {fault.name}:" in text for fault in FAULTS)


def test_seeds_meet_none_of_them(server):
    with closing(executor_for(STREAMBUS, cases(STREAMBUS), server[0])) as executor:
        for seed in STREAMBUS.seeds:
            judged = executor.play(seed.messages)
            assert judged.verdict is None, seed.name
            assert judged.execution.replies, seed.name


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_each_shows(server, fault):
    target, sanitized = server
    if fault.name in FORGIVEN and not sanitized:
        pytest.skip("only a sanitizer sees it for certain")
    with closing(executor_for(STREAMBUS, cases(STREAMBUS), target)) as executor:
        executor.renew()
        verdict = executor.play(fault.example, patient=True).verdict
        assert verdict is not None
        assert verdict.oracle in fault.oracles
