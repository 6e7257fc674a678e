"""Plays a case on a sans-IO server, in this process: a fresh service each time, so that nothing of one case reaches the next."""

import traceback
from collections.abc import Sequence

from fuzzers.fingerprints import frames_of_traceback
from fuzzers.model import USUAL, Conduct, Ending, Execution, Failure, Parting, Turn
from workbench.api import Direction, Secret, ServerConnection, ServerFactory, ServerOptions, Service, in_memory

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
        self.turns: list[Turn] = []
        self._lanes: list[int] = []
        self._lane: int | None = None
        self._factory = factory
        self._options = options or ServerOptions()
        self._secret = secret
        self._left = 0

    def play(self, messages: Sequence[bytes], conduct: Conduct = USUAL) -> Execution:
        """Play one case; whatever the server raises becomes a failure (memory limits and exits included)."""
        self.turns, self._lanes, self._lane = [], [], None
        self._left = MAX_REPLY
        try:
            ending = self._converse(messages) if conduct == USUAL else self._perform(messages, conduct)
        except BaseException as error:  # SystemExit and KeyboardInterrupt out of a server are crashes of the server as well
            return self.ended(Ending.CRASHED, _failure(error))
        return self.ended(ending)

    def ended(self, ending: Ending, failure: Failure | None = None) -> Execution:
        """The execution so far, with an ending; for whoever has to cut it short."""
        self._note_lane()
        turns, lanes = tuple(self.turns), tuple(self._lanes)
        return Execution(turns, ending, failure, secret=self._secret is not None, cut=self._left <= 0, lanes=lanes)

    def _started(self) -> tuple[Service, int]:
        """A fresh service to which somebody has told a secret, and what time it is."""
        service = self._factory(self._options)
        now = 0
        if self._secret is not None:
            other = in_memory(service())
            for message in self._secret.session.messages:
                now += STEP_NS
                other.wakeup(now)
                other.receive(message)
                _drained(other)
        return service, now

    def _converse(self, messages: Sequence[bytes]) -> Ending:
        """The usual conduct, which nearly all cases have."""
        service, now = self._started()
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

    def _perform(self, messages: Sequence[bytes], conduct: Conduct) -> Ending:
        """Any other conduct: several connections to one service, each left in its own way."""
        service, now = self._started()
        connections: dict[int, ServerConnection] = {}
        for act in conduct.acts(len(messages)):
            self._note_lane(act.lane if conduct.lanes else None)
            if act.lane not in connections:
                connections[act.lane] = in_memory(service())
            connection = connections[act.lane]
            now += STEP_NS
            deaf = act.parting is Parting.RESET or conduct.parting_of(act.lane) is Parting.ABANDON
            if not connection.closed:
                self._step(connection, messages[act.message], now, deaf=deaf, last=act.parting is Parting.HALF_CLOSE)
            if self._left <= 0:
                return Ending.OPEN
        ending = Ending.CLOSED if all(connection.closed for connection in connections.values()) else Ending.OPEN
        for lane, connection in connections.items():
            if conduct.parting_of(lane) is Parting.CLOSE and not connection.closed:
                self._note_lane(lane if conduct.lanes else None)
                self._heard(connection.receive(b""))
                self._pull(connection)
        return ending

    def _step(self, connection: ServerConnection, message: bytes, now: int, *, deaf: bool, last: bool) -> None:
        """Say one message. Who is `deaf` takes no answer; whose `last` message it is says so before the answer is taken."""
        replies = connection.wakeup(now)
        self._heard(b"" if deaf else replies)
        if connection.closed:
            return
        self.turns.append((Direction.TO_SERVER, message))
        replies = connection.receive(message)
        if last and not connection.closed:
            replies += connection.receive(b"")
        if not deaf:
            self._heard(replies)
            self._pull(connection)

    def _note_lane(self, following: int | None = None) -> None:
        """What was said since the last time was said on the lane that was named then."""
        if self._lane is not None:
            self._lanes.extend([self._lane] * (len(self.turns) - len(self._lanes)))
        self._lane = following

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
