"""How fast are the reference servers, and what do a thousand silent clients cost? `python tests/bench/serving.py [ROW…]` prints a table.

Speed: wrk with 64 connections against our server and against nginx, one after the other several times in one run (medians; two cores hold
the server and wrk). Memory: resident size of the server's process with 1,000 clients that have spoken once and are silent now.
"""

import argparse
import contextlib
import os
import re
import resource
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

SECONDS = 5
"""Length of one run of wrk."""
ROUNDS = 3
CLIENTS = 1000

HELLO = b"GET /hello.txt HTTP/1.1\r\nHost: h\r\n\r\n"
UPGRADE = (
    b"GET /echo HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
"""RFC 9113 3.4, with empty SETTINGS."""

NGINX = """\
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000000;
  server {{
    listen 127.0.0.1:{port} {tls};
    ssl_certificate {folder}/certs/localhost.pem; ssl_certificate_key {folder}/certs/localhost-key.pem;
    default_type text/plain; root {folder}/site;
  }}
}}
"""


@dataclass(frozen=True)
class Running:
    """A server of somebody: where it listens, and the process to weigh."""

    port: int
    pid: int


@contextlib.contextmanager
def ours(folder: Path, *words: str) -> Iterator[Running]:
    """`workbench serve …` without a log."""
    environment = {**os.environ, "WORKBENCH_CERTIFICATES": str(folder / "certs"), "WORKBENCH_SETTINGS": str(folder / "none")}
    command = [sys.executable, "-m", "workbench", "serve", *words, "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            yield Running(int(process.stdout.readline().rsplit(":", 1)[1]), process.pid)
        finally:
            process.send_signal(signal.SIGTERM)


@contextlib.contextmanager
def nginx(folder: Path, *, tls: bool) -> Iterator[Running]:
    """One worker with the same file."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "site").mkdir(exist_ok=True)
    (folder / "site" / "hello.txt").write_text("Hello from the workbench.\n")
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, port=port, tls="ssl" if tls else ""))
    command = ["nginx", "-p", str(folder), "-c", str(configuration)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield Running(port, process.pid)
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError("nginx does not listen")


@dataclass(frozen=True)
class Speed:
    """One run of wrk: requests a second, and microseconds of the server's CPU for each, which a busy machine changes less."""

    requests: float
    cpu_us: float


def one_run(server: Running, scheme: str) -> Speed:
    """Raises when an answer was none or a connection failed."""
    before = cpu_seconds(server.pid)
    url = f"{scheme}://127.0.0.1:{server.port}/hello.txt"
    out = subprocess.run(["wrk", "-t1", "-c64", f"-d{SECONDS}s", url], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        raise RuntimeError(out)
    rate, total = re.search(r"Requests/sec:\s+([\d.]+)", out), re.search(r"(\d+) requests in", out)
    assert rate is not None, out
    assert total is not None, out
    return Speed(float(rate[1]), (cpu_seconds(server.pid) - before) * 1e6 / int(total[1]))


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its children."""
    used = sum(map(int, Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13])) / os.sysconf("SC_CLK_TCK")
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return used + sum(cpu_seconds(int(child)) for child in children)


def speed(folder: Path, words: tuple[str, ...], scheme: str) -> tuple[Speed, Speed]:
    """Medians: ours, nginx."""
    mine, theirs = [], []
    for _ in range(ROUNDS):
        with ours(folder, "http1", *words) as server:
            mine.append(one_run(server, scheme))
        with nginx(folder, tls=scheme == "https") as server:
            theirs.append(one_run(server, scheme))
    return _median(mine), _median(theirs)


def _median(runs: list[Speed]) -> Speed:
    return Speed(statistics.median(run.requests for run in runs), statistics.median(run.cpu_us for run in runs))


def idle_memory(folder: Path, protocol: str, said: bytes, alpn: str = "") -> tuple[float, float]:
    """Resident MiB of the server alone, and with all clients; they speak TLS where `alpn` is given."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols([alpn])
    with ours(folder, protocol, *(("--tls",) if alpn else ())) as server, contextlib.ExitStack() as clients:
        before = 0.0
        for number in range(CLIENTS):
            sock: socket.socket = clients.enter_context(socket.create_connection(("127.0.0.1", server.port), 10))
            if alpn:
                sock = clients.enter_context(context.wrap_socket(sock))
            sock.sendall(said)
            if not sock.recv(1000):
                raise RuntimeError(f"{protocol} hung up on client {number}")
            before = before or resident(server.pid)
        return before, resident(server.pid)


def resident(pid: int) -> float:
    """VmRSS in MiB."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


SPEED: dict[str, tuple[tuple[str, ...], str]] = {
    "http1": ((), "http"),
    "http1-workers": (("--workers", "2"), "http"),
    "http1-tls": (("--tls",), "https"),
}
MEMORY: dict[str, Callable[[Path], tuple[float, float]]] = {
    "idle-http1": lambda folder: idle_memory(folder, "http1", HELLO),
    "idle-http1-tls": lambda folder: idle_memory(folder, "http1", HELLO, "http/1.1"),
    "idle-websocket": lambda folder: idle_memory(folder, "websocket", UPGRADE),
    "idle-websocket-tls": lambda folder: idle_memory(folder, "websocket", UPGRADE, "http/1.1"),
    "idle-http2": lambda folder: idle_memory(folder, "http2", PREFACE),
    "idle-http2-tls": lambda folder: idle_memory(folder, "http2", PREFACE, "h2"),
}


def main() -> None:
    """Measure the rows that were asked for, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", choices=[[], *SPEED, *MEMORY], help="default: all")
    rows = parser.parse_args().rows or [*SPEED, *MEMORY]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * CLIENTS)), hard))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # nginx's worker is another user
        with ours(folder, "http1", "--tls") as server:
            print(f"certificates made by process {server.pid}; nginx uses them, too", file=sys.stderr)
        for row in rows:
            if row in SPEED:
                mine, theirs = speed(folder, *SPEED[row])
                words = [f"{run.requests:>8,.0f} requests/s, {run.cpu_us:5.1f} us CPU each" for run in (mine, theirs)]
                print(f"{row:<20} {words[0]}; nginx {words[1]}; ratio {mine.requests / theirs.requests:.2f}", flush=True)
            else:
                before, after = MEMORY[row](folder)
                each = (after - before) * 1024 / CLIENTS
                print(
                    f"{row:<20} {after:>6.1f} MiB with {CLIENTS:,} clients (alone {before:.1f}; {each:.1f} KiB each)", flush=True
                )


if __name__ == "__main__":
    main()
