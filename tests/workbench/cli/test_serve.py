import contextlib
import io
import json
import signal
import socket
import subprocess
import sys
from argparse import Namespace

import pytest

from support.commands import workbench, workbench_process
from support.processes import children, is_gone
from workbench.api import FrameReader, StreamData
from workbench.cli.console import Console
from workbench.cli.main import build_parser
from workbench.cli.serve import _given, _plans
from workbench.conformance import Budget, SocketTarget, Transcript
from workbench_quic import PROTOCOL as QUIC


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("nobody",), "there is no protocol named 'nobody'"),
        (("http1", "--port", "70000"), "there is no port 70000"),
        (("http1", "--host", "0.0.0.0"), "can be reached from elsewhere"),
        (("streambus", "--training", "--allow-remote"), "full of holes"),
        ((), "there is nothing to serve"),
        (("http1", "streambus", "--port", "8080"), "several servers need several ports"),
        (("http1:1", "http1:2"), "named twice"),
        (("http1:x",), "'x' is no port"),
        (("http1:99999",), "there is no port 99999"),
        (("http1", "--set", "x"), "--set x: this says nothing"),
        (("http1", "--mtls"), "--mtls is about TLS"),
        (("http1", "streambus", "--share-port"), "only TLS"),
        (("http1", "--tls", "--cert", "/no/such.pem"), "no certificate with its key"),
        (("http1", "--config", "/no/such.toml"), "/no/such.toml: cannot be read"),
        (("http1", "--metrics", "99999"), "there is no port 99999"),
        (("hq", "--workers", "2"), "quic has one worker"),
        (("hq", "--set", "speed=9"), "speed: is no setting of hq"),
        (("quic", "--set", "speed=9"), "speed: is no setting of quic. There are retry"),
        (("quic", "--set", "qpack-table=0"), "for one of those it carries write"),
        (("http3", "--tls-versions", "1.2"), "--tls-versions: QUIC speaks TLS 1.3 only. Leave it out, or name 1.3"),
        (("http3", "--mtls"), "--mtls: clients cannot be asked for certificates in QUIC. Leave it out, or serve over TCP"),
        (("quic", "--client-ca", "ca.pem"), "--client-ca: clients cannot be asked for certificates in QUIC"),
        (("hq", "http1", "--tls", "--share-port"), "one transport"),
    ],
)
def test_what_cannot_be_served_is_one_sentence(words, expected):
    done = workbench("serve", *words)
    assert done.code == 2
    assert done.out == ""
    assert expected in done.err
    assert done.err.count("\n") == 1


def test_a_protocol_without_server(tmp_path):
    workbench("plugins", "new", "mine", "-o", tmp_path / "mine.py")
    done = workbench("--plugin", tmp_path / "mine.py", "serve", "mine", "--training")
    assert done.code == 2
    assert "no training server" in done.err


def test_a_server_that_cannot_begin_is_the_plugins_fault(tmp_path):
    file = tmp_path / "mine.py"
    workbench("plugins", "new", "mine", "-o", file)
    text = file.read_text().replace("server=framed(length_prefixed(2), answer)", "server=begin")
    file.write_text(text.replace("PROTOCOL =", "def begin(options):\n    raise OSError('no database')\n\n\nPROTOCOL ="))
    done = workbench("--plugin", file, "serve", "mine")
    assert done.code == 2
    assert "plugin mine: its server cannot begin: OSError: no database (mine.py:" in done.err


def test_settings_go_to_their_protocol():
    args = build_parser(("serve",)).parse_args(
        ["serve", "a", "b", "--set", "x=1", "--set", "a.y=2=3", "--set", "c.z=4", "--idle", "5"]
    )
    assert _given(args, "a", ["a", "b"]) == {"idle": 5.0, "set": {"x": "1", "y": "2=3", "c.z": "4"}}
    assert _given(args, "b", ["a", "b"])["set"] == {"x": "1", "c.z": "4"}


@pytest.fixture
def serving(monkeypatch, tmp_path):
    """`workbench serve …` as a process that is stopped at the end."""
    monkeypatch.setenv("WORKBENCH_SETTINGS", str(tmp_path / "settings.toml"))
    made = []

    def start(*words):
        made.append(workbench_process("serve", *words))
        return made[-1]

    yield start
    for process in made:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def hello(address: str) -> bytes:
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), 5) as sock:
        sock.sendall(b"GET /hello.txt HTTP/1.0\r\n\r\n")
        return b"".join(iter(lambda: sock.recv(1000), b""))


def test_a_server_with_planted_faults_says_so(serving):
    process = serving("streambus", "--training")
    address = process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=20)
    [warning] = [line for line in log.splitlines() if "WARNING" in line]
    assert warning.startswith(f"workbench: WARNING: streambus on {address.strip()} has planted faults")
    assert "workbench plugins show streambus" in warning


def test_programs_are_told_as_well(serving):
    process = serving("streambus", "--training", "--json", "--quiet")
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=20)
    assert "warning" in [json.loads(line)["event"] for line in log.splitlines()]


