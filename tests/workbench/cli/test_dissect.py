import json

import pytest

from support.commands import workbench
from support.pcap import tcp_frames, write_pcap
from support.secrets_apart import secrets_apart
from workbench.api import Direction

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
REQUEST = b"GET /\x1b[31m HTTP/1.1\r\nHost: x\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@pytest.fixture
def capture(tmp_path):
    return write_pcap(tmp_path / "x.pcap", tcp_frames([(UP, REQUEST), (DOWN, RESPONSE)]))


def test_as_ndjson(capture):
    request, response = [json.loads(line) for line in workbench("dissect", capture, "--format", "ndjson").out.splitlines()]
    assert (request["protocol"], request["fields"]["http.request.method"]) == ("http1", "GET")
    assert (response["fields"]["http.response.code"], response["direction"]) == (200, "to_client")
    assert workbench("dissect", capture, "--json").out == workbench("dissect", capture, "--format", "ndjson").out


def test_as_text_without_a_control_byte(capture):
    done = workbench("dissect", capture)
    assert done.code == 0
    assert "\\x1b[31m" in done.out
    assert all(char.isprintable() or char == "\n" for char in done.out)


def test_what_matches(capture):
    assert len(workbench("dissect", capture, "--json", "--filter", "tcp.stream==0 http").out.splitlines()) == 2
    assert workbench("dissect", capture, "--json", "--filter", "streambus").out == ""


def test_decode_as(capture):
    done = workbench("dissect", capture, "--json", "--decode-as", "tcp.port==8080,streambus")
    assert "http1" not in done.out


def test_a_key_log_decrypts(tmp_path):
    apart = secrets_apart(tmp_path)
    (tmp_path / "keys.log").write_bytes(apart.keylog)
    done = workbench(
        "dissect", apart.capture, "--keylog", tmp_path / "keys.log", "--filter", 'http2.headers.path contains "numbers"'
    )
    assert " http2 in tls  HEADERS" in done.out
    assert done.err == ""


def test_a_key_log_of_other_sessions_is_told(tmp_path):
    apart = secrets_apart(tmp_path)
    (tmp_path / "keys.log").write_bytes(b"CLIENT_RANDOM 00ff 11ee\n")
    done = workbench("dissect", apart.capture, "--keylog", tmp_path / "keys.log")
    assert "keys.log: no secret in it belongs to a TLS session of encrypted.pcap" in done.err
    assert " http2 in tls " not in done.out
