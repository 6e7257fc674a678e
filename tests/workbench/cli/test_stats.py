import json

import pytest

from support.commands import workbench
from support.pcap import tcp_frames, write_pcap
from workbench.api import Direction

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@pytest.fixture
def capture(tmp_path):
    return write_pcap(tmp_path / "x.pcap", tcp_frames([(UP, REQUEST), (DOWN, RESPONSE)]))


def test_for_machines(capture):
    facts = json.loads(workbench("stats", capture, "--json").out)
    assert facts["hierarchy"]["name"] == "frame"
    (tcp,) = facts["hierarchy"]["children"][0]["children"]
    assert [(child["name"], child["messages"]) for child in tcp["children"]] == [("http1", 2)]
    assert facts["conversations"][0]["payload"] == [len(REQUEST), len(RESPONSE)]
    assert {host["address"] for host in facts["hosts"]} == {"10.0.0.1", "10.0.0.2"}
    assert facts["latency"][0]["count"] == 1
    assert facts["latency"][0]["p50_ns"] > 0
    assert any("RFC" in remark["section"] for remark in facts["remarks"])


def test_for_people(capture):
    done = workbench("stats", capture)
    assert done.code == 0
    for word in ("protocols", "conversations", "hosts", "response times", "remarks", "10.0.0.1:40000 → 10.0.0.2:8080"):
        assert word in done.out


def test_fast_dissects_nothing(capture):
    facts = json.loads(workbench("stats", capture, "--json", "--fast", "--top", "1").out)
    assert facts["latency"] == []
    assert facts["hierarchy"]["children"][0]["children"][0]["children"] == []
    assert len(facts["hosts"]) == 1
