import json

import pytest

from support.commands import workbench
from support.exported import TURNS
from support.naming import ADDRESS, NAME, capture_with_names
from support.pcap import tcp_frames, udp_frames, write_pcap
from support.secrets_apart import SAMPLE as TLS
from workbench.api import Direction


@pytest.fixture
def capture(tmp_path):
    return write_pcap(tmp_path / "x.pcap", tcp_frames(TURNS) + udp_frames([(Direction.TO_SERVER, b"x")]))


def _total(capture) -> int:
    return len(tcp_frames(TURNS)) + 1


def test_one_line_per_packet(capture):
    done = workbench("list", capture)
    lines = done.out.splitlines()
    assert len(lines) == _total(capture)
    assert lines[0].split()[:4] == ["1", "0.000000", "10.0.0.1", "→"]
    assert "[SYN]" in lines[0]
    assert "UDP" in lines[-1]


def test_one_object_per_packet(capture):
    objects = [json.loads(line) for line in workbench("list", capture, "--format", "ndjson").out.splitlines()]
    assert [each["frame.number"] for each in objects] == list(range(1, _total(capture) + 1))
    assert objects[0]["tcp.flags"] == 2
    assert objects[-1]["udp.stream"] == 0
    assert workbench("list", capture, "--json").out == workbench("list", capture, "--format", "ndjson").out


def test_columns(capture):
    done = workbench("list", capture, "-c", "number,time,tcp.stream,protocol")
    rows = [line.split("\t") for line in done.out.splitlines()]
    assert rows[0] == ["1", "0.000000000", "0", "TCP"]
    assert rows[-1][2:] == ["", "UDP"]
    assert workbench("list", capture, "-c", "number,length").out.splitlines()[0].split("\t")[0] == "1"


def test_an_unknown_column(capture):
    done = workbench("list", capture, "-c", "colour")
    assert done.code == 2
    assert "'colour'" in done.err


def test_filters_on_columns_and_on_messages(capture, tmp_path):
    assert len(workbench("list", capture, "--filter", "udp").out.splitlines()) == 1
    assert len(workbench("list", capture, "--filter", "not udp").out.splitlines()) == _total(capture) - 1
    done = workbench("list", capture, "--filter", "http1")
    assert (done.code, done.out) == (0, "")


def test_an_empty_capture(tmp_path):
    empty = write_pcap(tmp_path / "empty.pcap", [])
    for more in ((), ("--json",), ("-c", "number"), ("--filter", "udp")):
        done = workbench("list", empty, *more)
        assert (done.code, done.out) == (0, "")


@pytest.fixture
def requests(tmp_path):
    ask = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
    return write_pcap(tmp_path / "http.pcap", tcp_frames([(Direction.TO_SERVER, ask)]))


def test_fields_of_messages_are_columns(requests):
    rows = [line.split("\t") for line in workbench("list", requests, "-c", "number,http.request.uri,tcp.stream").out.splitlines()]
    assert [row[1] for row in rows if row[1]] == ["/a"]
    assert {row[2] for row in rows} == {"0"}


def test_a_filter_on_messages_shows_what_they_say(requests):
    (line,) = workbench("list", requests, "--filter", "http").out.splitlines()
    assert " http1 " in line
    assert "GET /a" in line
    assert all(" TCP " in line for line in workbench("list", requests).out.splitlines())


def test_columns_that_nothing_has(requests):
    for name, told in (("tcp.strem", "Did you mean tcp.stream?"), ("streambus.topik", "Did you mean streambus.topic?")):
        done = workbench("list", requests, "-c", name)
        assert done.code == 2
        assert told in done.err


def test_what_is_innermost_says_what_a_packet_is():
    listed = workbench("list", TLS, "--filter", "http2.headers.path").out.splitlines()
    assert listed
    assert all(" http2 " in line and "GET /" in line for line in listed)
    fields = workbench("list", TLS, "--filter", "http2.headers.path", "-c", "tls.record.length,http2.headers.path").out
    assert all(record and path.startswith("/") for record, path in (line.split("\t") for line in fields.splitlines()))


def test_names_are_shown_from_their_answer_on(tmp_path):
    path = capture_with_names(tmp_path)
    first, *_, last = workbench("list", path, "--resolve").out.splitlines()
    assert ADDRESS in first
    assert NAME in last
    assert NAME not in workbench("list", path).out
    done = workbench("list", path, "--resolve", "--json")
    assert (done.code, "--resolve" in done.err) == (2, True)


def test_a_packet_is_explained(capture):
    done = workbench("list", capture, "--filter", "tcp.port == 1 or tcp.flags.syn == 1", "--why", "1")
    assert done.out.splitlines() == ["✓ one of", "  ✗ tcp.port == 1   found 40000, 8080", "  ✓ tcp.flags.syn == 1   found true"]
    assert "no filter" in workbench("list", capture, "--why", "1").err
    assert "no packet 999" in workbench("list", capture, "--filter", "tcp", "--why", "999").err
