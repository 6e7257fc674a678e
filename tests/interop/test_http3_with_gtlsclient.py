"""Debian's gtlsclient (ngtcp2, nghttp3) against the HTTP/3 server: content both ways, byte by byte. What concerns QUIC alone is beside."""

import subprocess

import pytest

from support.quic_servers import quic_server
from support.shared import tool


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with quic_server(tmp_path_factory.mktemp("certificates")) as found:
        yield found


def run(place, *words, paths) -> str:
    command = [tool("gtlsclient"), "--exit-on-all-streams-close", *words, place.endpoint.host, str(place.endpoint.port)]
    command += [f"https://localhost:{place.endpoint.port}{path}" for path in paths]
    return subprocess.run(command, capture_output=True, timeout=60, check=True).stderr.decode("utf-8", "replace")


def last(place, count: int) -> list[tuple[str, str, int]]:
    return [(facts["method"], facts["target"], facts["status"]) for facts in place.told("request")[-count:]]


def test_downloads(place, tmp_path):
    run(place, f"--download={tmp_path}", paths=("/hello.txt", "/data.json", "/bytes/1000000"))
    assert (tmp_path / "hello.txt").read_bytes() == b"Hello from the workbench.\n"
    assert len((tmp_path / "data.json").read_bytes()) == 2244
    whole = (tmp_path / "1000000").read_bytes()
    assert (len(whole), whole[16:32]) == (1_000_000, b"000000000000001\n")


def test_many_requests_on_one_connection(place):
    run(place, "-n", "150", paths=("/hello.txt", "/health", "/missing"))
    statuses = [status for _, _, status in last(place, 150)]
    assert (statuses.count(200), statuses.count(404)) == (100, 50)


def test_an_upload(place, tmp_path):
    content = bytes(range(256)) * 2000
    (tmp_path / "content").write_bytes(content)
    out = run(place, f"--data={tmp_path / 'content'}", "--http-method=PUT", paths=("/store/gtlsclient",))
    assert last(place, 1) == [("PUT", "/store/gtlsclient", 201)]
    assert "[:status: 201]" in out
    run(place, f"--download={tmp_path}", paths=("/store/gtlsclient",))
    assert (tmp_path / "gtlsclient").read_bytes() == content


def test_an_upload_that_is_too_large_is_answered_early(tmp_path):
    (tmp_path / "content").write_bytes(bytes(20_000_000))
    with quic_server(tmp_path / "certificates") as place:
        out = run(place, f"--data={tmp_path / 'content'}", "--http-method=POST", paths=("/echo",))
        assert "[:status: 413]" in out
        assert last(place, 1) == [("POST", "/echo", 413)]


def test_early_requests(tmp_path):
    """RFC 8470 5.2: what may be a replay is answered where that does no harm."""
    (tmp_path / "content").write_bytes(b"once only")
    kept = (f"--session-file={tmp_path / 'session'}", f"--tp-file={tmp_path / 'parameters'}")
    upload = (f"--data={tmp_path / 'content'}", "--http-method=PUT")
    with quic_server(tmp_path / "certificates") as place:
        run(place, *kept, *upload, paths=("/store/a",))
        run(place, *kept, *upload, paths=("/store/a",))
        run(place, *kept, paths=("/store/a",))
        assert [(each.resumed, each.early) for each in place.secured] == [(False, False), (True, True), (True, True)]
        assert last(place, 3) == [("PUT", "/store/a", 201), ("PUT", "/store/a", 425), ("GET", "/store/a", 200)]


def test_a_lossy_way(place, tmp_path):
    run(place, "-r", "0.05", "-t", "0.05", f"--download={tmp_path}", paths=("/bytes/200000", "/stream?parts=100"))
    assert len((tmp_path / "200000").read_bytes()) == 200_000
