"""How fast is the QUIC server, and what do a thousand silent clients cost? `python tests/bench/quic_serving.py [ROW…]` prints a table.

Our own client (aioquic, too) drives `workbench serve hq` over loopback, one connection after the other; with two cores each side has one.
Since the client works as hard as the server, what counts is "per second of the server's CPU". Memory is the resident size of the server's
process.
"""

import argparse
import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from workbench.api import ClientSetup, ConnectionClosed, FrameReader, StreamData
from workbench_quic.carrier.client import QuicClient

HANDSHAKES = 200
REQUESTS = 3_000
AT_ONCE = 32
"""Requests that are under way."""
BYTES = 20_000_000
CLIENTS = 1_000
PATIENCE_S = 60.0

_TICKS = os.sysconf("SC_CLK_TCK")


class Client:
    """One connection on a socket of its own."""

    def __init__(self, port: int) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.connect(("127.0.0.1", port))
        self.sock.setblocking(False)
        self.quic = QuicClient(ClientSetup(alpn=("hq-interop",), server_name="localhost", verify=False))

    def flush(self) -> None:
        """Send what is to be sent."""
        for datagram in self.quic.outgoing(time.monotonic_ns()):
            self.sock.send(datagram)

    def until(self, done: Callable[[], bool]) -> None:
        """Talk until something is so."""
        deadline = time.monotonic() + PATIENCE_S
        while not done():
            if time.monotonic() > deadline or self.quic.ended:
                raise SystemExit(f"the server does not answer: {self.quic.ended or 'silence'}")
            self.flush()
            due_ns = self.quic.due_ns()
            wait = 0.5 if due_ns is None else max(0.0, (due_ns - time.monotonic_ns()) / 1e9)
            if select.select([self.sock], [], [], min(wait, 0.5))[0]:
                with contextlib.suppress(BlockingIOError):
                    while True:
                        self.quic.receive(self.sock.recv(65_536), time.monotonic_ns())
            self.quic.wakeup(time.monotonic_ns())
        self.flush()

    def connected(self) -> "Client":
        """After the handshake."""
        self.until(lambda: self.quic.ready)
        return self

    def close(self) -> None:
        """Say goodbye."""
        self.quic.send(bytes(ConnectionClosed(0)))
        self.flush()
        self.sock.close()


@contextlib.contextmanager
def server() -> Iterator[tuple[int, int]]:
    """`workbench serve hq`: its port, and the process that does the work."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "WORKBENCH_CERTIFICATES": f"{folder}/certs", "WORKBENCH_SETTINGS": f"{folder}/none"}
        command = [sys.executable, "-m", "workbench", "serve", "hq", "--quiet", "--connections", str(CLIENTS + 1)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment) as process:
            assert process.stdout is not None
            try:
                port = int(process.stdout.readline().rsplit(":", 1)[1])
                yield port, int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])
            finally:
                process.send_signal(signal.SIGTERM)


def seconds_of(pid: int) -> float:
    """CPU time that a process has used."""
    words = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / _TICKS


def megabytes_of(pid: int) -> float:
    """Resident size of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def handshakes(port: int) -> float:
    """Connections made and closed again."""
    for _ in range(HANDSHAKES):
        Client(port).connected().close()
    return HANDSHAKES


def requests(port: int) -> float:
    """Small pages, some at once on one connection."""
    client, reader = Client(port).connected(), FrameReader()
    asked = answered = 0

    def step() -> bool:
        nonlocal asked, answered
        answered += sum(frame.end for frame in reader.receive(client.quic.read()) if isinstance(frame, StreamData))
        while asked - answered < AT_ONCE and asked < REQUESTS:
            client.quic.send(bytes(StreamData(4 * asked, b"GET /hello.txt\r\n", True)))
            asked += 1
        return answered == REQUESTS

    client.until(step)
    client.close()
    return REQUESTS


def megabytes(port: int) -> float:
    """One large page."""
    client, reader = Client(port).connected(), FrameReader()
    client.quic.send(bytes(StreamData(0, b"GET /bytes/%d\r\n" % BYTES, True)))
    client.until(lambda: any(frame.end for frame in reader.receive(client.quic.read()) if isinstance(frame, StreamData)))
    client.close()
    return BYTES / 1e6


SPEEDS: dict[str, Callable[[int], float]] = {"handshakes": handshakes, "requests": requests, "megabytes": megabytes}


def speed(row: str) -> str:
    """One line of the table."""
    with server() as (port, pid):
        cpu, wall = seconds_of(pid), time.perf_counter()
        count = SPEEDS[row](port)
        wall, cpu = time.perf_counter() - wall, seconds_of(pid) - cpu
    return f"{row:<12} {count / wall:>10,.0f} {count / cpu:>20,.0f}"


def idle() -> str:
    """What silent clients cost."""
    with server() as (port, pid):
        Client(port).connected().close()
        before = megabytes_of(pid)
        clients = [Client(port).connected() for _ in range(CLIENTS)]
        after, cpu = megabytes_of(pid), seconds_of(pid)
        time.sleep(5)
        busy = (seconds_of(pid) - cpu) / 5
        for client in clients:
            client.close()
    return f"{CLIENTS:,} silent connections: {after - before:.0f} MB on top of {before:.0f} MB, {100 * busy:.1f} % of a core"


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", default=[], metavar="ROW", help=f"{', '.join(SPEEDS)} or idle (default: all)")
    rows = parser.parse_args().rows or [*SPEEDS, "idle"]
    print(f"{'':<12} {'per second':>10} {'per CPU second':>20}")
    for row in rows:
        print(idle() if row == "idle" else speed(row), flush=True)


if __name__ == "__main__":
    main()
