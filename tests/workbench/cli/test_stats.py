import json

import pytest

from support.commands import workbench
from support.naming import ADDRESS, NAME, capture_with_names
from support.pcap import tcp_frames, write_pcap
from workbench.api import Direction, Endpoint

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@pytest.fixture
def capture(tmp_path):
    return write_pcap(tmp_path / "x.pcap", tcp_frames([(UP, REQUEST), (DOWN, RESPONSE)]))


def test_for_machines(capture):
    facts = json.loads(workbench("stats", capture, "--json").out)
    assert facts["hierarchy"]["name"] == "frame"
    (tcp,) = facts["hierarchy"]["children"][0]["children"][0]["children"]
    assert [(child["name"], child["messages"]) for child in tcp["children"]] == [("http1", 2)]
    assert facts["conversations"][0]["payload_to_server"] == len(REQUEST)
    assert {host["address"] for host in facts["hosts"]} == {"10.0.0.1", "10.0.0.2"}
    assert facts["latency"][0]["count"] == 1
    assert facts["latency"][0]["p50_ns"] > 0
    assert any("RFC" in remark["section"] for remark in facts["remarks"])


def test_for_people(capture):
    done = workbench("stats", capture)
    assert done.code == 0
    for word in ("protocols", "conversations", "hosts", "response times", "remarks", "10.0.0.1:40000", "10.0.0.2:8080"):
        assert word in done.out


def test_fast_dissects_nothing(capture):
    facts = json.loads(workbench("stats", capture, "--json", "--fast", "--top", "1").out)
    assert facts["latency"] == []
    assert facts["hierarchy"]["children"][0]["children"][0]["children"][0]["children"] == []
    assert len(facts["hosts"]) == 1
    assert "response times" not in workbench("stats", capture, "--fast").out


def test_an_assertion_that_may_be_a_slip_is_named(capture):
    done = workbench("stats", capture, "--assert", "htpt", "==", 0)
    assert (done.code, "no protocol" in done.err) == (0, True)


def test_a_comparison_is_not_fast(capture):
    done = workbench("stats", capture, "--fast", "--baseline", capture)
    assert (done.code, "--fast" in done.err) == (2, True)


def test_the_page_overwrites_no_capture(capture, tmp_path):
    old = tmp_path / "old.pcap"
    old.write_bytes(capture.read_bytes())
    done = workbench("stats", capture, "--baseline", old, "--html", old)
    assert (done.code, "overwrite" in done.err) == (2, True)
    assert old.read_bytes() == capture.read_bytes()


def test_all_rows(capture):
    assert len(json.loads(workbench("stats", capture, "hosts", "--top", "all", "--json").out)["hosts"]) == 2
    assert workbench("stats", capture, "--top", "0").code == 2


def test_sections_may_stand_between_options(capture):
    plain = workbench("stats", capture, "latency", "hosts", "--json").out
    assert list(json.loads(plain)) == ["latency", "latency_percentiles", "hosts"]
    assert workbench("stats", capture, "--json", "latency", "hosts").out == plain
    assert workbench("stats", "--json", capture, "latency", "--top", "3", "hosts").out == plain


def test_wrong_sections_are_answered_with_the_nearest(capture):
    for words in (["latncy"], ["--json", "latncy"]):
        done = workbench("stats", capture, *words)
        assert done.code == 2
        assert "Did you mean latency" in done.err


def test_a_page(capture, tmp_path):
    target = tmp_path / "report.html"
    done = workbench("stats", capture, "--html", target)
    assert (done.code, done.out) == (0, "")
    assert target.read_text("utf-8").startswith("<!doctype html>")
    assert workbench("stats", capture, "--html", capture).code == 2


def test_a_filter_counts_what_matches(capture):
    facts = json.loads(workbench("stats", capture, "latency", "--filter", "http.response.code==404", "--json").out)
    assert facts["latency"] == []


