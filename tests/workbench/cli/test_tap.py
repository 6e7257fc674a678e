"""What `workbench tap` is told, and what it says."""

import argparse
import io

import pytest

from captures.tap import TapCounters, Trouble, commands
from support.commands import workbench
from workbench.api import Endpoint, UsageError
from workbench.cli import tap
from workbench.cli.console import Console

TO = ("--to", "127.0.0.1:1")


def test_what_cannot_be_tapped_is_one_sentence(tmp_path):
    done = workbench("tap", "--listen", "0", *TO, "-w", tmp_path / "no" / "x.pcapng")
    assert done.code == 2
    assert done.err.count("\n") == 1
    done = workbench("tap", "--listen", "0", "--to", "192.0.2.1:80", "-w", tmp_path / "x.pcapng")
    assert done.code == 2
    assert "not on this machine" in done.err


@pytest.mark.parametrize(
    "way",
    [
        TO,
        (*TO, "--udp"),
        ("--proxy", "any"),
        (*TO, "--tls"),
        ("--proxy", "http", "--tls", "--insecure-upstream"),
        (*TO, "--quic", "--alpn", "mine"),
        ("--to", "192.0.2.1:1", "--allow-target", "192.0.2.0/24"),
    ],
)
def test_a_tap_ends_by_its_own_limit(tmp_path, way):
    folder = ("--certs", tmp_path / "c") if "--tls" in way or "--quic" in way else ()
    done = workbench("tap", "--listen", "0", *way, *folder, "-w", tmp_path / "x.pcapng", "--seconds", "0")
    assert done.code == 0, done.err
    assert done.out.startswith("127.0.0.1:")
    assert "0 connections" in done.err
    assert (tmp_path / "x.pcapng").stat().st_size > 0
    assert (tmp_path / "c" / "ca.pem").exists() is bool(folder)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((*TO, "--upstream-ca", "x.pem"), "--upstream-ca is about TLS. Add --tls"),
        ((*TO, "--insecure-upstream"), "--insecure-upstream is about TLS"),
        ((*TO, "--certs", "x"), "--certs is about TLS"),
        ((*TO, "--tls", "--upstream-ca", "x.pem", "--insecure-upstream"), "believes everybody"),
        ((*TO, "--udp", "--tls"), "as they are"),
        (("--proxy", "any", "--udp"), "as they are"),
        ((*TO, "--udp", "--quic"), "as they are"),
        (("--proxy", "any", "--quic"), "to one target"),
        ((*TO, "--quic", "--tls"), "to one target"),
        ((*TO, "--alpn", "x"), "--alpn is about QUIC"),
        (("--to", "nowhere"), "is not HOST:PORT"),
        (("--proxy", "any", "--allow-target", "a b"), "this is no target"),
    ],
)
def test_what_does_not_go_together(tmp_path, words, why):
    done = workbench("tap", "--listen", "0", "-w", tmp_path / "x.pcapng", *words)
    assert done.code == 2
    assert why in done.err
    assert done.err.count("\n") == 1
    assert not (tmp_path / "x.pcapng").exists()


@pytest.mark.parametrize("words", [(), (*TO, "--proxy", "any"), ("--proxy", "any", "--transparent")])
def test_there_is_one_way(tmp_path, words):
    assert workbench("tap", "--listen", "0", "-w", tmp_path / "x.pcapng", *words).code == 2


def test_nothing_is_made_for_what_cannot_be(tmp_path):
    done = workbench("tap", "--listen", "0", "--to", "nowhere", "--tls", "--certs", tmp_path / "c", "-w", tmp_path / "x.pcapng")
    assert done.code == 2
    assert list(tmp_path.iterdir()) == []


def test_troubles_are_told_once_each_and_not_without_end():
    err = io.StringIO()
    told = tap._Troubles(Console(io.StringIO(), err))
    for _ in range(3):
        told(Trouble(Endpoint("127.0.0.1", 5000), "a\x1b[31m:1", "no\nway"))
    assert err.getvalue() == "workbench: warning: 127.0.0.1:5000 → a\\x1b[31m:1: no\\nway\n"
    for number in range(2 * tap.MOST_TROUBLES):
        told(Trouble(Endpoint("127.0.0.1", 5000), str(number), "no"))
    assert err.getvalue().count("\n") == tap.MOST_TROUBLES


def test_the_transparent_mode_prints_its_commands():
    err = io.StringIO()
    args = argparse.Namespace(to=None, proxy=None, transparent=True, write="x.pcapng")
    tap._introduce(args, Endpoint("127.0.0.1", 8080), Console(io.StringIO(), err))
    assert "redirect to :8080" in err.getvalue()
    assert "iptables -t nat -A OUTPUT" in err.getvalue()


def test_the_command_in_the_help_is_one_of_them():
    shown = next(line for line in tap.ABOUT.splitlines() if line.startswith("iptables"))
    assert shown in commands(Endpoint("127.0.0.1", 8080))


def test_counters_in_words():
    text = tap._text(TapCounters(1, 2, 1, 1, 12_345, 10, 20, 1, 3))
    assert text == (
        "2 connections (1 open, 1 refused, TLS of 1 opened), 12,345 packets, 10 bytes to the server, 20 to clients, 3 datagrams dropped"
    )
    assert "TLS" not in tap._text(TapCounters())


def test_a_carrier_that_is_not_there(monkeypatch, tmp_path):
    class Registry:
        specs = ()

        def get(self, name: str):
            class Spec:
                carrier = None

            return Spec

    monkeypatch.setattr(tap, "registry_for", lambda *_: Registry())
    args = argparse.Namespace(alpn=[], certs=tmp_path)
    with pytest.raises(UsageError, match="carries nothing"):
        tap._quic(args, Endpoint("127.0.0.1", 0), Endpoint("127.0.0.1", 1), Console(io.StringIO(), io.StringIO()))
