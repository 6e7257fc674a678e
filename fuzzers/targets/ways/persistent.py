"""One connection for many cases, message after message, as long as the server answers: where connections are what takes long.

A case meets the state that the ones before left behind in the connection, so what was seen here is confirmed on a connection of its own.
"""

import contextlib
from collections.abc import Sequence

from fuzzers.model import USUAL, Conduct, Ending, Execution
from fuzzers.targets.command import Command
from fuzzers.targets.links.link import Link
from fuzzers.targets.ways.live import Live
from fuzzers.targets.wire import converse
from workbench.api import Direction

__all__ = ["Persistent"]

CASES = 256
"""Cases of one connection: it costs nothing more to begin again then, and no state lasts for ever."""


class Persistent(Live):
    """See `fuzzers.targets.ways.way.Way`."""

    name = "persistent"
    secrets = 64

    def __init__(self, command: Command) -> None:
        super().__init__(command)
        self._link: Link | None = None
        self._left = 0

    def say(self, messages: Sequence[bytes], conduct: Conduct = USUAL, *, patient: bool = False, apart: bool = True) -> Execution:
        """See `Way`. A server that takes one connection after the other must not be left with ours."""
        if not apart and not patient and conduct == USUAL and self._is_connected():
            assert self._link is not None
            self.watcher.patient = False
            self._left -= 1
            execution = converse(self._link, messages, self.watcher)
            if not self._left or execution.ending is not Ending.OPEN or execution.cut or not _is_answered(execution):
                self._hang_up()
            return execution
        self._hang_up()
        return super().say(messages, conduct, patient=patient)

    def _is_connected(self) -> bool:
        """Whether there is a connection, perhaps a new one; without one it is told in the usual way why."""
        if self._link is None:
            with contextlib.suppress(OSError):
                self._link = self.command.dialer.dial(self.endpoint)
                self._left = CASES
        return self._link is not None

    def _hang_up(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None

    def stop(self) -> None:
        """See `Way`."""
        self._hang_up()
        super().stop()

    def close(self) -> None:
        """See `Way`."""
        self._hang_up()
        super().close()


def _is_answered(execution: Execution) -> bool:
    """Whether the server had the last word: then it waits for the next message, not for the rest of this one."""
    return bool(execution.turns) and execution.turns[-1][0] is Direction.TO_CLIENT
