"""How long does an echo take among a thousand WebSockets? `python tests/bench/websocket.py [--connections N] [--rate R]` prints a table.

The server runs in a process of its own, the client (one event loop of plain sockets) in this one, on the same cores. Every connection says
something at its own even pace, so that the load is `rate` messages a second in all, whatever the answers take; a round-trip that is late
because an earlier one was slow counts with its lateness. Then all fall silent, and the server's resident size is read.
"""

import argparse
import contextlib
import heapq
import os
import resource
import selectors
import signal
import socket
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

HANDSHAKE = (
    b"GET /echo HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
SIZE = 100
"""Bytes of a message: a line of a chat, a tick of a feed."""
FRAME = bytes((0x82, 0x80 | SIZE)) + bytes(4 + SIZE)
ECHO = 2 + SIZE
SECONDS = 10


@dataclass(slots=True)
class Client:
    """One connection: when its next message is due, when the waiting one was due, and how much of its echo has come."""

    sock: socket.socket
    due: float = 0.0
    asked: float = 0.0
    missing: int = 0
    late: list[float] = field(default_factory=list)
    """When messages were due that had to wait for the one before."""


@contextlib.contextmanager
def server(connections: int):
    """The reference server as `workbench serve` runs it; gives its process and port."""
    command = [
        sys.executable,
        "-m",
        "workbench",
        "serve",
        "websocket",
        "--port",
        "0",
        "--quiet",
        "--connections",
        str(connections),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, int(process.stdout.readline().rsplit(":", 1)[1])
        finally:
            process.send_signal(signal.SIGTERM)


def opened(port: int, connections: int) -> list[Client]:
    clients = []
    for _ in range(connections):
        sock = socket.create_connection(("127.0.0.1", port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.sendall(HANDSHAKE)
        reply = b""
        while b"\r\n\r\n" not in reply:
            reply += sock.recv(4096)
        assert b" 101 " in reply
        sock.setblocking(False)
        clients.append(Client(sock))
    return clients


def measure(clients: list[Client], rate: int, seconds: float) -> list[float]:
    """Round-trip times in milliseconds."""
    times: list[float] = []
    pace = len(clients) / rate
    clock = time.perf_counter
    begin = clock() + 0.1
    queue = []
    selector = selectors.DefaultSelector()
    for number, client in enumerate(clients):
        client.due = begin + pace * number / len(clients)
        heapq.heappush(queue, (client.due, number))
        selector.register(client.sock, selectors.EVENT_READ, client)
    waiting = 0
    while queue or waiting:
        now = clock()
        while queue and queue[0][0] <= now:
            due, number = heapq.heappop(queue)
            client = clients[number]
            if client.missing:
                client.late.append(due)
            else:
                client.sock.send(FRAME)
                client.missing, client.asked = ECHO, due
                waiting += 1
            if due + pace < begin + seconds:
                heapq.heappush(queue, (due + pace, number))
        for key, _ in selector.select(max(0.0, queue[0][0] - clock()) if queue else 1.0):
            client = key.data
            client.missing -= len(client.sock.recv(4096))
            if not client.missing:
                times.append((clock() - client.asked) * 1000)
                waiting -= 1
                if client.late:
                    client.sock.send(FRAME)
                    client.missing, client.asked = ECHO, client.late.pop(0)
                    waiting += 1
    selector.close()
    return times


def resident(pid: int) -> float:
    """Resident size of a process in MiB."""
    text = Path(f"/proc/{pid}/statm").read_text(encoding="ascii")
    return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--connections", type=int, default=1000)
    ask.add_argument("--rate", type=int, action="append", help="messages a second in all; repeatable")
    ask.add_argument("--seconds", type=float, default=SECONDS)
    args = ask.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with server(args.connections) as (process, port):
        empty = resident(process.pid)
        clients = opened(port, args.connections)
        print(f"{args.connections} connections, {SIZE} bytes each way, {args.seconds:g} s per row")
        for rate in args.rate or (1000, 2000, 5000):
            times = measure(clients, rate, args.seconds)
            cuts = statistics.quantiles(times, n=100)
            print(f"{rate:6} messages/s: p50 {cuts[49]:6.2f} ms  p90 {cuts[89]:6.2f} ms  p99 {cuts[98]:6.2f} ms  of {len(times)}")
        print(f"resident: {empty:.1f} MiB without connections, {resident(process.pid):.1f} MiB with all of them silent")
        for client in clients:
            client.sock.close()


if __name__ == "__main__":
    main()