def test_assertions_decide_the_exit_code(capture):
    done = workbench("stats", capture, "--assert", "http", "==", "2")
    assert (done.code, done.out) == (0, "holds  http == 2: 2 packets match, the first is #4\n")
    done = workbench("stats", capture, "--assert", "http.response.code >= 500", "ge", "1", "--assert", "http", ">", "1")
    assert done.code == 1
    assert done.out.splitlines()[0] == "BROKEN http.response.code >= 500 >= 1: 0 packets match"
    assert done.out.splitlines()[1].startswith("holds  http > 1")


def test_assertions_for_machines_and_beside_sections(capture):
    done = workbench("stats", capture, "hosts", "--json", "--assert", "tcp", "==", "0")
    facts = json.loads(done.out)
    assert done.code == 1
    assert facts["hosts"]
    (verdict,) = facts["assertions"]
    assert (verdict["holds"], verdict["first_packet"]) == (False, 1)


def test_assertions_stand_in_the_page(capture, tmp_path):
    done = workbench("stats", capture, "--assert", "tcp", "==", "0", "--html", tmp_path / "page.html")
    assert done.code == 1
    assert "<td>BROKEN</td>" in (tmp_path / "page.html").read_text("utf-8")


def test_an_assertion_with_a_mistake_points_at_it(capture):
    done = workbench("stats", capture, "--assert", "http.response.codee >", "==", "0")
    assert done.code == 2
    assert "^" in done.err


def test_against_a_baseline(capture, tmp_path):
    failing = write_pcap(tmp_path / "new.pcap", tcp_frames([(UP, REQUEST), (DOWN, RESPONSE.replace(b"200 OK", b"503 No"))]))
    facts = json.loads(workbench("stats", failing, "--baseline", capture, "--json").out)
    assert [(row["change"], row["quantity"]) for row in facts["changes_anomalies"]] == [("new", "http.server_error_share")]
    assert facts["changes_hosts"] == []
    text = workbench("stats", failing, "--baseline", capture)
    assert text.out.startswith("A change is what differs by more than chance")
    assert "http.server_error_share" in text.out
    assert workbench("stats", failing, "--baseline", tmp_path / "nothing").code == 2
    assert "--filter" in workbench("stats", failing, "--baseline", capture, "--filter", "http").err


def test_thresholds_of_ones_own(capture, tmp_path):
    levels = tmp_path / "t.toml"
    levels.write_text("[message.malformed_share]\nnote = 0.0\n")
    facts = json.loads(workbench("stats", capture, "anomalies", "--thresholds", levels, "--json").out)
    assert "message.malformed_share" in {row["quantity"] for row in facts["anomalies"]}
    levels.write_text("[nonsense]\nwarn = 1\n")
    assert workbench("stats", capture, "--thresholds", levels).code == 2


def test_a_filter_narrows_every_usual_section(tmp_path):
    other = tcp_frames([(UP, REQUEST), (DOWN, RESPONSE)], client=Endpoint("10.0.0.9", 1234))
    path = write_pcap(tmp_path / "two.pcap", tcp_frames([(UP, REQUEST), (DOWN, RESPONSE)]) + other)
    facts = json.loads(workbench("stats", path, "--filter", "10.0.0.9", "--json").out)
    assert facts["hierarchy"]["packets"] == len(other)
    assert [row["client"] for row in facts["conversations"]] == ["10.0.0.9:1234"]
    assert {row["address"] for row in facts["hosts"]} == {"10.0.0.2", "10.0.0.9"}
    assert facts["latency"][0]["count"] == 1
    assert all(row["count"] == 1 for row in facts["remarks"])


def test_names_that_the_capture_gives(tmp_path):
    facts = json.loads(workbench("stats", capture_with_names(tmp_path), "hosts", "--resolve", "--json").out)
    assert {row["address"]: row["address_name"] for row in facts["hosts"]}[ADDRESS] == NAME
    assert NAME in workbench("stats", capture_with_names(tmp_path), "conversations", "--resolve").out
