from types import SimpleNamespace

import pytest

from captures.tshark import Opinion
from support.exported import TURNS
from support.pcap import SERVER, tcp_frames, write_pcap
from support.toy import TOY
from workbench.demo import exporting
from workbench.registry import Registry


@pytest.fixture
def stage(tmp_path):
    return SimpleNamespace(path=write_pcap(tmp_path / "live.pcap", tcp_frames(TURNS)), servers={"http1": SERVER})


def _facts(stage, tmp_path) -> dict[str, tuple[object, str]]:
    return {key: (value, failure) for _, key, value, failure in exporting.export_and_read_back(Registry((TOY,)), stage, tmp_path)}


def test_what_is_written_comes_back(stage, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "tshark_opinion", lambda *_, **__: None)
    facts = _facts(stage, tmp_path)
    total = len(tcp_frames(TURNS))
    assert facts["export"] == (str(tmp_path / "dissected.pcapng"), "")
    assert facts["read_back"] == ({"packets": total, "messages": 3, "commented": 3}, "")
    assert facts["tshark"] == (None, "")


def test_tshark_is_asked_with_our_ports(stage, tmp_path, monkeypatch):
    asked = []

    def opinion(path, *, decode_as):
        asked.append((path.name, decode_as))
        return Opinion(len(tcp_frames(TURNS)), {"http": 0}, 3)

    monkeypatch.setattr(exporting, "tshark_opinion", opinion)
    assert _facts(stage, tmp_path)["tshark"][1] == ""
    assert asked == [("dissected.pcapng", ["tcp.port==8080,http"])]


def test_disagreement_is_a_failure(stage, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "tshark_opinion", lambda *_, **__: Opinion(1, {}, 0))
    assert "tshark counts 1 packets" in _facts(stage, tmp_path)["tshark"][1]
