"""Where clients come in: the contract between a tap and what it listens with, and the door for TCP."""

import errno
import os
import selectors
import socket
from collections.abc import Callable
from typing import Protocol

from captures.tap.connection import Connection
from captures.tap.ground import Ground
from captures.tap.passage import Course, Wires
from workbench.api import CaptureError, Endpoint

__all__ = ["Begin", "Door", "TcpDoor", "Way"]


class Door(Protocol):
    """What a tap listens with. `accepted`, `refused`, `opened`, `dropped` count as in `TapCounters`."""

    endpoint: Endpoint
    title: str
    """What it does, for the name of the capture's interface."""
    filter_text: str
    """What it sees, as a capture filter."""
    accepted: int
    refused: int
    opened: int
    dropped: int

    @property
    def open(self) -> int:
        """Clients that are served now."""
        ...

    def tick(self, now: int) -> None:
        """Time passes; called after each wait for sockets. Raises CaptureError when it cannot go on."""
        ...

    def due_s(self) -> float | None:
        """When `tick` wants to be called at the latest, from now; None: it does not matter."""
        ...

    def drain(self) -> None:
        """Accept and read no more."""
        ...

    @property
    def pending(self) -> bool:
        """Whether something still has to be passed on."""
        ...

    def close(self) -> None:
        """Give up all sockets; harmless when repeated."""
        ...


Way = Callable[[Ground], Door]
"""What a tap is to do: opens its door. Raises UsageError for what cannot be."""

Begin = Callable[[socket.socket, Wires], Course]
"""Makes the first course of a client's connection."""


class TcpDoor:
    """Accepts TCP connections on a listening socket, as many as may be, and begins a course for each."""

    def __init__(self, ground: Ground, listener: socket.socket, begin: Begin, title: str, filter_text: str) -> None:
        self.endpoint = Endpoint(*listener.getsockname()[:2])
        self.title = title.format(self.endpoint)
        self.filter_text = filter_text
        self.accepted = self.refused = self.opened = self.dropped = 0
        self._ground = ground
        self._listener = listener
        self._begin = begin
        self._most = ground.limits.connections
        self._connections: set[Connection] = set()
        self._listening = True
        self._on_client = self._accept

    @property
    def open(self) -> int:
        """See `Door`."""
        return len(self._connections)

    @property
    def pending(self) -> bool:
        """See `Door`."""
        return any(connection.pending for connection in self._connections)

    def due_s(self) -> float | None:
        """See `Door`."""
        return None

    def tick(self, now: int) -> None:
        """See `Door`."""
        for connection in list(self._connections):
            if not connection.finished:
                connection.late(now)
            if connection.finished:
                self._forget(connection)
        wanted = self._listening and len(self._connections) < self._most
        self._ground.wait_for(self._listener, selectors.EVENT_READ if wanted else 0, self._on_client)

    def drain(self) -> None:
        """See `Door`."""
        self._listening = False
        self._ground.wait_for(self._listener, 0, self._on_client)
        for connection in list(self._connections):
            connection.drain()

    def close(self) -> None:
        """See `Door`."""
        self._listening = False
        for connection in list(self._connections):
            self._forget(connection)
        self._ground.forget(self._listener)

    def _accept(self, events: int, now: int) -> None:
        try:
            client, address = self._listener.accept()
        except OSError as error:
            self._cannot_accept(error)
            return
        peer = Endpoint(address[0].partition("%")[0], address[1])
        connection = Connection(client, peer, self._ground, lambda wires: self._begin(client, wires), self.endpoint)
        connection.begin()
        if connection.starved:
            connection.close()
            self._cannot_accept(OSError(errno.EMFILE, os.strerror(errno.EMFILE)))
            return
        self.accepted += 1
        self._connections.add(connection)

    def _cannot_accept(self, error: OSError) -> None:
        """A client that is gone again is no matter; when descriptors ran out, fewer connections have to do."""
        if error.errno not in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
            return
        self._most = len(self._connections)
        if not self._most:
            raise CaptureError(
                f"connections cannot be accepted: {error.strerror}",
                place=str(self.endpoint),
                remedy="Raise the limit of open files",
            ) from error

    def _forget(self, connection: Connection) -> None:
        if connection in self._connections:
            self._connections.discard(connection)
            self.refused += connection.refused
            self.opened += connection.opened
            self.dropped += connection.dropped
            connection.close()
