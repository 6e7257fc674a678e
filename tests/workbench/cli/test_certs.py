import json
from pathlib import Path

import pytest

from support.commands import workbench


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CERTIFICATES", str(tmp_path / "certs"))
    return tmp_path / "certs"


def test_from_nothing_to_a_list(folder):
    assert "no certificates yet" in workbench("certs", "list").err
    done = workbench("certs", "init")
    assert (done.code, done.out) == (0, f"{folder}/ca.pem\n")
    assert workbench("certs", "server", "app.test", "--key-type", "rsa").out == f"{folder}/app.test.pem\n"
    assert workbench("certs", "client", "alice").out == f"{folder}/client-alice.pem\n"
    lines = workbench("certs", "list").out.splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["authority", "ca.pem", "ec"],
        ["server", "app.test.pem", "rsa"],
        ["server", "localhost.pem", "ec"],
        ["client", "client-alice.pem", "ec"],
    ]
    facts = json.loads(workbench("certs", "list", "--json").out)
    assert facts[1]["names"] == ["app.test", "localhost", "127.0.0.1", "::1"]
    assert facts[1]["days_left"] == 396


def test_the_first_word_may_be_any(folder):
    assert workbench("certs", "client", "alice").code == 0
    assert (folder / "ca.pem").exists()


def test_an_authority_is_not_replaced_by_accident(folder):
    workbench("certs", "init")
    before = (folder / "ca-key.pem").read_bytes()
    done = workbench("certs", "init")
    assert done.code == 2
    assert "--force" in done.err
    assert (folder / "ca-key.pem").read_bytes() == before
    assert workbench("certs", "init", "--force").code == 0
    assert (folder / "ca-key.pem").read_bytes() != before


def test_renewing(folder):
    workbench("certs", "init")
    before = (folder / "localhost.pem").read_bytes()
    assert workbench("certs", "renew", "--within", "30").out == ""
    assert workbench("certs", "renew").out == f"{folder}/localhost.pem\n"
    assert (folder / "localhost.pem").read_bytes() != before


def test_the_path_is_for_other_commands(folder, tmp_path):
    assert workbench("certs", "path").out == f"{folder}/ca.pem\n"
    assert (folder / "localhost.pem").exists()
    done = workbench("certs", "path", "--dir", tmp_path / "elsewhere")
    assert Path(done.out.strip()).exists()


def test_names_that_are_none(folder):
    done = workbench("certs", "server", "../x\x1b[31m")
    assert done.code == 2
    assert "no name for a certificate" in done.err
    assert "\x1b" not in done.err
    assert not list(folder.parent.glob("x*"))
