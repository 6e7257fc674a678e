import argparse
from pathlib import Path
from types import SimpleNamespace

import pytest

from support.commands import workbench
from support.pcap import tcp_frames, write_pcap
from workbench.api import Direction
from workbench.cli import options


@pytest.fixture
def capture(tmp_path):
    return write_pcap(tmp_path / "x.pcap", tcp_frames([(Direction.TO_SERVER, b"hello")]))


def test_examples_stand_below_the_options():
    parser = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter)
    options.describe(parser, "What it does.", "workbench x\nworkbench y")
    assert parser.format_help().endswith("examples:\n  workbench x\n  workbench y\n")


def test_reading_options_are_everywhere():
    for command in ("info", "list", "dissect", "stats"):
        done = workbench(command, "--help")
        assert all(option in done.out for option in ("--keylog", "--decode-as", "--json")), command


def test_a_start_carries_the_options(monkeypatch, tmp_path):
    (tmp_path / "settings.toml").write_text('keymap = "wireshark"\ncache_mib = 2\n')
    monkeypatch.setenv("WORKBENCH_SETTINGS", str(tmp_path / "settings.toml"))
    args = argparse.Namespace(plugins=[Path("a.py")], decode_as=["tcp.port==1,toy"], keylog=Path("k"), filter="toy")
    start = options.start_with(args)
    assert (start.plugin_files, start.decode_as, start.keylog, start.filter) == (
        (Path("a.py"),),
        ("tcp.port==1,toy",),
        Path("k"),
        "toy",
    )
    assert (start.keymap, start.cache_bytes) == ("wireshark", 2 * 1024 * 1024)


def test_settings_load_plugins(monkeypatch, tmp_path):
    workbench("plugins", "new", "mine", "-o", tmp_path / "mine.py")
    (tmp_path / "settings.toml").write_text(f'plugins = ["{tmp_path}/mine.py"]\n')
    monkeypatch.setenv("WORKBENCH_SETTINGS", str(tmp_path / "settings.toml"))
    assert "mine" in workbench("plugins", "list", "--names").out.split()


def test_a_plugin_that_was_named_must_work(capture, tmp_path):
    (tmp_path / "bad.py").write_text("import nonsense_of_a_module")
    for command in (["dissect", capture], ["list", capture], ["info", capture], ["stats", capture]):
        for file, told in ((tmp_path / "bad.py", "nonsense_of_a_module"), (tmp_path / "none.py", "no such file")):
            done = workbench("--plugin", file, *command)
            assert (done.code, done.out) == (2, "")
            assert str(file) in done.err
            assert told in done.err


def test_a_broken_plugin_of_the_settings_is_a_warning(monkeypatch, capture, tmp_path):
    (tmp_path / "bad.py").write_text("import nonsense_of_a_module")
    (tmp_path / "settings.toml").write_text(f'plugins = ["{tmp_path}/bad.py"]\n')
    monkeypatch.setenv("WORKBENCH_SETTINGS", str(tmp_path / "settings.toml"))
    done = workbench("dissect", capture)
    assert done.code == 0
    assert "workbench: warning: " in done.err
    assert "nonsense_of_a_module" in done.err


def test_a_mistake_in_a_filter_is_pointed_at(capture):
    done = workbench("dissect", capture, "--filter", "tcp ip>5")
    assert done.code == 2
    first, caret, sentence = done.err.splitlines()
    assert first[caret.index("^")] == "5"
    assert "5 is neither an address nor a network" in sentence


@pytest.mark.parametrize("command", ["dissect", "list"])
def test_a_filter_that_matches_nothing_is_doubted(capture, command):
    done = workbench(command, capture, "--filter", "nosuch http.nosuch==1")
    assert (done.code, done.out) == (0, "")
    assert "nosuch was looked for as text" in done.err
    assert "is http.nosuch spelt right?" in done.err
    assert workbench(command, capture, "--filter", "hello").err == ""


@pytest.mark.parametrize("command", ["dissect", "list", "export"])
def test_the_filter_language_is_explained(command):
    assert "filters: terms joined by spaces" in workbench(command, "--help").out


def test_a_wrong_rule_is_refused(capture):
    done = workbench("dissect", capture, "--decode-as", "tcp.port==1,nobody")
    assert done.code == 2
    assert "nobody" in done.err


def test_a_wrong_filter_is_shown_with_a_caret(capture):
    done = workbench("dissect", capture, "--filter", 'http1 "open')
    assert done.code == 2
    assert "^" in done.err.replace("\\n", "\n")


def test_a_damaged_file_is_a_warning(capture):
    capture.write_bytes(capture.read_bytes()[:-5])
    done = workbench("info", capture)
    assert done.code == 0
    assert "workbench: warning:" in done.err


@pytest.mark.parametrize("command", ["info", "list", "dissect", "stats"])
def test_a_file_that_is_none(command, tmp_path):
    for text in (b"", b"nonsense"):
        (tmp_path / "x").write_bytes(text)
        done = workbench(command, tmp_path / "x")
        assert done.code == 2
        assert done.err.startswith(f"workbench: {tmp_path}/x: ")
    assert workbench(command, tmp_path / "gone").code == 2
    assert workbench(command, tmp_path).code == 2


def test_watched_messages_are_the_same_messages():
    shown = []
    console = SimpleNamespace(progress=shown.append)
    assert list(options.watched(range(1_200), console)) == list(range(1_200))
    assert shown == ["dissecting: 500 messages", "dissecting: 1,000 messages"]


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5", "9" * 30, ""])
def test_counts_start_at_one(text):
    with pytest.raises(argparse.ArgumentTypeError):
        options.positive(text)
    assert options.positive("12") == 12


@pytest.mark.parametrize("text", ["-1", "x", "inf", "nan", ""])
def test_seconds_are_not_negative(text):
    with pytest.raises(argparse.ArgumentTypeError):
        options.seconds(text)
    assert options.seconds("0") == 0
    assert options.seconds("1.5") == 1.5
