"""A server that is started from a command line: in a sandbox, on a free loopback port, and no leftovers.

Readiness is a successful connection, not a waiting time. Output is kept in an unlinked file, so that a traceback or a sanitizer's report
can be read after each case.
"""

import contextlib
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from fuzzers.model import Failure
from fuzzers.sanitizers import SanitizerFiles
from fuzzers.targets.config import TargetConfig
from fuzzers.targets.guardian import Guardian
from fuzzers.targets.links.link import Dialer
from fuzzers.targets.links.tcp import PLAIN
from fuzzers.targets.logs import ServerLog
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


def free_port(host: str = "127.0.0.1", kind: Literal["tcp", "udp"] = "tcp") -> int:
    """A port nobody listens on at the moment."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM) as sock:
        sock.bind((host, 0))
        return int(sock.getsockname()[1])


@dataclass(slots=True)
class _Running:
    process: "subprocess.Popen[bytes]"
    tree: ProcessTree
    pidfd: int
    ended: select.poll
    """Says so."""


class Command:
    """One spawned server; started by `start`, ended by `stop`. A new start gets a new port where the command leaves it open.

    `environment` is what we add to the server's.
    """

    def __init__(
        self,
        config: TargetConfig,
        guardian: Guardian,
        dialer: Dialer = PLAIN,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.dialer = dialer
        self._environment = environment or {}
        self.endpoint = Endpoint(config.host, config.port)
        self._config = config
        self._guardian = guardian
        self._sandbox = Sandbox(config, guardian)
        self._running: _Running | None = None
        self._log = ServerLog()
        self._reports = SanitizerFiles(self._sandbox.directory)

    @property
    def tree(self) -> ProcessTree:
        """The server's processes and threads."""
        assert self._running is not None
        return self._running.tree

    @property
    def group(self) -> int:
        """The server's process group; 0 while it does not run."""
        return self._running.process.pid if self._running is not None else 0

    def start(self, extra: Mapping[str, str] | None = None, passed: Sequence[int] = ()) -> None:
        """Start the server and wait until it accepts connections; raises `TargetError` when it does not come up.

        `extra` goes on top of its environment, the descriptors `passed` are open in it.
        """
        host = self._config.host
        port = self._config.port or free_port(host, self.dialer.kind)
        self.endpoint = Endpoint(host, port)
        self._log.begin()
        process = self._sandbox.start(
            port, self._log.file, {**self._reports.begin(), **self._environment, **(extra or {})}, passed
        )
        pidfd = os.pidfd_open(process.pid)
        ended = select.poll()
        ended.register(pidfd, select.POLLIN)
        self._running = _Running(process, ProcessTree(process.pid), pidfd, ended)
        self._await_port()

    def _await_port(self) -> None:
        assert self._running is not None
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            if self.dialer.is_there(self.endpoint, READY_S):
                self._running.tree.refresh()
                return
            if select.select([self._running.pidfd], [], [], POLL_S)[0]:
                break
        ended = self._running.process.poll() is not None
        text = self.log().strip()[-500:]
        self.stop()
        what = "the server ended at once" if ended else f"the server does not listen on port {self.endpoint.port}"
        raise TargetError(
            what + (f", saying: {text}" if text else ""),
            place=" ".join(self._config.command),
            remedy='Check the command; "{port}" in it is replaced by the port to listen on',
        )

    def is_alive(self) -> bool:
        """Whether the server still runs."""
        return self._running is not None and not self._running.ended.poll(0)

    def died_of(self) -> Failure:
        """Why the server ended; only after `is_alive` said no."""
        assert self._running is not None
        return self.cause_of(self._running.process.wait())

    def cause_of(self, status: int) -> Failure:
        """Why a process of the server ended with this exit status (a negative one: by that signal)."""
        told = self._complaint(whole=False)
        if told is not None:
            return told
        kind = _signal_name(-status) if status < 0 else f"exit status {status}"
        return Failure(kind, text=self.log())

    def complaint(self) -> Failure | None:
        """A traceback or a sanitizer's report since the last call; one still being written waits for the next."""
        return self._complaint(whole=True)

    def _complaint(self, *, whole: bool) -> Failure | None:
        return self._log.complaint(whole=whole) or self._reports.report()

    def log(self) -> str:
        """The tail of everything the server wrote."""
        return self._log.tail()

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
