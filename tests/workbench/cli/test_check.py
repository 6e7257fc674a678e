import json
from xml.etree import ElementTree as ET

import pytest

from support.commands import workbench
from workbench.registry import load
from workbench.serving import running
from workbench_http1.server import serve

PLUGIN = """
from construct import Int8ub, Bytes, Struct, this
from workbench import api

FRAME = api.length_prefixed(1)

def loud(peer):
    peer.send(b"\\1a")
    answer = peer.receive()
    if answer != b"\\1A":
        raise api.CheckFailed(f"expected a capital letter, got {answer!r}")

def broken(peer):
    raise KeyError("mine")

CHECKS = (
    api.Check(name="loud", section="shout 1", rule="Letters come back as capitals", run=loud, level=api.Level.LEVEL),
    api.Check(name="asks", section="shout 2", rule="Options are known", run=lambda peer: peer.options["x"] == "y" or 1 / 0),
)

PROTOCOL = api.ProtocolSpec(
    name="shout", title="Shout", grammar=Struct("length" / Int8ub, "text" / Bytes(this.length)), frame=FRAME,
    server=api.framed(FRAME, bytes.CHANGE), checks=CHECKS,
)
"""


@pytest.fixture
def shout(tmp_path):
    """Words for a command with a plugin whose server keeps its rule or not."""

    def made(*, change="upper", level="MUST"):
        path = tmp_path / "shout.py"
        path.write_text(PLUGIN.replace("CHANGE", change).replace("LEVEL", level), encoding="utf-8")
        return "--plugin", path, "check", "shout", "--option", "x=y"

    return made


def test_a_server_that_conforms(shout):
    done = workbench(*shout())
    assert done.code == 0
    assert done.out.splitlines() == [
        "shout 1",
        f"  pass    {'loud':<32} Letters come back as capitals",
        "shout 2",
        f"  pass    {'asks':<32} Options are known",
    ]
    assert done.err.splitlines()[0] == "checking the reference server in this process: 2 checks of shout"
    assert done.err.splitlines()[-1].startswith("2 checks: 2 passed in ")


def test_a_broken_must_gives_1_and_shows_the_bytes(shout):
    done = workbench(*shout(change="lower"))
    assert done.code == 1
    assert "  FAIL    loud" in done.out
    assert "expected a capital letter, got b'\\\\x01a'" in done.out
    assert "            > 01 61\n            < 01 61\n" in done.out


def test_a_broken_should_is_a_warning(shout):
    done = workbench(*shout(change="lower", level="SHOULD"))
    assert done.code == 0
    assert "  warn    loud" in done.out
    assert "1 passed, 1 warnings" in done.err


def test_a_broken_check_gives_1(shout):
    done = workbench(*shout()[:-2], "--option", "x=z")
    assert done.code == 1
    assert "  ERROR   asks" in done.out
    assert "the check raised ZeroDivisionError" in done.out


def test_an_interrupted_run_reports_what_was_done(shout, tmp_path):
    words = shout()
    path = tmp_path / "shout.py"
    path.write_text(path.read_text().replace("1 / 0", "(_ for _ in ()).throw(KeyboardInterrupt)"), encoding="utf-8")
    done = workbench(*words[:-2], "--option", "x=z", "--format", "json")
    assert done.code == 130
    assert [(check["name"], check["verdict"]) for check in json.loads(done.out)["checks"]] == [("loud", "passed")]
    assert "interrupted: 1 checks are left" in done.err


def test_the_list(shout):
    done = workbench(*shout(level="SHOULD"), "--list")
    assert (done.code, done.err) == (0, "")
    assert [line.split()[:2] for line in done.out.splitlines()] == [["loud", "SHOULD"], ["asks", "MUST"]]
    facts = json.loads(workbench(*shout(), "--list", "--format", "json").out)
    assert facts[0] == {"name": "loud", "section": "shout 1", "rule": "Letters come back as capitals", "level": "MUST"}


