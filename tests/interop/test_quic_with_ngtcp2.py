"""Debian's gtlsclient (ngtcp2, GnuTLS, nghttp3) against our server: its QUIC is nobody's that we use."""

import re
import subprocess

import pytest

from support.quic_servers import quic_server
from support.shared import tool
from support.waiting import until


def gtlsclient(place, *words, paths=("/hello.txt",)):
    """What the client prints."""
    port = str(place.endpoint.port)
    command = [tool("gtlsclient"), "--exit-on-all-streams-close", *words, place.endpoint.host, port]
    command += [f"https://localhost:{port}{path}" for path in paths]
    return subprocess.run(command, capture_output=True, timeout=30, check=True).stderr.decode("utf-8", "replace")


def answered(place):
    """Paths that were asked for, with their status."""
    return [(facts["target"], facts["status"]) for facts in place.told("request")]


@pytest.mark.parametrize(
    ("words", "carrier"),
    [
        ((), {}),
        ((), {"retry": "yes"}),
        (("--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+CHACHA20-POLY1305",), {}),
        (("--groups=-GROUP-ALL:+GROUP-SECP256R1",), {}),
        (("--scid=",), {}),
        (("--max-data=20000", "--max-stream-data-bidi-local=10000"), {}),
        (("-r", "0.05", "-t", "0.05"), {}),
    ],
)
def test_pages(tmp_path, words, carrier):
    with quic_server(tmp_path, **carrier) as place:
        gtlsclient(place, *words, paths=("/hello.txt", "/bytes/100000"))
    assert sorted(answered(place)) == [("/bytes/100000", 200), ("/hello.txt", 200)]


def test_keys_changed_by_the_client(tmp_path):
    with quic_server(tmp_path) as place:
        out = gtlsclient(place, "--key-update=1ms", "--delay-stream=50ms", "-n", "20")
    assert len(answered(place)) == 20
    assert re.search(r"rotate.*key|key update", out)


def test_keys_changed_by_the_server(tmp_path):
    with quic_server(tmp_path, key_update="20") as place:
        gtlsclient(place, paths=("/bytes/400000",))
    assert place.told("keys")
    assert answered(place) == [("/bytes/400000", 200)]


@pytest.mark.parametrize("words", [(), ("--nat-rebinding",)])
def test_a_client_that_moves(tmp_path, words):
    with quic_server(tmp_path) as place:
        gtlsclient(place, "--change-local-addr=1ms", "--delay-stream=50ms", *words, paths=("/bytes/200000",))
    assert answered(place) == [("/bytes/200000", 200)]
    assert place.told("moved")
    assert len(place.secured) == 1


def test_early_data(tmp_path):
    kept = (f"--session-file={tmp_path / 'session'}", f"--tp-file={tmp_path / 'parameters'}")
    with quic_server(tmp_path) as place:
        gtlsclient(place, *kept)
        out = gtlsclient(place, *kept)
    assert [(each.resumed, each.early) for each in place.secured] == [(False, False), (True, True)]
    assert "type=0RTT" in out
    assert answered(place) == [("/hello.txt", 200)] * 2


def test_early_data_that_the_server_does_not_want(tmp_path):
    kept = (f"--session-file={tmp_path / 'session'}", f"--tp-file={tmp_path / 'parameters'}")
    with quic_server(tmp_path, early="no") as place:
        gtlsclient(place, *kept)
        gtlsclient(place, *kept)
    assert [(each.resumed, each.early) for each in place.secured] == [(False, False), (False, False)]
    assert answered(place) == [("/hello.txt", 200)] * 2


def test_version_negotiation(tmp_path):
    with quic_server(tmp_path, versions="v2,v1") as place:
        out = gtlsclient(place, "-v", "0x1a2a3a4a")
    assert "type=VN" in out
    assert re.search(r"v=0x00000001", out)
    assert re.search(r"v=0x6b3343cf", out)


def test_a_shutdown_lets_a_download_finish(tmp_path):
    """GOAWAY first, then all of it, then the end."""
    with quic_server(tmp_path) as place:
        port = str(place.endpoint.port)
        words = [tool("gtlsclient"), "-q", "--exit-on-all-streams-close", f"--download={tmp_path}", place.endpoint.host, port]
        client = subprocess.Popen([*words, f"https://localhost:{port}/bytes/2000000"], stdout=subprocess.DEVNULL)
        until(lambda: place.secured, "the handshake")
    assert client.wait(20) == 0
    assert (tmp_path / "2000000").stat().st_size == 2_000_000
    assert answered(place) == [("/bytes/2000000", 200)]
