"""One connection between a socket and a sans-IO server: what waits to be sent, whether to read on, when it is over. No sockets here."""

from collections.abc import Callable

from workbench.api import ServerConnection
from workbench.api.links import LinkCommand, LinkEvent
from workbench.serving.limits import ServingLimits

__all__ = ["Pump"]


class Pump:
    """Feeds a `ServerConnection` and holds its unsent replies within bounds. Exceptions of the connection pass through."""

    __slots__ = ("_buffered", "_commands", "_ended", "_idle", "_notify", "connection", "outgoing", "received", "sent")

    def __init__(self, connection: ServerConnection, limits: ServingLimits) -> None:
        self.connection = connection
        self.outgoing = bytearray()
        self.received = 0
        self.sent = 0
        self._buffered = limits.buffered
        self._ended = False
        self._idle = False
        # see `workbench.api.links.LinkingConnection`; asking the protocol class would cost more than the rest of accepting
        self._commands: Callable[[], list[LinkCommand]] | None = getattr(connection, "commands", None)
        self._notify: Callable[[LinkEvent, int], bytes] | None = getattr(connection, "notify", None)

    @property
    def wants_input(self) -> bool:
        """Whether to read from the peer: not while it leaves too many replies unread, and not after either side's end."""
        return not self._ended and not self.connection.closed and len(self.outgoing) < self._buffered

    @property
    def has_room(self) -> bool:
        """Whether links may bring more for the client."""
        return len(self.outgoing) < self._buffered

    @property
    def finished(self) -> bool:
        """All is said and sent. A proxy says itself when it is over: the far end may go on after the client's."""
        return not self.outgoing and (self.connection.closed or (self._ended and self._idle and self._commands is None))

    @property
    def ended_by_server(self) -> bool:
        """Whether the server closes, rather than having lost its peer."""
        return self.connection.closed and not self._ended

    @property
    def linking(self) -> bool:
        """Whether the connection opens others (`workbench.api.links`)."""
        return self._commands is not None

    def receive(self, data: bytes, now_ns: int) -> None:
        """Bytes of the peer, b"" for its end."""
        connection = self.connection
        self.received += len(data)
        if not data:
            self._ended = True
        if not connection.closed:
            self.outgoing += connection.wakeup(now_ns)
            if not connection.closed:
                self.outgoing += connection.receive(data)
        self.refill()

    def wakeup(self, now_ns: int) -> None:
        """Time passes."""
        if not self.connection.closed:
            self.outgoing += self.connection.wakeup(now_ns)

    def drain(self) -> None:
        """The service shuts down."""
        if not self.connection.closed:
            self.outgoing += self.connection.drain()
            self.refill()

    def notify(self, event: LinkEvent, now_ns: int) -> None:
        """Something became of a link."""
        if self._notify is not None and not self.connection.closed:
            self.outgoing += self._notify(event, now_ns)
            self.refill()

    def commands(self) -> list[LinkCommand]:
        """What the connection wants done with its links."""
        return self._commands() if self._commands is not None else []

    def taken(self, count: int) -> None:
        """The socket took so many bytes of `outgoing`."""
        self.sent += count
        del self.outgoing[:count]
        self.refill()

    def refill(self) -> None:
        """Ask for more as far as there is room."""
        connection = self.connection
        while not connection.closed and len(self.outgoing) < self._buffered:
            more = connection.pull()
            self._idle = not more
            if self._idle:
                break
            self.outgoing += more
