"""Several servers, one process each: started together, asked for their counters, stopped together. No threads in the parent's own work.

A child that dies takes the others down with it, in good order: whoever watches the parent then sees that something is wrong.
"""

import contextlib
import json
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from workbench.serving.metrics import Totals, totals_of
from workbench.serving.server import Server

__all__ = ["PATIENCE_S", "Child", "Supervisor"]

PATIENCE_S = 4.9
"""A child that has not ended so long after it was asked to is killed: all of a shutdown takes less than five seconds."""

ANSWER_S = 1.0
"""A child that does not tell its counters within that is busy; a scraper gets the others' then."""

LARGEST_ANSWER = 65_536
"""Bytes of one answer: some dozens of numbers need far fewer."""


@dataclass(frozen=True, slots=True)
class Child:
    """`name` is for people; `make` is called in the new process and gives the server to run there."""

    name: str
    make: Callable[[], Server]


@dataclass(slots=True)
class _Running:
    name: str
    line: socket.socket
    """Our end: a byte asks for the counters; its end tells the child that we are gone."""
    asking: threading.Lock


class Supervisor:
    """`say` gets a sentence when a child dies. To be used from the main thread; `counters` may be asked from another one."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._running: dict[int, _Running] = {}
        self._signals = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}

    def start(self, children: Sequence[Child]) -> None:
        """Fork them all. Signals are taken care of by `wait` from now on; threads may be started afterwards."""
        signal.pthread_sigmask(signal.SIG_BLOCK, self._signals)
        sys.stdout.flush()
        sys.stderr.flush()
        for child in children:
            ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
            pid = os.fork()
            if pid == 0:
                ours.close()
                for other in self._running.values():
                    other.line.close()
                self._live(child, theirs)
            theirs.close()
            self._running[pid] = _Running(child.name, ours, threading.Lock())

    def wait(self) -> int:
        """Until all have ended: 0 when they were asked to and did, 1 when one died or had to be killed."""
        code, deadline = 0, float("inf")
        while self._running:
            patience = min(deadline - time.monotonic(), 1.0)  # look after them once a second even when no signal comes
            found = signal.sigtimedwait(self._signals, max(patience, 0.0))
            asked = found is not None and found.si_signo != signal.SIGCHLD
            died = self._bury(stopping=deadline != float("inf") or asked)
            code = code or int(died)
            if (asked or died) and deadline == float("inf"):
                deadline = time.monotonic() + PATIENCE_S
                self._send(signal.SIGTERM)
            if time.monotonic() >= deadline and self._running:
                code = 1
                self._say("what did not end in time is killed: " + ", ".join(entry.name for entry in self._running.values()))
                self._send(signal.SIGKILL)
                deadline = time.monotonic() + PATIENCE_S
        return code

    def counters(self) -> list[tuple[str, Totals]]:
        """What each child has counted so far; without those that do not answer."""
        found: list[tuple[str, Totals]] = []
        for entry in list(self._running.values()):
            with entry.asking, contextlib.suppress(OSError, ValueError):
                _throw_away(entry.line)
                entry.line.send(b"?")
                found.append((entry.name.partition("/")[0], json.loads(entry.line.recv(LARGEST_ANSWER))))
        return found

    def stop(self) -> None:
        """End all that still run; harmless after `wait`."""
        self._send(signal.SIGTERM)
        while self._running:
            self._bury(stopping=True)
            signal.sigtimedwait({signal.SIGCHLD}, 0.1)

    def _send(self, number: signal.Signals) -> None:
        for pid in self._running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _bury(self, *, stopping: bool) -> bool:
        """Take leave of those that have ended; True when one of them should not have."""
        bad = False
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            entry = self._running.pop(pid, None)
            if entry is None:
                continue
            entry.line.close()
            code = os.waitstatus_to_exitcode(status)
            if code or not stopping:
                bad = True
                how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
                self._say(f"the server of {entry.name} ended by itself ({how}); the others are stopped")
        return bad

    def _live(self, child: Child, line: socket.socket) -> None:
        """The child's whole life; never returns."""
        code = 1
        try:
            server = child.make()
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: server.stop())
            signal.pthread_sigmask(signal.SIG_UNBLOCK, self._signals)
            threading.Thread(target=_answer, args=(line, server), name="counters", daemon=True).start()
            server.run()
            code = 0
        except BaseException as error:
            # a sentence for what is meant to be read, everything for what is a bug
            self._say(str(error) if hasattr(error, "remedy") else traceback.format_exc())
        finally:
            with contextlib.suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)


def _throw_away(line: socket.socket) -> None:
    """Answers that came too late for whoever asked."""
    line.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while line.recv(LARGEST_ANSWER):
            pass
    line.settimeout(ANSWER_S)


def _answer(line: socket.socket, server: Server) -> None:
    """Tell the counters whenever the parent asks; stop when it is gone."""
    with contextlib.suppress(OSError):
        while line.recv(1):
            line.send(json.dumps(totals_of(server.counters)).encode())
    server.stop()
