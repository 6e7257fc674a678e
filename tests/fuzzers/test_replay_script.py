"""The script that stands in finding folders, run as its user runs it: by a Python without this project."""

import ast
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fuzzers import Campaign, CampaignConfig, TargetConfig, replay_script
from fuzzers.targets import watchers
from support.lines import LINES, command
from support.tiny import CRASH, LEAK, TINY, WRONG, packet
from workbench.api import Seed
from workbench.serving import running


def run(script: Path, *words: str) -> tuple[int, str]:
    """Exit code and output of a script under an isolated interpreter without site-packages."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(script), *words], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def found(spec, directory: Path, target: TargetConfig, kinds: int = 1) -> dict[str, Path]:
    """Scripts of a campaign over the seeds of `spec`, by oracle."""
    settings = CampaignConfig(protocol=spec.name, directory=directory, target=target, cases=kinds)
    ended = list(Campaign(spec, settings).run())[-1]
    return {finding.oracle: finding.folder / "replay.py" for finding in ended.findings}


def test_imports_the_standard_library_only():
    tree = ast.parse(Path(replay_script.__file__).read_text())
    imported = {alias.name.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {(node.module or "").partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= sys.stdlib_module_names


@pytest.mark.parametrize(
    ("line", "oracle", "words"),
    [
        (b"ABORT\n", "crash", "status -6"),
        (b"EXIT 3\n", "crash", "status 3"),
        (b"RAISE x\n", "crash", "status 1"),
        (b"LOOP\n", "hang", "answers nobody"),
    ],
)
def test_a_recorded_command(tmp_path, monkeypatch, line: bytes, oracle: str, words: str):
    monkeypatch.setattr(watchers, "HANG_CPU_NS", 40_000_000)  # nothing honest runs here, so hangs may be believed sooner
    monkeypatch.setattr(watchers, "PATIENCE", 1)
    spec = replace(LINES, seeds=(Seed("greet", (b"HI\n",)), Seed("bad", (line,))))
    script = found(spec, tmp_path, TargetConfig(kind="command", command=command()), 2)[oracle]
    script.write_text(script.read_text().replace("REPLY_S = 2.0", "REPLY_S = 0.2"))
    code, out = run(script)
    assert code == 1
    assert re.fullmatch(f"FAILED: .*{words}.*\n", out)


def test_a_recorded_command_whose_server_was_repaired(tmp_path):
    server = tmp_path / "server.py"
    source = Path(command()[2]).read_text()
    server.write_text(source)
    spec = replace(LINES, seeds=(Seed("bad", (b"EXIT 3\n",)),))
    target = TargetConfig(kind="command", command=(sys.executable, "-S", str(server), "{port}"))
    script = found(spec, tmp_path / "campaign", target)["crash"]
    assert run(script)[0] == 1
    server.write_text(source.replace('if word == b"EXIT"', "if False"))
    assert run(script) == (0, "FIXED: exit status 3\n")
    server.write_text("raise SystemExit")
    code, out = run(script)
    assert code == 2
    assert out.startswith("NOT TRIED: the server does not listen")


KINDS = {"crash": CRASH, "reply": WRONG, "leak": LEAK}


@pytest.fixture(scope="module")
def in_process(tmp_path_factory):
    """Scripts of findings in the faulty in-process server."""
    seeds = tuple(Seed(f"seed {kind}", (packet(1, "echo"), packet(2, kind))) for kind in KINDS.values())
    spec = replace(TINY, seeds=seeds)
    return found(spec, tmp_path_factory.mktemp("campaign"), TargetConfig(kind="training"), len(seeds))


@pytest.mark.parametrize("oracle", KINDS)
def test_an_address(in_process: dict[str, Path], oracle: str):
    with running(TINY.training) as server:
        code, out = run(in_process[oracle], str(server.endpoint))
        assert code == 1
        assert out.startswith("FAILED: ")
    with running(TINY.server) as server:
        code, out = run(in_process[oracle], str(server.endpoint))
        assert code == 0
        assert out.startswith("FIXED: ")
    code, out = run(in_process[oracle], str(server.endpoint))
    assert code == 2
    assert out.startswith("NOT TRIED: nobody takes connections")


def test_without_a_command_it_says_how_to_start_the_server(in_process: dict[str, Path]):
    code, out = run(in_process["crash"])
    assert code == 2
    assert "python3 replay.py -- workbench serve tiny --training --abort-on-crash --port '{port}'" in out


def test_hanging_up_without_an_answer(monkeypatch):
    monkeypatch.setattr(replay_script, "CASE", {"oracle": "hangup", "secret": [], "messages": [], "evidence": ""})
    for said, wrong in (((b"", False, True), True), ((b"x", True, True), False), ((b"", False, False), False)):
        monkeypatch.setattr(replay_script, "converse", lambda *_, said=said: said)
        assert bool(replay_script.judge(("127.0.0.1", 1), None, "")) is wrong
