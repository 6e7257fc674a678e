import dataclasses

import pytest

from dissectors.filters import parse_filter
from support.exported import toy_source
from support.messages import message
from support.shared import ROOT
from support.zeek import read_json, read_log
from workbench.api import Direction, Note, Severity
from workbench.export.zeek import LOGS, write, write_json
from workbench.registry import load
from workbench.session import Session

SAMPLES = ROOT / "captures" / "samples"


@pytest.fixture
def logs(tmp_path):
    """The logs of a sample, by name."""

    def logs(name, filter_text="", *, as_json=False):
        registry = load(())
        with Session.open(SAMPLES / f"{name}.pcapng", registry) as session:
            session.grow()
            source = session.source(parse_filter(filter_text, registry.specs) if filter_text else None)
            count = (write_json if as_json else write)(source, tmp_path)
        found = {log: (read_json if as_json else read_log)(tmp_path / f"{log}.log") for log in LOGS}
        assert len(found["conn"]) == count
        return found

    return logs


def test_http(logs):
    found = logs("http1-curl-nginx")
    uids = {row["uid"] for row in found["conn"]}
    assert len(uids) == len(found["conn"]) == 16
    assert {row["uid"] for row in found["http"]} <= uids
    assert len(found["http"]) == 24
    first = [row for row in found["http"] if row["uid"] == found["conn"][0]["uid"]]
    assert [(row["trans_depth"], row["uri"], row["status_code"]) for row in first] == [
        ("1", "/", "200"),
        ("2", "/hello.txt", "200"),
        ("3", "/numbers.txt", "200"),
    ]
    assert found["conn"][0]["service"] == "http"
    assert found["conn"][0]["history"] == "ShADadFf"


def test_tls_and_what_is_in_it(logs):
    found = logs("http2-tls")
    assert [row["service"] for row in found["conn"]] == ["ssl,http2"] * 6
    assert {row["next_protocol"] for row in found["ssl"]} == {"h2"}
    assert {row["version"] for row in found["http"]} == {"2"}


def test_quic(logs):
    found = logs("quic-ngtcp2")
    assert len(found["quic"]) == len(found["conn"]) == 9
    assert found["quic"][0]["version"] == "1"
    assert found["quic"][0]["server_name"] == "localhost"
    assert {row["conn_state"] for row in found["conn"]} == {"SF"}


def test_dns_as_json(logs):
    found = logs("dns-dig-dnsmasq", as_json=True)
    first = found["dns"][0]
    assert (first["query"], first["answers"], first["qtype_name"], first["rtt"]) == (
        "www.bench.test",
        ["192.0.2.80"],
        "A",
        0.003571,
    )
    assert all(isinstance(row["ts"], float) for row in found["conn"])


def test_the_same_every_time(logs, tmp_path):
    logs("http1-curl-nginx")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    logs("http1-curl-nginx")
    assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_a_filter_takes_whole_connections(logs):
    found = logs("http1-curl-nginx", "http.response.code == 404")
    assert len(found["conn"]) == 1
    assert {row["uid"] for row in found["http"]} == {found["conn"][0]["uid"]}


def test_notes_are_weird(tmp_path):
    odd = message(
        Direction.TO_SERVER,
        packet=4,
        notes=(Note(Severity.WARN, "odd\tthing", section="RFC 1"), Note(Severity.CHAT, "hello")),
        time_ns=5,
    )
    with toy_source(tmp_path) as source:
        write(dataclasses.replace(source, everything=lambda: iter([odd])), tmp_path)
    (row,) = read_log(tmp_path / "weird.log")
    assert (row["name"], row["addl"], row["notice"], row["source"]) == ("toy_note", "odd\\x09thing (RFC 1)", "F", "TOY")
