"""Servers in processes of their own: counted together, stopped together, and no silence when one dies. Forks, so in a program."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from support.processes import children, is_gone
from support.waiting import until

PROGRAM = """
import os, sys
from workbench.api import UsageError, delimited, framed
from workbench.serving import Server, ServingLimits, bind, running
from workbench.serving.metrics import metrics_factory
from workbench.serving.supervising import Child, Supervisor

def answer(line):
    if line == b"die\\n":
        os._exit(3)
    while line == b"hang\\n":
        pass
    return line.upper()

def server(sock):
    if sys.argv[1:] == ["broken"]:
        raise UsageError("this cannot be", place="child", remedy="Mend it")
    return Server(framed(delimited(b"\\n"), answer), listener=sock, limits=ServingLimits(drain_ns=10**8))

import workbench.serving.supervising as module
module.PATIENCE_S = 0.5
sockets = [bind("127.0.0.1"), bind("127.0.0.1")]
supervisor = Supervisor(lambda text: print(text, file=sys.stderr, flush=True))
supervisor.start([Child(f"echo/{number}", lambda sock=sock: server(sock)) for number, sock in enumerate(sockets, 1)])
with running(metrics_factory(supervisor.counters)) as metrics:
    print(metrics.endpoint.port, *(sock.getsockname()[1] for sock in sockets), flush=True)
    code = supervisor.wait()
sys.exit(code)
"""


@pytest.fixture
def program():
    made = []

    def start(*words):
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        made.append(process)
        return process, [int(port) for port in process.stdout.readline().split()]

    yield start
    for process in made:
        process.kill()
        process.communicate()


def say(port: int, line: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), 5) as sock:
        sock.sendall(line)
        return sock.recv(100)


def test_each_serves_and_all_are_counted(program):
    process, (metrics, *ports) = program()
    assert [say(port, b"hello\n") for port in ports] == [b"HELLO\n", b"HELLO\n"]
    text = urllib.request.urlopen(f"http://127.0.0.1:{metrics}/metrics", timeout=5).read().decode()
    assert 'workbench_connections_total{server="echo"} 2\n' in text
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")


def test_one_that_dies_takes_the_others_along(program):
    process, (_, *ports) = program()
    assert say(ports[0], b"die\n") == b""
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 1
    assert "the server of echo/1 ended by itself (exit code 3)" in errors


def test_one_that_hangs_is_killed(program):
    process, (_, *ports) = program()
    sock = socket.create_connection(("127.0.0.1", ports[0]), 5)
    sock.sendall(b"hang\n")
    pids = children(process.pid)
    until(lambda: any(_busy(pid) for pid in pids), "a child that spins")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    sock.close()
    assert process.returncode == 1
    assert "killed: echo/1" in errors
    assert all(is_gone(pid) for pid in pids)


def _busy(pid: int) -> bool:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11]) > 3  # ticks of user time


def test_one_that_cannot_begin_says_why(program):
    process, _ = program("broken")
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 1
    assert "child: this cannot be. Mend it\n" in errors
    assert "Traceback" not in errors


def test_children_of_a_parent_that_was_killed_stop(program):
    process, _ = program()
    pids = children(process.pid)
    assert len(pids) == 2
    os.kill(process.pid, signal.SIGKILL)
    until(lambda: all(is_gone(pid) for pid in pids), "the end of the orphans")