def test_only_some(shout):
    assert ": 1 passed in" in workbench(*shout(change="lower"), "--only", "a*").err
    assert "0 passed, 1 FAILED in" in workbench(*shout(change="lower"), "--only", "shout 1").err
    assert "0 passed, 1 warnings in" in workbench(*shout(change="lower", level="SHOULD"), "--level", "should").err


def test_json(shout):
    done = workbench(*shout(change="lower"), "--format", "json")
    found = json.loads(done.out)
    assert (done.code, found["conforms"], found["target"]) == (1, False, "the reference server in this process")
    assert [check["verdict"] for check in found["checks"]] == ["failed", "passed"]


def test_junit_into_a_file(shout, tmp_path):
    path = tmp_path / "report.xml"
    done = workbench(*shout(change="lower"), "--format", "junit", "-o", path)
    assert (done.code, done.out) == (1, "")
    root = ET.parse(path).getroot()
    assert root.get("failures") == "1"
    assert len(list(root.iter("testcase"))) == 2


def test_the_transcript(shout, tmp_path):
    path = tmp_path / "wire.ndjson"
    workbench(*shout(), "--transcript", path)
    turns = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(turn["check"], turn["kind"], turn["data"]) for turn in turns] == [
        ("loud", "sent", "0161"),
        ("loud", "received", "0141"),
    ]


def test_a_target(tmp_path):
    with running(serve) as server:
        done = workbench("check", "http1", "--target", server.endpoint, "--only", "chunk*", "--jobs", 3)
    assert done.code == 0
    assert f"checking {server.endpoint}: " in done.err


def test_a_target_that_is_not_there():
    with running(serve) as server:
        endpoint = server.endpoint
    done = workbench("check", "http1", "--target", endpoint)
    assert (done.code, done.out) == (2, "")
    assert "it takes no connections" in done.err


def test_the_reference_server_as_a_process():
    done = workbench("check", "streambus", "--process", "--only", "health")
    assert done.code == 0
    assert "checking the reference server at 127.0.0.1:" in done.err


@pytest.mark.parametrize(
    ("words", "where"),
    [
        (("http3", "--only", "settings-*"), "the reference server in this process"),
        (("http3", "--only", "settings-*", "--process"), "over QUIC"),
        (("quic", "--only", "version-*"), "the reference server at 127.0.0.1:"),
    ],
)
def test_quic_and_what_it_carries(words, where, monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_CERTIFICATES", str(tmp_path / "certificates"))
    done = workbench("check", *words)
    assert done.code == 0, done.out
    assert where in done.err


def test_help_teaches():
    done = workbench("check", "--help")
    assert done.code == 0
    assert "workbench check http1 --target 127.0.0.1:8080" in done.out


WITHOUT = next(spec.name for spec in load().specs if not spec.checks)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nonsense",), "nonsense"),
        ((WITHOUT,), f"{WITHOUT} has no checks"),
        (("http1", "--only", "nothing*"), "no check of http1 is like 'nothing*'"),
        (("http1", "--option", "path"), "'path' is not NAME=VALUE"),
        (("http1", "--option", "pth=/"), "--option: the checks of http1 do not ask for 'pth'. Did you mean path?"),
        (("streambus", "--option", "user=x"), "do not ask for 'user'. There are idle"),
        (("http1", "--target", "127.0.0.1"), "is not HOST:PORT"),
        (("http1", "--target", "192.0.2.1:80"), "--i-own-this-target"),
        (("http1", "--tls"), "there is no TLS in memory"),
        (("http1", "--target", "127.0.0.1:1", "--cacert", "x.pem"), "with --tls only"),
        (("http1", "--target", "127.0.0.1:1", "--set", "a=b"), "this is for the reference server"),
        (("http1", "--target", "127.0.0.1:1", "--process"), "not allowed with"),
        (("http1", "--jobs", "0"), "whole number"),
        (("socks5", "--set", "nonsense=1"), "nonsense"),
    ],
)
def test_what_cannot_be_meant(words, sentence):
    done = workbench("check", *words)
    assert (done.code, done.out) == (2, "")
    assert sentence in done.err
