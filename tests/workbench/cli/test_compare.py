import json

import pytest

from support.commands import workbench
from support.shared import ROOT, tool

SAMPLES = ROOT / "captures" / "samples"


@pytest.fixture(autouse=True)
def _tshark():
    tool("tshark")


def test_agreement_is_exit_0():
    done = workbench("compare", SAMPLES / "tls13-openssl.pcapng")
    assert (done.code, done.err) == (0, "")
    assert "202 packets" in done.out
    assert "0 differences" in done.out
    assert "explained: tshark leaves the encrypted bytes out" in done.out


def test_differences_are_exit_1_and_listed():
    done = workbench("compare", SAMPLES / "mdns-zeroconf.pcapng")
    assert done.code == 1
    assert "6  value     dns.resp.name" in done.out
    told = json.loads(workbench("compare", SAMPLES / "mdns-zeroconf.pcapng", "--json").out)
    assert told["counts"] == [{"kind": "value", "name": "dns.resp.name", "count": 6, "first_packet": 4}]
    assert told["different"] == len(told["differences"]) == 6
    assert told["same"] > 500


def test_a_table_explains(tmp_path):
    table = tmp_path / "x.tsv"
    table.write_text("packet\tfield\treason\n*\tdns.resp.name\tone name is read to another end\n")
    done = workbench("compare", SAMPLES / "mdns-zeroconf.pcapng", "--explained", table)
    assert done.code == 0
    assert "6  explained: one name is read to another end" in done.out


def test_without_tshark_is_exit_2(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    done = workbench("compare", SAMPLES / "mdns-zeroconf.pcapng")
    assert done.code == 2
    assert "apt install tshark" in done.err
