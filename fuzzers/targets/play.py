"""Plays a case on a sans-IO server, in this process: a fresh service each time, so that nothing of one case reaches the next."""

import traceback
from collections.abc import Sequence

from fuzzers.fingerprints import frames_of_traceback
from fuzzers.model import Ending, Execution, Failure
from workbench.api import Direction, Secret, ServerConnection, ServerFactory, ServerOptions, in_memory

__all__ = ["MAX_REPLY", "Player"]

STEP_NS = 1_000_000
"""Time that passes for the server between two messages: fixed, because a case must mean the same whenever it is played."""
MAX_REPLY = 1024 * 1024
"""Bytes of replies to one case that are taken; a server may stream for ever and oracles need no more."""
MAX_TRACE = 8000
"""Characters of a traceback that are kept."""


class Player:
    """A server and how to talk to it. `turns` is what was said so far in the current case, also while it is still played."""

    def __init__(self, factory: ServerFactory, secret: Secret | None, options: ServerOptions | None = None) -> None:
        self.turns: list[tuple[Direction, bytes]] = []
        self._factory = factory
        self._options = options or ServerOptions()
        self._secret = secret
        self._left = 0

    def play(self, messages: Sequence[bytes]) -> Execution:
        """Play one case; whatever the server raises becomes a failure (memory limits and exits included)."""
        self.turns = []
        self._left = MAX_REPLY
        try:
            ending = self._converse(messages)
        except BaseException as error:  # SystemExit and KeyboardInterrupt out of a server are crashes of the server as well
            return self.ended(Ending.CRASHED, _failure(error))
        return self.ended(ending)

    def ended(self, ending: Ending, failure: Failure | None = None) -> Execution:
        """The execution so far, with an ending; for whoever has to cut it short."""
        return Execution(tuple(self.turns), ending, failure, secret=self._secret is not None, cut=self._left <= 0)

    def _converse(self, messages: Sequence[bytes]) -> Ending:
        service = self._factory(self._options)
        now = 0
        if self._secret is not None:
            other = in_memory(service())
            for message in self._secret.session.messages:
                now += STEP_NS
                other.wakeup(now)
                other.receive(message)
                _drained(other)
        connection = in_memory(service())
        for message in messages:
            now += STEP_NS
            self._heard(connection.wakeup(now))
            if connection.closed:
                return Ending.CLOSED
            self.turns.append((Direction.TO_SERVER, message))
            self._heard(connection.receive(message))
            self._pull(connection)
            if connection.closed:
                return Ending.CLOSED
            if self._left <= 0:
                return Ending.OPEN
        self._heard(connection.receive(b""))
        self._pull(connection)
        return Ending.OPEN

    def _heard(self, data: bytes) -> None:
        if data:
            self.turns.append((Direction.TO_CLIENT, data[: max(0, self._left)]))
            self._left -= len(data)

    def _pull(self, connection: ServerConnection) -> None:
        while self._left > 0:
            more = connection.pull()
            if not more:
                return
            self._heard(more)


def _drained(connection: ServerConnection) -> None:
    """Let a server say what it wants to, up to the same bound."""
    left = MAX_REPLY
    while left > 0:
        more = connection.pull()
        if not more:
            return
        left -= len(more)


def _failure(error: BaseException) -> Failure:
    frames = frames_of_traceback(error.__traceback__)
    try:
        message = str(error)[:MAX_TRACE]
        text = "".join(traceback.format_exception(error))[-MAX_TRACE:]
    except Exception:  # an exception that cannot even be shown is still a crash
        message = text = ""
    return Failure(type(error).__name__, message, frames, text)
