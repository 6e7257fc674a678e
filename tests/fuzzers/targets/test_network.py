import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from fuzzers.targets.network import can_enter_network

ENTER = """
import os, socket, sys
from fuzzers.targets.network import enter_network
"""

TALK = """
enter_network()
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("listening", flush=True)
sys.stdin.readline()
with socket.create_connection(listener.getsockname(), 5) as sock, listener.accept()[0] as other:
    sock.sendall(b"hello")
    print(other.recv(5).decode(), flush=True)
"""

REACH_OUT = """
enter_network()
for address in ("192.0.2.1", "10.0.0.1", sys.argv[1]):
    try:
        socket.create_connection((address, 80 if address != sys.argv[1] else int(sys.argv[2])), 5)
    except OSError as error:
        print(error.errno, flush=True)
    else:
        print("reached", address, flush=True)
"""

pytestmark = pytest.mark.skipif(not can_enter_network(), reason="this machine lets us make no network of our own")


def run(code: str, *words: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", ENTER + code, *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    return done.stdout.split("\n")[:-1]


def test_two_of_them_have_the_same_port_open_at_once_and_each_reaches_its_own():
    with socket.create_server(("127.0.0.1", 0)) as outside:
        words = [sys.executable, "-c", ENTER + TALK, str(outside.getsockname()[1])]
        pair = [subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        for process in pair:
            assert process.stdout is not None
            assert process.stdout.readline() == "listening\n"
        for process in pair:
            assert process.communicate("\n", timeout=60)[0] == "hello\n"


def test_nobody_outside_can_be_reached_not_even_on_the_same_machine():
    with socket.create_server(("127.0.0.1", 0)) as outside:
        answers = run(REACH_OUT, *map(str, outside.getsockname()[:2]))
    unreachable, refused = "101", "111"  # ENETUNREACH, ECONNREFUSED
    assert answers == [unreachable, unreachable, refused]


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming an ordinary user takes root")
def test_an_ordinary_user_may_as_well_and_stays_who_he_is():
    become = "os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)\n"
    dumpable = "import ctypes; ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)\n"  # who gave rights up may not write into /proc otherwise
    listen = "enter_network()\nprint(os.getuid(), os.getgid(), socket.create_server(('127.0.0.1', 0)) is not None)"
    alone = "if os.fork(): sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))\n"  # libraries may have started threads
    done = subprocess.run(
        [sys.executable, "-c", ENTER + alone + become + dumpable + listen],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if "PermissionError" in done.stderr:
        pytest.skip("this machine gives ordinary users no namespaces")
    assert done.stdout == "65534 65534 True\n"


def test_we_ourselves_have_entered_nothing():
    before = Path("/proc/self/ns/net").readlink()
    assert can_enter_network()
    assert Path("/proc/self/ns/net").readlink() == before
