"""Style and types are part of the suite, so that one command says whether a change may land."""

import subprocess
import sys

import pytest

from support.source import ROOT


def _run(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", *words], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_has_no_complaint():
    _run("ruff", "check", "--no-cache", ".")


def test_the_code_is_formatted():
    _run("ruff", "format", "--no-cache", "--check", ".")


@pytest.mark.timeout(300)
def test_types_are_strict(tmp_path):
    _run("mypy", "--cache-dir", str(tmp_path))
