"""A server that is started from a command line: in a sandbox, on a free loopback port, and no leftovers.

Readiness is a successful connection, not a waiting time. Output is kept in an unlinked file, so that a traceback or a sanitizer's report
can be read after each case.
"""

import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from fuzzers.model import Failure
from fuzzers.targets.config import TargetConfig
from fuzzers.targets.guardian import Guardian
from fuzzers.targets.procstat import ProcessTree
from fuzzers.targets.sandbox import Sandbox
from workbench.api import Endpoint, TargetError

__all__ = ["Command", "free_port"]

READY_S = 20.0
"""A server that has not opened its port after so long will not: loading large configurations takes a few seconds."""
POLL_S = 0.005
"""Between two attempts to connect while a server starts; ends at once when the server ends."""
STOP_S = 2.0
"""What a server gets to end by itself before it is killed: enough to flush its logs."""
MAX_LOG = 8 << 20
"""The log is cut when it grows beyond this."""
LOG_TAIL = 8000
"""Bytes of the log that go into a finding."""

_TRACEBACK = b"Traceback (most recent call last)"
_SANITIZER = b"Sanitizer: "
_FRAME = re.compile(r'^\s*File "([^"]*)", line \d+, in (\S+)', re.MULTILINE)
_NATIVE_FRAME = re.compile(r"^\s*#\d+ 0x[0-9a-f]+ in (\S+)", re.MULTILINE)
_ERROR = re.compile(r"^([\w.]+(?:Error|Exception|Exit|Interrupt|Warning)|[A-Za-z_][\w.]*): ?(.*)$", re.MULTILINE)


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port nobody listens on at the moment."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.bind((host, 0))
        return int(sock.getsockname()[1])


@dataclass(slots=True)
class _Running:
    process: "subprocess.Popen[bytes]"
    tree: ProcessTree
    pidfd: int


class Command:
    """One spawned server; started by `start`, ended by `stop`. A new start gets a new port where the command leaves it open."""

    def __init__(self, config: TargetConfig, guardian: Guardian) -> None:
        self.endpoint = Endpoint(config.host, config.port)
        self._config = config
        self._guardian = guardian
        self._sandbox = Sandbox(config, guardian)
        self._running: _Running | None = None
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the target, closed by `close`
        self._read = 0

    @property
    def tree(self) -> ProcessTree:
        """The server's processes and threads."""
        assert self._running is not None
        return self._running.tree

    def start(self) -> None:
        """Start the server and wait until it accepts connections; raises `TargetError` when it does not come up."""
        host = self._config.host
        port = self._config.port or free_port(host)
        self.endpoint = Endpoint(host, port)
        self._log.truncate(0)
        self._read = 0
        process = self._sandbox.start(port, self._log)
        self._running = _Running(process, ProcessTree(process.pid), os.pidfd_open(process.pid))
        self._await_port()

    def _await_port(self) -> None:
        assert self._running is not None
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection((self.endpoint.host, self.endpoint.port), READY_S):
                self._running.tree.refresh()
                return
            if select.select([self._running.pidfd], [], [], POLL_S)[0]:
                break
        ended = self._running.process.poll() is not None
        text = self.log().strip()[-500:].decode("utf-8", "backslashreplace")
        self.stop()
        what = "the server ended at once" if ended else f"the server does not listen on port {self.endpoint.port}"
        raise TargetError(
            what + (f", saying: {text}" if text else ""),
            place=" ".join(self._config.command),
            remedy='Check the command; "{port}" in it is replaced by the port to listen on',
        )

    def is_alive(self) -> bool:
        """Whether the server still runs."""
        return self._running is not None and not select.select([self._running.pidfd], [], [], 0)[0]

    def died_of(self) -> Failure:
        """Why the server ended; only after `is_alive` said no."""
        assert self._running is not None
        status = self._running.process.wait()
        told = self._complaint(whole=False)
        if told is not None:
            return told
        kind = _signal_name(-status) if status < 0 else f"exit status {status}"
        return Failure(kind, text=self.log().decode("utf-8", "backslashreplace"))

    def complaint(self) -> Failure | None:
        """A traceback or a sanitizer's report in what the server wrote since the last call; one still being written waits for the next."""
        return self._complaint(whole=True)

    def _complaint(self, *, whole: bool) -> Failure | None:
        size = os.fstat(self._log.fileno()).st_size
        if size == self._read:
            return None
        data = os.pread(self._log.fileno(), min(size - self._read, MAX_LOG), self._read)
        if whole and size <= MAX_LOG and _is_unfinished(data):
            return None
        self._read = size
        if size > MAX_LOG:
            self._log.truncate(0)
            self._read = 0
        start = max(data.rfind(_TRACEBACK), data.rfind(_SANITIZER))
        if start < 0:
            return None
        return _told(data[max(0, start - 200) :][: 4 * LOG_TAIL].decode("utf-8", "backslashreplace"))

    def log(self) -> bytes:
        """The tail of everything the server wrote."""
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), LOG_TAIL, max(0, size - LOG_TAIL))

    def stop(self, patience_s: float = 0.0) -> None:
        """End the server and everything in its group; it may take `patience_s` to do so by itself."""
        running, self._running = self._running, None
        if running is None:
            return
        group = running.process.pid
        with contextlib.suppress(ProcessLookupError):
            if patience_s:
                os.killpg(group, signal.SIGTERM)
                select.select([running.pidfd], [], [], patience_s)
            os.killpg(group, signal.SIGKILL)
        running.process.wait()
        running.tree.close()
        os.close(running.pidfd)
        self._guardian.forget(group)

    def close(self) -> None:
        """Stop and give everything back."""
        self.stop(STOP_S)
        self._sandbox.close()
        self._log.close()


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _is_unfinished(data: bytes) -> bool:
    """A traceback ends with the line that names the exception, the first one after its head that is not indented."""
    _, head, rest = data.rpartition(_TRACEBACK)
    return bool(head) and not any(line and not line.startswith(b" ") for line in rest.split(b"\n")[1:-1])


def _told(text: str) -> Failure:
    """What a Python traceback or a sanitizer's report says happened."""
    if _SANITIZER.decode() in text:
        kind = text.partition(_SANITIZER.decode())[2].partition(" ")[0].strip() or "report"
        return Failure(f"sanitizer {kind}", "", tuple(reversed(_NATIVE_FRAME.findall(text)[:8])), text[:LOG_TAIL])
    trace = text[text.rfind(_TRACEBACK.decode()) :]
    frames = tuple(f"{Path(file).stem}:{function}" for file, function in _FRAME.findall(trace))
    found = _ERROR.search(trace, trace.find("\n", trace.rfind('  File "')))
    kind, message = found.groups() if found else ("exception", "")
    return Failure(kind.rpartition(".")[2], message, frames, trace[:LOG_TAIL])
