import subprocess
import sys

import pytest

from support.commands import workbench
from workbench.cli import main as cli
from workbench.cli.main import COMMANDS, build_parser

NAMES = [name for name, _, _ in COMMANDS]


def _command(monkeypatch, run):
    """`workbench doctor`, doing something else."""
    monkeypatch.setattr("workbench.cli.doctor.run", run)


def test_the_version_is_the_distributions():
    done = workbench("--version")
    assert (done.code, done.out) == (0, "workbench 0.1.0\n")


def test_help_names_every_command():
    done = workbench("--help")
    assert done.code == 0
    assert all(f"    {name} " in done.out for name in NAMES)
    assert "exit codes" in done.out


@pytest.mark.parametrize("name", NAMES)
def test_every_command_teaches_itself(name):
    done = workbench(name, "--help")
    assert done.code == 0
    assert "examples:" in done.out
    assert f"workbench {name}" in done.out.split("examples:")[1] or name == "completion"
    assert "--plugin" in done.out


def test_nothing_prints_help_where_nobody_watches():
    assert workbench().out == workbench("--help").out
    assert workbench(launch_tui=lambda _: 7).code == 0


def test_nothing_opens_the_explorer_on_a_terminal():
    starts = []
    done = workbench(launch_tui=lambda start: starts.append(start) or 7, terminal=True)
    assert done.code == 7
    assert starts[0].path is None
    assert not starts[0].demo


@pytest.mark.parametrize("words", [("nonsense",), ("info",), ("list", "x", "--format", "xml"), ("serve", "http1", "--port", "x")])
def test_words_without_sense_are_one_sentence(words):
    done = workbench(*words)
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("workbench: ")
    assert done.err.count("\n") == 1
    assert "--help" in done.err


def test_what_was_typed_is_shown_without_its_escapes():
    done = workbench("list", "x", "--bad\x1b[31m\x07")
    assert done.code == 2
    assert "\x1b" not in done.err
    assert "--bad\\x1b[31m\\x07" in done.err


def test_plugins_may_be_named_before_between_and_after_the_words(tmp_path):
    names = ("one", "two", "three")
    files = [tmp_path / f"{name}.py" for name in names]
    for name, file in zip(names, files, strict=True):
        assert workbench("plugins", "new", name, "-o", file).code == 0
    done = workbench("--plugin", files[0], "plugins", "--plugin", files[1], "list", "--names", "--plugin", files[2])
    assert set(names) <= set(done.out.split())


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), "not enough memory"),
        (PermissionError(13, "Permission denied", "x.pcap"), "x.pcap: Permission denied"),
        (OSError(28, "No space left on device"), "No space left"),
        (ValueError("bug\x1b[31m"), "internal error: ValueError: bug\\x1b[31m"),
    ],
)
def test_whatever_happens_is_one_sentence(monkeypatch, error, expected):
    def run(args, console):
        raise error

    _command(monkeypatch, run)
    done = workbench("doctor")
    assert done.code == 2
    assert expected in done.err
    assert done.err.count("\n") == 1
    assert "Traceback" not in done.err


def test_a_defect_can_be_looked_at(monkeypatch):
    def run(args, console):
        raise ValueError("bug")

    monkeypatch.setenv("WORKBENCH_TRACE", "1")
    _command(monkeypatch, run)
    with pytest.raises(ValueError, match="bug"):
        workbench("doctor")


def test_interruption_has_its_own_code(monkeypatch):
    def run(args, console):
        raise KeyboardInterrupt

    _command(monkeypatch, run)
    assert workbench("doctor").code == 130


def test_a_reader_that_left_is_no_error():
    script = f"{sys.executable} -m workbench plugins show http1 | head -c 10"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_only_the_module_of_the_command_is_loaded():
    probe = "import sys; from workbench.cli.main import main; main(['plugins', 'list', '--names']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert "workbench.cli.plugins" in loaded
    assert not {"workbench.cli.serve", "workbench.cli.demo", "numpy", "textual", "scapy"} & loaded


def test_everything_can_be_configured_at_once():
    parser = build_parser((), everything=True)
    assert parser.parse_args(["info", "x.pcap"]).run is not None
    assert cli.FOUND == 1