def test_several_from_a_file(serving, tmp_path):
    file = tmp_path / "serve.toml"
    file.write_text("[serve]\nconnections = 5\n[serve.http1]\nworkers = 2\n[serve.streambus]\n")
    process = serving("--config", file, "--json")
    names, places = zip(*(process.stdout.readline().split() for _ in range(2)), strict=True)
    assert names == ("http1", "streambus")
    assert b"Hello from the workbench." in hello(places[0])
    assert len(children(process.pid)) == 3
    process.send_signal(signal.SIGINT)
    _, log = process.communicate(timeout=10)
    assert process.returncode == 0
    events = [json.loads(line) for line in log.splitlines()]
    assert {event["server"] for event in events} == {"http1/1", "http1/2", "streambus"}
    [request] = [event for event in events if event["event"] == "request"]
    assert (request["target"], request["status"]) == ("/hello.txt", 200)
    assert sum(event["event"] == "stopped" for event in events) == 3


def test_the_settings_file_counts(serving, tmp_path):
    (tmp_path / "settings.toml").write_text("[serve.http1]\nconnections = 1\n")
    process = serving("http1")
    place = process.stdout.readline().strip()
    host, _, port = place.rpartition(":")
    with socket.create_connection((host, int(port)), 5), contextlib.suppress(ConnectionResetError):
        assert hello(place) == b""
    process.send_signal(signal.SIGTERM)
    assert "1 connections are open" in process.communicate(timeout=10)[1]


def test_a_child_that_cannot_begin_ends_all(serving, tmp_path):
    file = tmp_path / "mine.py"
    workbench("plugins", "new", "mine", "-o", file)
    text = file.read_text().replace("server=framed(length_prefixed(2), answer)", "server=begin")
    file.write_text(text.replace("PROTOCOL =", "def begin(options):\n    raise OSError('no database')\n\n\nPROTOCOL ="))
    process = workbench_process("--plugin", file, "serve", "http1", "mine", "--quiet")
    _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "plugin mine: its server cannot begin: OSError: no database" in said
    assert "Traceback" not in said


def test_only_what_is_served_is_loaded(monkeypatch, tmp_path):
    """Another protocol's code would be memory for nothing."""
    monkeypatch.setenv("WORKBENCH_SETTINGS", str(tmp_path / "none"))
    probe = (
        "import sys\nfrom workbench.cli.main import main\nfrom workbench.cli import serve\n"
        "serve._serve_here = lambda *_: print(*sys.modules) or 0\nmain(['serve', 'http1'])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, timeout=30)
    loaded = set(done.stdout.split())
    assert "workbench_http1" in loaded
    assert not {"workbench_streambus", "workbench_http2", "dissectors", "ssl", "cryptography", "numpy"} & loaded


def test_counters_that_cannot_be_served_end_all(serving):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for words in (("http1",), ("http1", "streambus")):
            process = serving(*words, "--quiet", "--metrics", port)
            _, said = process.communicate(timeout=20)
            assert process.returncode == 2
            assert f"127.0.0.1:{port}: cannot listen" in said
            assert said.count("\n") == 1


def page(address: str, authority, path: bytes) -> bytes:
    """A page over HTTP/0.9 in QUIC."""
    host, _, port = address.rpartition(":")
    target = SocketTarget(
        host=host,
        port=int(port),
        transport="udp",
        carry=QUIC.carrier.client,
        alpn=("hq-interop",),
        cacert=authority,
        patience_s=5.0,
    )
    with target.session(Transcript(), Budget.of(20)) as peer:
        peer.send(bytes(StreamData(0, b"GET " + path, True)))
        frames = FrameReader().receive(peer.receive())
        return b"".join(frame.data for frame in frames)


def test_quic_in_a_process_of_its_own(serving, monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_CERTIFICATES", str(tmp_path / "certificates"))
    keys = tmp_path / "keys.log"
    process = serving("quic", "--json", "--set", "retry=yes", "--keylog", keys)
    address = process.stdout.readline().strip()
    assert page(address, tmp_path / "certificates" / "ca.pem", b"/hello.txt") == b"Hello from the workbench.\n"
    (child,) = children(process.pid)
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=10)
    assert process.returncode == 0
    assert is_gone(child)
    events = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert [event["alpn"] for event in events if event["event"] == "secured"] == ["hq-interop"]
    assert "CLIENT_TRAFFIC_SECRET_0" in keys.read_text()


def test_settings_of_one_of_several_applications(serving, monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_CERTIFICATES", str(tmp_path / "certificates"))
    done = workbench("serve", "quic", "--set", "hq.colour=red")
    assert done.code == 2
    assert "colour: is no setting of hq" in done.err


@pytest.mark.parametrize(("words", "names"), [((), {"h3", "hq-interop", "echo"}), (("--training",), {"h3"})])
def test_all_that_quic_carries(words, names, monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_CERTIFICATES", str(tmp_path / "certificates"))
    monkeypatch.setenv("WORKBENCH_SETTINGS", str(tmp_path / "none"))
    args = build_parser(("serve",)).parse_args(["serve", "quic", *words], Namespace(plugins=()))
    (plan,) = _plans(args, Console(io.StringIO(), io.StringIO()))
    assert plan.name == "quic"
    assert names <= set(plan.tls.alpn)
    assert ("echo" in plan.tls.alpn) == ("echo" in names)
