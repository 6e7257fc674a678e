import os
import resource
import signal
import socket
import sys

import pytest

from fuzzers.targets.command import Command, free_port
from fuzzers.targets.config import TargetConfig
from fuzzers.targets.guardian import Guardian
from support.lines import command
from support.processes import is_gone
from support.waiting import until
from workbench.api import TargetError


@pytest.fixture
def guardian():
    made = Guardian()
    yield made
    made.close()


@pytest.fixture
def server(guardian):
    """A line server that is started and stopped."""
    made = Command(TargetConfig(kind="command", command=command("--threads")), guardian)
    made.start()
    yield made
    made.close()


def ask(server: Command, line: bytes) -> bytes:
    with socket.create_connection((server.endpoint.host, server.endpoint.port), 5) as sock:
        sock.sendall(line + b"\n")
        try:
            return sock.recv(1000)
        except ConnectionError:
            return b""


def test_started_means_reachable(server):
    assert server.is_alive()
    assert ask(server, b"hi") == b"OK hi\n"
    assert server.tree.pid > 0


def test_a_new_start_has_a_new_port(server):
    before = server.endpoint
    server.stop()
    assert not server.is_alive()
    server.start()
    assert server.endpoint != before
    assert ask(server, b"hi") == b"OK hi\n"


@pytest.mark.parametrize(("line", "kind"), [(b"ABORT", "SIGABRT"), (b"EXIT 3", "exit status 3")])
def test_how_it_died(server, line: bytes, kind: str):
    ask(server, line)
    until(lambda: not server.is_alive())
    assert server.died_of().kind == kind


def test_a_traceback_in_the_log_is_a_complaint(server):
    assert server.complaint() is None
    ask(server, b"RAISE abc")
    told = until(server.complaint)
    assert (told.kind, told.message) == ("ValueError", "no such thing: 3")
    assert told.frames[-2:] == ("line_server:_serve", "line_server:_answer")
    assert told.text.startswith("Traceback")
    assert server.complaint() is None
    assert server.is_alive()


def test_a_traceback_that_is_still_being_written_waits(guardian):
    code = (
        "import socket, sys\n"
        "s = socket.create_server(('127.0.0.1', int(sys.argv[1])))\n"
        "say = lambda text: (sys.stderr.write(text), sys.stderr.flush())\n"
        "s.accept()\n"
        "say('Traceback (most recent call last):\\n  File \"x.py\", line 3, in parse\\n')\n"
        "s.accept()\n"
        "say('ValueError: late\\n')\n"
        "s.accept()"
    )
    made = Command(TargetConfig(kind="command", command=(sys.executable, "-S", "-c", code, "{port}")), guardian)
    made.start()
    until(made.log)
    assert made.complaint() is None
    socket.create_connection((made.endpoint.host, made.endpoint.port), 5).close()
    told = until(made.complaint)
    assert (told.kind, told.message) == ("ValueError", "late")
    made.close()


def test_a_sanitizers_report_is_a_complaint(guardian):
    report = (
        "==7==ERROR: AddressSanitizer: heap-buffer-overflow on 0x1\\n    #0 0x5 in parse /x.c:3\\n    #1 0x6 in main /x.c:9\\n"
    )
    code = (
        "import socket, sys\n"
        "s = socket.create_server(('127.0.0.1', int(sys.argv[1])))\n"
        f"sys.stderr.write('{report}')\n"
        "sys.stderr.flush()\n"
        "s.accept(), s.accept()"
    )
    made = Command(TargetConfig(kind="command", command=(sys.executable, "-S", "-c", code, "{port}")), guardian)
    made.start()
    told = until(made.complaint)
    assert told.kind == "AddressSanitizer heap-buffer-overflow"
    assert told.frames == ("x.c:main", "x.c:parse")
    made.close()


def test_a_server_that_ends_at_once_is_an_error_with_its_last_words(guardian):
    made = Command(TargetConfig(kind="command", command=(sys.executable, "-S", "-c", "raise SystemExit('no licence')")), guardian)
    with pytest.raises(TargetError, match="ended at once, saying: no licence"):
        made.start()
    made.close()


def test_a_command_that_does_not_exist(guardian):
    made = Command(TargetConfig(kind="command", command=("/nonexistent/server",)), guardian)
    with pytest.raises(TargetError, match="cannot be started"):
        made.start()
    made.close()


def test_a_fixed_port_is_kept(guardian):
    port = free_port()
    words = [word.replace("{port}", str(port)) for word in command()]
    made = Command(TargetConfig(kind="command", command=tuple(words), port=port), guardian)
    made.start()
    assert made.endpoint.port == port
    made.close()


def test_stopping_ends_children_too(guardian):
    code = (
        "import socket, subprocess, sys, threading\n"
        "child = subprocess.Popen([sys.executable, '-S', '-c', 'import threading; threading.Event().wait()'])\n"
        "s = socket.create_server(('127.0.0.1', int(sys.argv[1])))\n"
        "while True: s.accept()[0].sendall(str(child.pid).encode())"
    )
    made = Command(TargetConfig(kind="command", command=(sys.executable, "-S", "-c", code, "{port}")), guardian)
    made.start()
    child = int(ask(made, b""))
    os.kill(child, 0)
    made.stop()
    until(lambda: is_gone(child))
    made.close()


def test_limits_are_set(guardian):
    made = Command(TargetConfig(kind="command", command=command(), memory=1 << 28), guardian)
    made.start()
    pid = made.tree.pid
    assert resource.prlimit(pid, resource.RLIMIT_DATA)[0] == 1 << 28
    assert resource.prlimit(pid, resource.RLIMIT_CORE)[0] == 0
    os.kill(pid, signal.SIGKILL)
    made.close()
