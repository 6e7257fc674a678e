"""The script that stands in finding folders, run as its user runs it: by a Python without this project."""

import ast
import json
import os
import re
import socketserver
import ssl
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from fuzzers import Campaign, CampaignConfig, TargetConfig, repro_script
from fuzzers.evidence import pattern_of
from fuzzers.model import USUAL, Conduct, Parting
from fuzzers.scripts import acts_of
from fuzzers.targets import sandbox, watchers
from support.certificates import certified
from support.lines import LINES, command
from support.tiny import CRASH, LEAK, TINY, WRONG, packet
from support.waiting import until
from workbench.api import Seed
from workbench.serving import running


def run(script: Path, *words: str, path: str | None = None) -> tuple[int, str]:
    """Exit code and output of a script under an isolated interpreter without site-packages; `path` is its PATH."""
    environment = {**os.environ, "PATH": os.environ["PATH"] if path is None else path}
    command = [sys.executable, "-I", "-S", str(script), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
    assert done.stderr == ""
    return done.returncode, done.stdout


def found(spec, directory: Path, target: TargetConfig, kinds: int = 1) -> dict[str, Path]:
    """Scripts of a campaign over the seeds of `spec`, by oracle."""
    settings = CampaignConfig(protocol=spec.name, directory=directory, target=target, cases=kinds)
    ended = list(Campaign(spec, settings).run())[-1]
    return {finding.oracle: finding.folder / "repro.py" for finding in ended.findings}


def test_imports_the_standard_library_only():
    tree = ast.parse(Path(repro_script.__file__).read_text())
    imported = {alias.name.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {(node.module or "").partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= sys.stdlib_module_names


@pytest.mark.parametrize(
    ("line", "oracle", "words"),
    [
        (b"ABORT\n", "crash", "status -6"),
        (b"EXIT 3\n", "crash", "status 3"),
        (b"RAISE x\n", "crash", "status 1"),
        (b"LOOP\n", "hang", "answers nobody"),
    ],
)
def test_a_recorded_command(tmp_path, monkeypatch, line: bytes, oracle: str, words: str):
    monkeypatch.setattr(watchers, "HANG_CPU_NS", 40_000_000)  # nothing honest runs here, so hangs may be believed sooner
    monkeypatch.setattr(watchers, "PATIENCE", 1)
    spec = replace(LINES, seeds=(Seed("greet", (b"HI\n",)), Seed("bad", (line,))))
    script = found(spec, tmp_path, TargetConfig(kind="command", command=command()), 2)[oracle]
    script.write_text(script.read_text().replace("REPLY_S = 2.0", "REPLY_S = 0.2"))
    code, out = run(script)
    assert code == 1
    assert re.fullmatch(f"FAILED: .*{words}.*\n", out)


def test_a_recorded_command_whose_server_was_repaired(tmp_path):
    server = tmp_path / "server.py"
    source = Path(command()[2]).read_text()
    server.write_text(source)
    spec = replace(LINES, seeds=(Seed("bad", (b"EXIT 3\n",)),))
    target = TargetConfig(kind="command", command=(sys.executable, "-S", str(server), "{port}"))
    script = found(spec, tmp_path / "campaign", target)["crash"]
    assert run(script)[0] == 1
    server.write_text(source.replace('if word == b"EXIT"', "if False"))
    assert run(script) == (0, "FIXED: exit status 3\n")
    server.write_text("raise SystemExit")
    code, out = run(script)
    assert code == 2
    assert out.startswith("CANNOT TELL: the server does not listen")


KINDS = {"crash": CRASH, "reply": WRONG, "leak": LEAK}


@pytest.fixture(scope="module")
def in_process(tmp_path_factory):
    """Scripts of findings in the faulty in-process server."""
    seeds = tuple(Seed(f"seed {kind}", (packet(1, "echo"), packet(2, kind))) for kind in KINDS.values())
    spec = replace(TINY, seeds=seeds)
    return found(spec, tmp_path_factory.mktemp("campaign"), TargetConfig(kind="training"), len(seeds))


@pytest.mark.parametrize("oracle", KINDS)
def test_an_address(in_process: dict[str, Path], oracle: str):
    with running(TINY.training) as server:
        code, out = run(in_process[oracle], str(server.endpoint))
        assert code == 1
        assert out.startswith("FAILED: ")
    with running(TINY.server) as server:
        code, out = run(in_process[oracle], str(server.endpoint))
        assert code == 0
        assert out.startswith("FIXED: ")
    code, out = run(in_process[oracle], str(server.endpoint))
    assert code == 2
    assert out.startswith("CANNOT TELL: nobody takes connections")


def test_a_server_that_lives_in_the_workbench_is_started_by_it(in_process: dict[str, Path], tmp_path):
    """The protocol is of these tests only, so a stand-in serves it; without the program nobody can tell."""
    code, out = run(in_process["crash"], path="")
    assert code == 2
    assert "workbench is not here to be started: workbench serve tiny --training --abort-on-crash --port '{port}'" in out
    program = tmp_path / "workbench"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('no port for ' + sys.argv[2])\n")
    program.chmod(0o755)
    code, out = run(in_process["crash"], path=str(tmp_path))
    assert (code, out.rstrip("0123456789\n")) == (2, "CANNOT TELL: the server does not listen on port ")


@pytest.fixture
def case(monkeypatch):
    """Sets the facts of the template itself, to call its functions."""

    def set_(**facts) -> None:
        usual = {
            "oracle": "crash",
            "acts": [],
            "secret": [],
            "evidence": "",
            "probe": [],
            "link": {"kind": "tcp", "alpn": [], "name": ""},
        }
        monkeypatch.setattr(repro_script, "CASE", usual | facts)

    return set_


def heard(data: bytes = b"", *, answered: bool = False, closed: bool = False) -> repro_script.Heard:
    found = repro_script.Heard()
    found.data, found.answered, found.closed = data, answered, closed
    return found


def test_hanging_up_without_an_answer(case, monkeypatch):
    case(oracle="hangup")
    for said, wrong in (
        (heard(closed=True), True),
        (heard(b"x", answered=True, closed=True), False),
        (heard(), False),
    ):
        monkeypatch.setattr(repro_script, "perform", lambda *_, said=said: said)
        assert bool(repro_script.judge(("127.0.0.1", 1), None, "")) is wrong


def test_what_only_the_workbench_can_judge(case):
    case(oracle="differential")
    with pytest.raises(repro_script.CannotTell, match="takes the workbench to see"):
        repro_script.judge(("127.0.0.1", 1), None, "")


def test_evidence_with_another_date(case, monkeypatch):
    said = b"HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nX: 1\r\n\r\n"
    case(oracle="reply", evidence=pattern_of([said]))
    later = said.replace(b"08:49:37", b"23:00:01")
    for reply, wrong in ((said, True), (later, True), (later.replace(b"X: 1", b"X: 2"), False)):
        monkeypatch.setattr(repro_script, "perform", lambda *_, reply=reply: heard(reply, answered=True))
        assert bool(repro_script.judge(("127.0.0.1", 1), None, "")) is wrong


class Recorder(socketserver.ThreadingTCPServer):
    """Echoes lines in upper case, and writes down in which order it heard what on which connection, and how each ended."""

    allow_reuse_address = daemon_threads = True
    encrypt: ssl.SSLContext | None = None

    def __init__(self):
        self.said: list[tuple[int, bytes]] = []
        self.ports: list[int] = []
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler)

    def finish_request(self, request, client_address):
        self.ports.append(client_address[1])
        number = len(self.ports) - 1
        line = request if self.encrypt is None else self.encrypt.wrap_socket(request, server_side=True)
        try:
            while data := line.recv(4096):
                self.said.append((number, data))
                line.sendall(data.upper())
            self.said.append((number, b"<end>"))
            line.sendall(b"LAST")
        except ConnectionResetError:
            self.said.append((number, b"<reset>"))
        finally:
            line.close()


@contextmanager
def recording(encrypt: ssl.SSLContext | None = None):
    with Recorder() as server:
        server.encrypt = encrypt
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def test_several_connections_each_left_in_its_way(case, monkeypatch):
    monkeypatch.setattr(repro_script, "QUIET_S", 0.02)
    conduct = Conduct.of([0, 1, 0, 2, 1], [Parting.HALF_CLOSE, Parting.RESET, Parting.CLOSE])
    with recording() as server:
        case()
        shown = repro_script.perform(server.server_address, acts_of((b"a", b"b", b"c", b"d", b"e"), conduct))
        until(lambda: len(server.said) == 8, "all that was said")
    assert [each for each in server.said if each[0] == 0] == [(0, b"a"), (0, b"c"), (0, b"<end>")]
    assert [each for each in server.said if each[0] == 1] == [(1, b"b"), (1, b"e"), (1, b"<reset>")]
    assert [each for each in server.said if each[0] == 2] == [(2, b"d"), (2, b"<end>")]
    assert shown.data == b"ABCLASTDLAST"


def test_inside_tls(case, monkeypatch, tmp_path):
    monkeypatch.setattr(repro_script, "QUIET_S", 0.02)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certified(tmp_path)[1])
    context.set_alpn_protocols(["tiny/1"])
    with recording(context) as server:
        case(link={"kind": "tls", "alpn": ["tiny/1"], "name": "somewhere"})
        shown = repro_script.perform(server.server_address, acts_of((b"a", b"b"), USUAL))
        assert (shown.data, shown.answered, shown.closed) == (b"ABLAST", True, False)


UDP_SERVER = """
import os, socket, sys
line = socket.socket(type=socket.SOCK_DGRAM)
line.bind(("127.0.0.1", int(sys.argv[1])))
while True:
    data, peer = line.recvfrom(2048)
    if data == b"die":
        os.abort()
    line.sendto(data, peer)
"""


def test_datagrams(case, monkeypatch, tmp_path):
    server = tmp_path / "server.py"
    server.write_text(UDP_SERVER)
    monkeypatch.setattr(repro_script, "REPLY_S", 0.1)
    words = [sys.executable, "-S", str(server), "{port}"]
    link = {"kind": "udp", "alpn": [], "name": ""}
    for messages, said in (((b"x", b"die"), "the server ended with status -6"), ((b"x", b"y"), "")):
        case(link=link, acts=acts_of(messages, USUAL), port=0, environment={}, files={})
        assert repro_script.with_command(words) == said


def test_files_and_an_environment_of_its_own(case, tmp_path):
    case(port=0, environment={"PLACE": "{dir}/it.conf"}, files={"it.conf": "port={port}"}, acts=acts_of((b"x",), USUAL))
    code = (
        "import os, socket; port = int(open(os.environ['PLACE']).read()[5:]); assert os.path.exists('it.conf');"
        "line = socket.create_server(('127.0.0.1', port)); line.accept(); line.accept(); os._exit(3)"
    )
    assert repro_script.with_command([sys.executable, "-S", "-c", code], recorded=True) == "the server ended with status 3"


def test_little_of_our_environment_reaches_a_recorded_server(monkeypatch):
    monkeypatch.setenv("API_TOKEN", "secret")
    assert repro_script.surroundings("/x", recorded=False)["API_TOKEN"] == "secret"
    found = repro_script.surroundings("/x", recorded=True)
    assert found["HOME"] == "/x"
    assert "API_TOKEN" not in found
    assert set(repro_script.PASSED) == set(sandbox.PASSED)


def test_an_address_that_was_recorded_is_asked_again_where_it_is_this_machine(case):
    with recording() as server:
        case(command=[], address=list(server.server_address), oracle="hangup", acts=acts_of((b"x",), USUAL))
        assert repro_script.outcome([]) == ""
    case(command=[], address=["192.0.2.1", 80])
    assert repro_script.outcome([]) is None


def test_what_travels_in_a_carrier_is_left_to_the_workbench(tmp_path):
    script = tmp_path / "repro.py"
    facts = {"link": {"kind": "quic", "alpn": [], "name": ""}, "oracle": "crash", "plugins": ["--plugin", "my file.py"]}
    script.write_text(Path(repro_script.__file__).read_text().replace('r"""{}"""', f'r"""{json.dumps(facts)}"""'))
    assert run(script, path="")[0] == 2
    program = tmp_path / "workbench"
    program.write_text(f"#!{sys.executable}\nimport sys\nprint(sys.argv[1:])\nsys.exit(1)\n")
    program.chmod(0o755)
    assert run(script, path=str(tmp_path)) == (1, f"['replay', '{tmp_path}', '--plugin', 'my file.py']\n")
