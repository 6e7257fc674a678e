"""The floors: who may import whom, and what starting up must not drag in."""

import subprocess
import sys

import pytest

from support.source import ROOT

HEAVY = ("numpy", "scapy", "textual", "h11", "asyncio")


def _loaded_by(statement: str) -> set[str]:
    probe = f"import sys; {statement}; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_floors_and_fences():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_api_is_light():
    assert not _loaded_by("import workbench.api") & set(HEAVY)


def test_the_command_line_starts_light():
    assert not _loaded_by("import workbench.__main__, workbench.cli.main") & {"numpy", "scapy", "textual", "h11"}


@pytest.mark.parametrize("words", ["['plugins', 'list']", "['doctor', '--json']"])
def test_headless_commands_do_not_load_textual(words: str):
    statement = (
        f"from workbench.cli.main import main; import io; sys.stdout = io.StringIO(); main({words}); sys.stdout = sys.__stdout__"
    )
    assert "textual" not in _loaded_by(statement)
