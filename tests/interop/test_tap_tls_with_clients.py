"""TLS opened by the tap: curl, nghttp, openssl and websockets go through it unchanged, to our servers, nginx and lighttpd; tshark and we
read the file decrypted with no settings, and tshark's experts have nothing to say."""

import ssl
import subprocess

import pytest
from websockets.sync.client import connect

from captures.tap import proxy, tcp
from support.certificates import certificates, tls
from support.other_servers import PAGE, lighttpd, nginx
from support.shared import tool
from support.tapping import ANY, complaints, fields, ours, tapped, trusting
from support.waiting import until
from workbench.api import Endpoint
from workbench.serving import running
from workbench.tapping import UpstreamTls, intercepting
from workbench_http1.server import serve as serve_http1
from workbench_http2.server import serve as serve_http2
from workbench_websocket.server import serve as serve_websocket


@pytest.fixture(scope="module")
def trust(tmp_path_factory):
    return trusting(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def both(trust):
    """HTTP/1.1 and HTTP/2 on one port, told apart by ALPN."""
    with running(serve_http1, alternatives={"h2": serve_http2}, tls=tls(trust[0], alpn=("h2", "http/1.1"))) as server:
        yield Endpoint("localhost", server.endpoint.port)


def curl(trust, *words: str) -> str:
    command = [tool("curl"), "-sS", "--cacert", str(trust[0].authority), "-o", "/dev/null"]
    command += ["-w", "%{http_version} %{http_code} %{size_download}\n"]
    return subprocess.run([*command, *words], capture_output=True, check=True, timeout=30).stdout.decode().strip()


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize(("words", "http"), [(["--http1.1"], "1.1"), (["--http2"], "2")])
def test_curl(tmp_path, trust, both, version, words, http):
    path = tmp_path / "tap.pcapng"
    with tapped(tcp(ANY, both, intercepting(*trust)), path) as (tap, troubles):
        versions = [f"--tlsv{version}", "--tls-max", version]
        assert curl(trust, *words, *versions, f"https://localhost:{tap.endpoint.port}/bytes/200000") == f"{http} 200 200000"
        assert curl(trust, *words, *versions, "-d", "x=1", f"https://127.0.0.1:{tap.endpoint.port}/echo") == f"{http} 200 3"
        until(lambda: tap.counters.open == 0)
    assert troubles == []
    assert tap.counters.opened == 2
    assert complaints(path) == ""
    if http == "2":
        found = fields(path, "http2.headers.status or http2.headers.path", "http2.headers.path", "http2.headers.status")
        assert [line for line in found if line[0]] == [["/bytes/200000", ""], ["/echo", ""]]
        assert len([line for line in found if line[1] == "200"]) == 2
    else:
        found = fields(path, "http", "http.request.uri", "http.response.code")
        assert found == [["/bytes/200000", ""], ["", "200"], ["/echo", ""], ["", "200"]]
    assert ours(path) == ["tls", f"http{http[0]}"]


@pytest.mark.parametrize("way", ["http://", "socks5h://", "socks5h://name:password@"])
def test_curl_through_the_proxy(tmp_path, trust, both, way):
    path = tmp_path / "tap.pcapng"
    with tapped(proxy(ANY, "any", intercepting(*trust)), path) as (tap, troubles):
        answer = curl(trust, "-x", f"{way}{tap.endpoint}", f"https://localhost:{both.port}/hello.txt")
        until(lambda: tap.counters.open == 0)
    assert answer == "2 200 26"
    assert troubles == []
    assert complaints(path) == ""
    assert fields(path, "http2.headers.method", "http2.headers.authority") == [[f"localhost:{both.port}"]]


def test_nghttp(tmp_path, trust, both):
    path = tmp_path / "tap.pcapng"
    with tapped(tcp(ANY, both, intercepting(*trust)), path) as (tap, _):
        base = f"https://localhost:{tap.endpoint.port}"
        command = [tool("nghttp"), "-s", "-n", *(f"{base}{path}" for path in ("/hello.txt", "/data.json", "/bytes/500000"))]
        out = subprocess.run(command, capture_output=True, check=True, timeout=30).stdout.decode()
        until(lambda: tap.counters.open == 0)
    assert out.count(" 200 ") == 3
    assert complaints(path) == ""
    assert len(fields(path, "http2.headers.status", "http2.streamid")) >= 1


def test_websockets(tmp_path, trust):
    path, content = tmp_path / "tap.pcapng", "grüße " * 5000
    with running(serve_websocket, tls=tls(trust[0])) as server:
        to = Endpoint("localhost", server.endpoint.port)
        with tapped(tcp(ANY, to, intercepting(*trust)), path) as (tap, troubles):
            context = ssl.create_default_context(cafile=str(trust[0].authority))
            with connect(f"wss://localhost:{tap.endpoint.port}/echo", ssl=context) as client:
                client.send(content)
                assert client.recv(10) == content
                assert client.ping(b"there?").wait(10)
            until(lambda: tap.counters.open == 0)
    assert troubles == []
    assert complaints(path) == ""
    assert {line[0] for line in fields(path, "websocket.opcode", "websocket.opcode")} >= {"1", "8", "9", "10"}


@pytest.mark.parametrize("http", ["1.1", "2"])
def test_nginx(tmp_path, trust, http):
    path = tmp_path / "tap.pcapng"
    with (
        nginx(tmp_path / "server", trust[0]) as port,
        tapped(tcp(ANY, Endpoint("localhost", port), intercepting(*trust)), path) as (tap, troubles),
    ):
        words = [f"--http{http}", f"https://localhost:{tap.endpoint.port}/page.html"]
        assert curl(trust, *words) == f"{http} 200 {len(PAGE)}"
        until(lambda: tap.counters.open == 0)
    assert troubles == []
    assert complaints(path) == ""
    assert ours(path)[-1] == f"http{http[0]}"


def test_what_the_target_chose_is_what_the_client_gets(tmp_path, trust):
    """A target that speaks HTTP/1.1 only: the client offers h2 first and does not get it."""
    with running(serve_http1, tls=tls(trust[0], alpn=("http/1.1",))) as server:
        to = Endpoint("localhost", server.endpoint.port)
        with tapped(tcp(ANY, to, intercepting(*trust)), tmp_path / "t.pcapng") as (tap, _):
            assert curl(trust, "--http2", f"https://localhost:{tap.endpoint.port}/hello.txt") == "1.1 200 26"


def test_names_get_certificates_of_their_own(tmp_path, trust, both):
    with tapped(tcp(ANY, both, intercepting(trust[0], UpstreamTls(verify=False))), tmp_path / "t.pcapng") as (tap, troubles):
        for name in ("one.test", "two.test", "one.test"):
            resolve = f"{name}:{tap.endpoint.port}:127.0.0.1"
            assert curl(trust, "--resolve", resolve, f"https://{name}:{tap.endpoint.port}/hello.txt") == "2 200 26"
    assert troubles == []


def test_a_target_of_unknown_authority(tmp_path, trust, both):
    path = tmp_path / "tap.pcapng"
    with tapped(tcp(ANY, both, intercepting(trust[0])), path) as (tap, troubles):
        with pytest.raises(subprocess.CalledProcessError) as failed:
            curl(trust, f"https://localhost:{tap.endpoint.port}/hello.txt")
        until(lambda: tap.counters.open == 0)
    assert b"certificate unknown" in failed.value.stderr
    assert [(target, reason[:58]) for target, reason in troubles] == [
        (str(both), "TLS with the target: its certificate is not accepted: unab")
    ]
    assert complaints(path) == ""
    assert fields(path, "tls.alert_message", "tls.alert_message.desc") == [["46"]]


def test_a_client_that_does_not_know_our_authority(tmp_path, trust, both):
    with tapped(tcp(ANY, both, intercepting(*trust)), tmp_path / "t.pcapng") as (tap, troubles):
        done = subprocess.run([tool("curl"), "-sS", f"https://{tap.endpoint}/"], capture_output=True, timeout=30)
        assert done.returncode == 60
        until(lambda: tap.counters.open == 0)
    assert troubles == [(str(both), "TLS with the client: it does not know who signed the certificate")]


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_target_that_wants_the_clients_certificate(tmp_path, trust, version):
    folder = certificates(tmp_path / "c")
    with running(serve_http1, tls=tls(folder, versions=(version,), client_authority=folder.authority)) as server:
        to = Endpoint("localhost", server.endpoint.port)
        with tapped(tcp(ANY, to, intercepting(*trust)), tmp_path / "t.pcapng") as (tap, troubles):
            with pytest.raises(subprocess.CalledProcessError):
                curl(trust, f"https://localhost:{tap.endpoint.port}/hello.txt")
            until(lambda: tap.counters.open == 0)
    assert "only the client can show" in troubles[0][1]


@pytest.mark.parametrize("server", [nginx, lighttpd])
def test_what_is_no_tls_passes_as_it_is(tmp_path, trust, server):
    path = tmp_path / "tap.pcapng"
    with (
        server(tmp_path / "server") as port,
        tapped(tcp(ANY, Endpoint("127.0.0.1", port), intercepting(*trust)), path) as (tap, _),
    ):
        assert curl(trust, f"http://{tap.endpoint}/page.html") == f"1.1 200 {len(PAGE)}"
        until(lambda: tap.counters.open == 0)
    assert complaints(path) == ""
    assert ours(path) == ["http1"]
