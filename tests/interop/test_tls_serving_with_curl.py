"""curl over TLS against our servers, as a program: certificates of `workbench certs`, counters, several servers, a drain."""

import signal
import subprocess
import sys
import urllib.request

import pytest

from support.commands import workbench_process
from support.shared import tool


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CERTIFICATES", str(tmp_path / "certificates"))
    monkeypatch.setenv("WORKBENCH_SETTINGS", str(tmp_path / "settings.toml"))
    return tmp_path


@pytest.fixture
def served():
    """`workbench serve …` with its addresses by name; ends gracefully."""
    processes = []

    def start(*words):
        process = workbench_process("serve", *words)
        processes.append(process)
        count = 1 if "--share-port" in words else sum(not str(word).startswith("-") for word in words if word != "0")
        lines = [process.stdout.readline().split() for _ in range(count)]
        return process, {line[0] if len(line) > 1 else "": line[-1] for line in lines}

    yield start
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
        assert process.returncode == 0


def curl(home, *words) -> str:
    command = [tool("curl"), "--silent", "--show-error", "--cacert", home / "certificates" / "ca.pem", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout


def port_of(address: str) -> str:
    return address.rsplit(":", 1)[1]


def test_the_first_time_makes_a_certificate(home, served):
    _, places = served("http1", "--tls")
    port = port_of(places[""])
    for host in ("localhost", "127.0.0.1"):
        assert curl(home, f"https://{host}:{port}/hello.txt") == "Hello from the workbench.\n"
    assert len(curl(home, f"https://localhost:{port}/bytes/3000000")) == 3_000_000
    assert curl(home, "--data-binary", "x" * 100_000, f"https://localhost:{port}/echo") == "x" * 100_000
    assert (home / "certificates" / "ca-key.pem").stat().st_mode & 0o777 == 0o600


def test_several_servers_their_counters_and_health(home, served):
    process, places = served("http1", "streambus", "--tls", "--metrics", "0")
    port = port_of(places["http1"])
    assert curl(home, f"https://localhost:{port}/health") == "ok\n"
    while "counters at " not in (line := process.stderr.readline()):
        assert line
    text = urllib.request.urlopen(line.split()[-1], timeout=5).read().decode()
    assert 'workbench_tls_handshakes_total{server="http1"} 1\n' in text
    assert 'workbench_facts_total{server="http1",event="request"} 1\n' in text
    assert 'workbench_connections_total{server="streambus"} 0\n' in text


def test_clients_must_show_a_certificate(home, served):
    made = subprocess.run(
        [sys.executable, "-m", "workbench", "certs", "client", "alice"], capture_output=True, text=True, check=True
    ).stdout.strip()
    _, places = served("http1", "--tls", "--mtls")
    url = f"https://localhost:{port_of(places[''])}/hello.txt"
    key = made.replace(".pem", "-key.pem")
    assert curl(home, "--cert", made, "--key", key, url) == "Hello from the workbench.\n"
    done = subprocess.run(
        [tool("curl"), "-sS", "--cacert", home / "certificates" / "ca.pem", url], capture_output=True, timeout=30
    )
    assert done.returncode != 0


def test_a_drain_finishes_what_has_begun(home, served):
    process, places = served("http1", "--tls")
    url = f"https://localhost:{port_of(places[''])}/bytes/20000000"
    command = [tool("curl"), "-sS", "--limit-rate", "20M", "--cacert", home / "certificates" / "ca.pem", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as reader:
        first = reader.stdout.read(1000)
        process.send_signal(signal.SIGTERM)
        rest = reader.stdout.read()
    assert len(first + rest) == 20_000_000
    assert reader.returncode == 0
    assert process.wait(10) == 0


def test_one_port_for_two_versions_of_http(home, served):
    _, places = served("http2", "http1", "--tls", "--share-port")
    url = f"https://localhost:{port_of(places[''])}/"
    version = ("--output", "/dev/null", "--write-out", "%{http_version} %{http_code}")
    assert curl(home, "--http2", *version, url) == "2 200"
    assert curl(home, "--http1.1", *version, url) == "1.1 200"
    assert curl(home, "--no-alpn", *version, url) == "1.1 200"
