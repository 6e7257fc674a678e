import argparse
from pathlib import Path

import pytest

from workbench.api import UsageError
from workbench.cli.fuzz_target import add_target_options, target_of


def _args(**more) -> argparse.Namespace:
    """As nobody typed anything, but for `more`."""
    parser = argparse.ArgumentParser()
    add_target_options(parser)
    return argparse.Namespace(**(vars(parser.parse_args([])) | more))


def test_targets():
    assert target_of(_args()).kind == "reference"
    assert target_of(_args(training=True)).kind == "training"
    address = target_of(_args(target="[::1]:80", i_own_this_target="::1"))
    assert (address.kind, address.host, address.port, address.allow_host) == ("address", "::1", 80, "::1")
    command = target_of(_args(shell_command="server --name 'a b' {port}", target_port=8080))
    assert (command.command, command.port) == (("server", "--name", "a b", "{port}"), 8080)
    command = target_of(_args(shell_command="server", executor="fork", coverage="off"))
    assert (command.executor, command.coverage) == ("fork", "off")


@pytest.mark.parametrize(
    "more",
    [
        {"target": "nowhere"},
        {"shell_command": "'open"},
        {"shell_command": ""},
        {"target_port": 80},
        {"quirks": Path("q")},
        {"monitor": "no.function"},
        {"tls": True},
        {"executor": "fork"},
        {"executor": "fork", "target": "127.0.0.1:80"},
    ],
)
def test_what_is_no_target(more):
    with pytest.raises(UsageError):
        target_of(_args(**more))


def test_the_port_has_an_older_name_and_the_reference_server_a_word():
    parser = argparse.ArgumentParser()
    add_target_options(parser)
    assert target_of(parser.parse_args(["--command", "s", "--port", "80"])).port == 80
    assert target_of(parser.parse_args(["--command", "s", "--target-port", "80"])).port == 80
    assert target_of(parser.parse_args(["--reference"])).kind == "reference"


def test_several_servers_to_compare(tmp_path):
    parser = argparse.ArgumentParser()
    add_target_options(parser)
    other, quirks = tmp_path / "other.toml", tmp_path / "quirks.toml"
    other.write_text('command = "serve {port}"')
    quirks.write_text('[[quirk]]\nreason = "so"')
    words = ["--differential", "reference", str(other), "training", "--quirks", str(quirks)]
    target = target_of(parser.parse_args(words))
    assert target.described("tiny") == "reference against other against training"
    assert target.quirks == quirks.read_text()


def test_what_is_asked_for_inside_tls(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    parser = argparse.ArgumentParser()
    add_target_options(parser)
    words = [
        "--target",
        "127.0.0.1:8443",
        "--tls",
        "--sni",
        "a.test",
        "--alpn",
        "h2,http/1.1",
        "--ca",
        "ca.pem",
        "--target-keylog",
        "keys",
    ]
    target = target_of(parser.parse_args(words))
    assert (target.tls, target.sni, target.alpn) == (True, "a.test", ("h2", "http/1.1"))
    assert (target.ca, target.keylog) == (str(tmp_path / "ca.pem"), str(tmp_path / "keys"))
    assert target_of(parser.parse_args(["--command", "s {port}", "--tls", "--insecure"])).insecure


def test_a_monitor_is_found_from_anywhere(tmp_path, monkeypatch):
    parser = argparse.ArgumentParser()
    add_target_options(parser)
    monkeypatch.chdir(tmp_path)
    args = parser.parse_args(["--training", "--monitor", "mine.py:make"])
    assert target_of(args).monitor == f"{tmp_path}/mine.py:make"
    with pytest.raises(UsageError, match="looks at one"):
        target_of(parser.parse_args(["--differential", "reference", "training", "--monitor", "mine.py:make"]))
