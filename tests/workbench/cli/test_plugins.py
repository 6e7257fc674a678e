import json

import pytest

from support.commands import workbench
from workbench.laws import LAWS
from workbench.registry import load


def test_the_list():
    done = workbench("plugins", "list")
    assert done.code == 0
    assert {line.split()[0] for line in done.out.splitlines()} == {spec.name for spec in load().specs}
    facts = json.loads(workbench("plugins", "list", "--json").out)
    assert {"streambus", "http1"} <= {each["name"] for each in facts}
    checks = {each["name"]: each["checks"] for each in facts}
    lines = {line.split()[0]: line for line in done.out.splitlines()}
    assert lines["streambus"].endswith(f" {checks['streambus']} checks]")
    assert lines["quic"].endswith(f" [training {checks['quic']} checks]")


def test_everything_about_one():
    done = workbench("plugins", "show", "streambus")
    assert done.code == 0
    assert "9099" in done.out
    assert "start --Produce--> open" in done.out
    facts = json.loads(workbench("plugins", "show", "streambus", "--json").out)
    assert ["start", "Produce", "open"] in facts["transitions"]
    assert facts["server"] is True
    assert "workbench_streambus:PROTOCOL" in facts["origin"]


def test_an_unknown_one():
    done = workbench("plugins", "show", "steambus")
    assert done.code == 2
    assert "Did you mean streambus?" in done.err


def test_new_writes_a_plugin_that_keeps_the_laws(tmp_path):
    file = tmp_path / "mine.py"
    done = workbench("plugins", "new", "mine", "-o", file)
    assert (done.code, done.out) == (0, f"{file}\n")
    assert len(file.read_text().splitlines()) <= 60
    checked = workbench("plugins", "check", file)
    assert checked.code == 0, checked.out
    assert "all laws kept" in checked.err
    facts = json.loads(workbench("plugins", "check", file, "--json").out)
    assert all(law["kept"] for law in facts["mine"])
    assert len(facts["mine"]) == len(LAWS)


def test_new_overwrites_nothing(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("precious")
    done = workbench("plugins", "new", "mine", "-o", file)
    assert done.code == 2
    assert file.read_text() == "precious"


@pytest.mark.parametrize(("name", "expected"), [("Mine!", "lower-case word"), ("http1", "called http1 already")])
def test_new_needs_a_name_of_its_own(tmp_path, name, expected):
    done = workbench("plugins", "new", name, "-o", tmp_path / "x.py")
    assert done.code == 2
    assert expected in done.err


def test_a_broken_law_has_an_exit_code(tmp_path):
    file = tmp_path / "mine.py"
    workbench("plugins", "new", "mine", "-o", file)
    file.write_text(file.read_text().replace("Confidence.LIKELY if", "Confidence.WEAK if"))
    done = workbench("plugins", "check", file)
    assert done.code == 1
    assert "BROKEN mine its seeds probe LIKELY" in done.out
    assert "1 laws broken" in done.err


def test_a_file_that_cannot_be_loaded(tmp_path):
    (tmp_path / "bad.py").write_text("1/0")
    done = workbench("plugins", "check", tmp_path / "bad.py")
    assert done.code == 2
    assert "ZeroDivisionError" in done.err


def test_an_installed_one_is_checked_by_name():
    done = workbench("plugins", "check", "streambus", "--json")
    assert done.code == 0
    assert all(law["kept"] for law in json.loads(done.out)["streambus"])


@pytest.mark.parametrize("name", ["ip", "tcp", "data", "http", "port", "not"])
def test_new_takes_no_name_that_filters_know(tmp_path, name):
    done = workbench("plugins", "new", name, "-o", tmp_path / "x.py")
    assert done.code == 2
    assert "Choose another name" in done.err
    assert not (tmp_path / "x.py").exists()


def test_a_file_is_shown_like_it_is_checked(tmp_path):
    file = tmp_path / "mine.py"
    workbench("plugins", "new", "mine", "-o", file)
    done = workbench("plugins", "show", file)
    assert done.code == 0
    assert done.out.split()[:2] == ["name", "mine"]
    assert workbench("--plugin", file, "plugins", "show", file).code == 0


def test_what_is_planted_is_shown():
    done = workbench("plugins", "show", "streambus")
    assert "planted in the training server\n  eternity (crash on a magic value): GetOffset" in done.out
    [pages] = [
        each for each in json.loads(workbench("plugins", "show", "streambus", "--json").out)["faults"] if each["name"] == "pages"
    ]
    assert (pages["kind"], pages["oracles"]) == ("hang", ["hang"])
    assert [bytes.fromhex(data)[12] for data in pages["example"]] == [2]


def test_mutators_are_shown_with_the_rules_they_break():
    assert "mutators that know it\n  both-lengths (RFC 9112 6.3)\n" in workbench("plugins", "show", "http1").out
    shown = json.loads(workbench("plugins", "show", "dns-tcp", "--json").out)["mutators"]
    assert {"name": "prefix", "rule": "RFC 7766 8"} in shown
    assert "mutators" not in workbench("plugins", "show", "socks5-udp").out
