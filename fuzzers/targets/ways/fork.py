"""A fork of the server for each connection: every case meets the server as it was when it had started, and how it ends is known exactly.

The forking is done inside the server, by a shared object that is loaded into it (`fuzzers/coverage/sources/fork_at_accept.c`), which tells
us through a pipe who serves a connection and how that one ended.
"""

import contextlib
import os
import select
import signal
import struct
from collections.abc import Sequence
from dataclasses import replace

from fuzzers.coverage import preload
from fuzzers.model import USUAL, Conduct, Ending, Execution, Failure
from fuzzers.targets.command import Command
from fuzzers.targets.ways.live import Live
from workbench.api import TargetError

__all__ = ["Fork"]

FORK_FD = "WORKBENCH_FORK_FD"
READY_S = 1.0
"""A server that has taken a connection forks at once or never."""
END_S = 5.0
"""A killed process is gone much earlier, also on a busy machine."""

_RECORD = struct.Struct("=ii")
_SERVING = -1


class Fork(Live):
    """See `fuzzers.targets.ways.way.Way`."""

    name = "fork"
    keeps = False
    secrets = 0

    def __init__(self, command: Command) -> None:
        super().__init__(command)
        self._pipe = -1
        self._rest = b""
        self._lingered = False
        """Whether the last fork had to be ended."""

    def start(self) -> None:
        """See `Way`; raises `TargetError` also where the server cannot be forked."""
        library = preload("fork_at_accept")
        if library is None:
            raise TargetError("forking a server takes a C compiler", remedy="Install gcc or clang, or play with --executor live")
        self._let_go()
        self._pipe, theirs = os.pipe()
        os.set_blocking(self._pipe, False)
        try:
            loaded = {"LD_PRELOAD": str(library), FORK_FD: str(theirs), "ASAN_OPTIONS": "verify_asan_link_order=0"}
            self._start(loaded, (theirs,))
        finally:
            os.close(theirs)
        pid, _ = self._record(READY_S)
        if pid is None:
            self.stop()
            raise TargetError("the server cannot be forked for each connection", remedy="Play with --executor live or restart")
        self._await_end(pid, hung=False)

    def say(self, messages: Sequence[bytes], conduct: Conduct = USUAL, *, patient: bool = False, apart: bool = True) -> Execution:
        """See `Way`."""
        execution = super().say(messages, conduct, patient=patient)
        failure: Failure | None = None
        self._lingered = False
        while True:
            pid, status = self._record(0.0)
            if pid is None:
                break
            if status == _SERVING:
                status = self._await_end(pid, hung=execution.ending is Ending.HUNG)
            if status and failure is None:
                failure = self.command.cause_of(os.waitstatus_to_exitcode(status))
        return execution if failure is None else replace(execution, ending=Ending.CRASHED, failure=failure)

    def answers(self, probe: Sequence[bytes]) -> bool:
        """See `Way`. Another fork always does; but one that we had to end slept, unless they all do so when their client is gone."""
        if not self._lingered:
            return True
        self.say(probe)
        return self._lingered

    def survives(self, execution: Execution) -> bool:
        """See `Way`; it was only a fork of it."""
        return self.command.is_alive()

    def _await_end(self, pid: int, *, hung: bool) -> int:
        """How the process that serves a connection ended; 0 where we had to end it, as it rests (or hangs) although nobody is there."""
        ended, status = self._record(0.0)
        if ended == pid:
            return status
        self._lingered = True
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        ended, status = self._record(END_S)
        return 0 if hung or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL) else status

    def _record(self, seconds: float) -> tuple[int | None, int]:
        """The next thing that we are told, waiting for it so long; None for nothing."""
        while len(self._rest) < _RECORD.size:
            try:
                more = os.read(self._pipe, 4096)
            except BlockingIOError:
                if seconds and select.select([self._pipe], [], [], seconds)[0]:
                    continue
                return None, 0
            if not more:  # the server is gone
                return None, 0
            self._rest += more
        pid, status = _RECORD.unpack_from(self._rest)
        self._rest = self._rest[_RECORD.size :]
        return pid, status

    def _let_go(self) -> None:
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1
            self._rest = b""

    def stop(self) -> None:
        """See `Way`."""
        super().stop()
        self._let_go()

    def close(self) -> None:
        """See `Way`."""
        super().close()
        self._let_go()
