"""A server as a program: it drains on a signal and leaves the handlers as it found them."""

import signal
import socket
import subprocess
import sys

import pytest

from workbench.api import delimited, framed
from workbench.serving import Server, Stopped, serve_forever

PROGRAM = """
from workbench.api import delimited, framed
from workbench.serving import Server, log_line, serve_forever
serve_forever(Server(framed(delimited(b"\\n"), bytes.upper), listen=lambda event: print(log_line(event), flush=True)))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_gracefully(number):
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().split("127.0.0.1:")[1].split('"')[0])
        with socket.create_connection(("127.0.0.1", port), 5) as sock:
            sock.sendall(b"hello\n")
            assert sock.recv(10) == b"HELLO\n"
            process.send_signal(number)
            assert sock.recv(10) == b""
        output, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    lines = output.splitlines()
    assert '"event": "draining"' in "".join(lines)
    assert lines[-1].startswith('{"event": "stopped"')


def test_handlers_are_put_back():
    before = signal.getsignal(signal.SIGTERM)
    told = []
    server = Server(framed(delimited(b"\n"), bytes.upper), listen=told.append)
    server.stop()
    serve_forever(server)
    assert signal.getsignal(signal.SIGTERM) is before
    assert isinstance(told[-1], Stopped)
