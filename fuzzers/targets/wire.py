"""Plays a case over a TCP connection, and knows when the server has nothing more to say without waiting for a time-out.

How that is known is the watcher's business: for a local process by its threads being asleep, for a stranger by its silence.
"""

import contextlib
import os
import select
import socket
from collections.abc import Callable, Sequence
from typing import Protocol

from fuzzers.model import Ending, Execution, Failure
from fuzzers.targets.play import MAX_REPLY
from workbench.api import Direction, Endpoint

__all__ = ["Watcher", "connect", "play_on_wire"]

CONNECT_S = 2.0
"""A local server that does not take a connection for so long has a full backlog: it hangs."""
READ_SIZE = 65_536
WAIT_MS = 1
"""How long to wait for a reply before the server is looked at again."""
SPIN = 100
"""Such waits between two looks at the server's processor time."""


class Watcher(Protocol):
    """What an executor knows about its server."""

    def begin(self) -> None:
        """A case begins."""
        ...

    def said(self) -> None:
        """Something was sent (or our end was)."""
        ...

    def heard(self) -> None:
        """Something was received."""
        ...

    def is_done(self) -> bool:
        """Whether the server will do nothing more unless something is sent to it."""
        ...

    def hang(self) -> Failure | None:
        """Why the server is to be called hanging by now; None while it is not."""
        ...


class _Ended(Exception):  # noqa: N818 - not an error: how the inner loops say that the conversation is over
    def __init__(self, ending: Ending, failure: Failure | None = None) -> None:
        super().__init__(ending)
        self.ending = ending
        self.failure = failure


def connect(endpoint: Endpoint) -> socket.socket:
    """A connected, non-blocking socket; raises OSError."""
    sock = socket.create_connection((endpoint.host, endpoint.port), CONNECT_S)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setblocking(False)
    return sock


Turns = Sequence[tuple[Direction, bytes]]


def play_on_wire(
    endpoint: Endpoint, messages: Sequence[bytes], watcher: Watcher, answered: Callable[[Turns], bool] | None = None
) -> Execution:
    """Connect, send each message when the server is done with the one before, then send our end and take what still comes.

    `answered` says of what was said so far that nothing more is to come: then nobody waits for the watcher.
    """
    watcher.begin()
    try:
        sock = connect(endpoint)
    except TimeoutError:
        return Execution((), Ending.HUNG, Failure("takes no connection"))
    except ConnectionResetError:  # it took the connection, and threw it away before we could say a word
        failure = _settle(watcher)
        return Execution((), Ending.CLOSED if failure is None else Ending.HUNG, failure)
    except OSError:
        return Execution((), Ending.GONE)
    with sock:
        conversation = _Conversation(sock, watcher, answered)
        ending, failure, at_rest = Ending.OPEN, None, False
        try:
            for message in messages:
                conversation.say(message)
                conversation.listen()
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_WR)
            watcher.said()
            try:
                conversation.listen(to_the_end=True)
            except _Ended as last:  # a server that closes because we did is not said to have closed
                at_rest = last.ending is Ending.CLOSED
        except _Ended as ended:
            ending, failure = ended.ending, ended.failure
            at_rest = ending is Ending.CLOSED
    # a server of which only the socket is seen can show no more of its rest than that it closed
    if failure is None and ending is not Ending.HUNG and not (answered is not None and at_rest):
        failure = _settle(watcher)
        ending = Ending.HUNG if failure is not None else ending
    return Execution(tuple(conversation.turns), ending, failure, cut=conversation.left <= 0)


def _settle(watcher: Watcher) -> Failure | None:
    """Let the server notice that we are gone, so that the next case meets it at rest."""
    watcher.said()
    while not watcher.is_done():
        failure = watcher.hang()
        if failure is not None:
            return failure
        os.sched_yield()
    return None


class _Conversation:
    def __init__(self, sock: socket.socket, watcher: Watcher, answered: Callable[[Turns], bool] | None) -> None:
        self.turns: list[tuple[Direction, bytes]] = []
        self.left = MAX_REPLY
        self._sock = sock
        self._watcher = watcher
        self._answered = answered
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)

    def say(self, message: bytes) -> None:
        """Send all of a message; replies that come meanwhile are taken."""
        self.turns.append((Direction.TO_SERVER, message))
        rest = memoryview(message)
        while rest:
            try:
                rest = rest[self._sock.send(rest) :]
                self._watcher.said()
            except BlockingIOError:
                self._turn()
                if self._watcher.is_done() and not self._poll.poll(0):
                    return  # it reads no more and does nothing: what we still have to say interests nobody
            except OSError:
                self._take_rest()
                raise _Ended(Ending.CLOSED) from None

    def listen(self, *, to_the_end: bool = False) -> None:
        """Take replies until the server is done, or until everything is answered unless `to_the_end`."""
        while True:
            if self._answered is not None and not to_the_end and self._answered(self.turns):
                return
            if self._turn():
                continue
            if self._watcher.is_done() and not self._turn():
                return

    def _turn(self) -> bool:
        """Take what is there; whether anything was. Ends the conversation when the server did, or hangs."""
        for _ in range(SPIN):
            if self._poll.poll(0):
                self._take()
                return True
            if self._watcher.is_done():
                return False
            os.sched_yield()
        failure = self._watcher.hang()
        if failure is not None:
            raise _Ended(Ending.HUNG, failure)
        return False

    def _take(self) -> None:
        try:
            data = self._sock.recv(READ_SIZE)
        except BlockingIOError:
            return
        except OSError:
            raise _Ended(Ending.CLOSED) from None
        if not data:
            raise _Ended(Ending.CLOSED)
        self._watcher.heard()
        self.turns.append((Direction.TO_CLIENT, data[: max(0, self.left)]))
        self.left -= len(data)
        if self.left <= 0:
            raise _Ended(Ending.OPEN)

    def _take_rest(self) -> None:
        """After a failed send: what the server said before it closed."""
        while self._poll.poll(0):
            self._take()
