import shutil
import subprocess

import pytest

from support.commands import workbench
from workbench.cli.main import COMMANDS


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_command_is_in_the_script(shell):
    done = workbench("completion", shell)
    assert done.code == 0
    for name, _, _ in COMMANDS:
        assert name in done.out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_itself_accepts_the_script(shell, tmp_path):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    file = tmp_path / "script"
    file.write_text(workbench("completion", shell).out)
    done = subprocess.run([shell, "-n", str(file)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def _complete(tmp_path, *words: str) -> set[str]:
    file = tmp_path / "script"
    file.write_text(workbench("completion", "bash").out)
    listed = " ".join(words)
    script = f"source {file}; COMP_WORDS=({listed} ''); COMP_CWORD={len(words)}; _workbench; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path)
    return set(done.stdout.split())


def test_bash_completes_commands_options_and_words(tmp_path):
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    assert {"demo", "dissect", "--version"} <= _complete(tmp_path, "workbench")
    assert {"--keylog", "--decode-as", "--filter"} <= _complete(tmp_path, "workbench", "dissect")
    assert {"list", "show", "check", "new"} <= _complete(tmp_path, "workbench", "plugins")


def test_bash_completes_the_values_of_options(tmp_path):
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    assert {"pcapng", "har", "zeek-json"} <= _complete(tmp_path, "workbench", "export", "x.pcap", "--format")
    assert "--filter" not in _complete(tmp_path, "workbench", "export", "x.pcap", "--format")
    assert _complete(tmp_path, "workbench", "dissect", "--format") == {"text", "ndjson"}
    assert {"live", "fork"} <= _complete(tmp_path, "workbench", "fuzz", "http1", "--executor")


def test_bash_completes_the_options_behind_words(tmp_path):
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    assert {"--format", "--output", "--protocol"} <= _complete(tmp_path, "workbench", "corpus", "export")
    assert _complete(tmp_path, "workbench", "corpus", "export", "here", "--format") == {"replay", "raw"}


def test_fish_completes_the_values_of_options():
    assert "-l format -xa 'pcapng pcap ndjson" in workbench("completion", "fish").out
