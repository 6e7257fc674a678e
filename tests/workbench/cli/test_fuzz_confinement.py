import argparse

import pytest

from fuzzers.targets.config import MEMORY, TargetConfig
from workbench.api import UsageError
from workbench.cli.fuzz_confinement import add_confinement_options, confined

COMMAND = TargetConfig(kind="command", command=("server",), environment={"A": "1", "B": "2"})


def given(target: TargetConfig, *words: str) -> TargetConfig:
    parser = argparse.ArgumentParser()
    add_confinement_options(parser.add_argument_group("target"))
    return confined(parser.parse_args(words), target)


def test_nothing_said_changes_nothing():
    assert given(COMMAND) == COMMAND
    assert given(TargetConfig(memory=7)).memory == 7


def test_each_option(tmp_path):
    words = ("--env", "B=x=y", "--env", "C=", "--memory", "64", "--netns", "off", "--keep-in", str(tmp_path), "--rate", "2.5")
    target = given(COMMAND, *words)
    assert target.environment == {"A": "1", "B": "x=y", "C": ""}
    assert (target.memory, target.netns, target.keep_in, target.rate) == (64 << 20, "off", str(tmp_path), 2.5)
    assert given(TargetConfig(kind="address"), "--rate", "10").rate == 10
    assert given(TargetConfig(), "--memory", "0").memory == 0
    assert given(TargetConfig()).memory == MEMORY


@pytest.mark.parametrize("word", ["A", "=1", "A=\0"])
def test_no_variable(word):
    with pytest.raises(UsageError, match="no variable"):
        given(COMMAND, "--env", word)


@pytest.mark.parametrize("words", [("--env", "A=1"), ("--keep-in", "kept")])
@pytest.mark.parametrize("kind", ["reference", "address"])
def test_what_is_about_a_server_of_ours(kind, words):
    with pytest.raises(UsageError, match="a server that we start"):
        given(TargetConfig(kind=kind), *words)


@pytest.mark.parametrize("words", [("--memory", "much"), ("--memory", "-1"), ("--rate", "0"), ("--rate", "x"), ("--rate", "inf")])
def test_no_numbers(words, capsys):
    with pytest.raises(SystemExit):
        given(COMMAND, *words)
    assert "is no number of" in capsys.readouterr().err
