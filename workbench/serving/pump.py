"""One connection between a socket and a sans-IO server: what waits to be sent, whether to read on, when it is over. No sockets here."""

from workbench.api import ServerConnection
from workbench.serving.limits import ServingLimits

__all__ = ["Pump"]


class Pump:
    """Feeds a `ServerConnection` and holds its unsent replies within bounds. Exceptions of the connection pass through."""

    def __init__(self, connection: ServerConnection, limits: ServingLimits) -> None:
        self.outgoing = bytearray()
        self.received = 0
        self.sent = 0
        self._connection = connection
        self._limits = limits
        self._ended = False
        self._idle = False

    @property
    def wants_input(self) -> bool:
        """Whether to read from the peer: not while it leaves too many replies unread, and not after either side's end."""
        return not self._ended and not self._connection.closed and len(self.outgoing) < self._limits.buffered

    @property
    def finished(self) -> bool:
        """All is said and sent."""
        return not self.outgoing and (self._connection.closed or (self._ended and self._idle))

    @property
    def ended_by_server(self) -> bool:
        """Whether the server closes, rather than having lost its peer."""
        return self._connection.closed and not self._ended

    def receive(self, data: bytes, now_ns: int) -> None:
        """Bytes of the peer, b"" for its end."""
        self.received += len(data)
        self._ended = self._ended or not data
        self.wakeup(now_ns)
        if not self._connection.closed:
            self.outgoing += self._connection.receive(data)
        self._refill()

    def wakeup(self, now_ns: int) -> None:
        """Time passes."""
        if not self._connection.closed:
            self.outgoing += self._connection.wakeup(now_ns)

    def drain(self) -> None:
        """The service shuts down."""
        if not self._connection.closed:
            self.outgoing += self._connection.drain()
            self._refill()

    def taken(self, count: int) -> None:
        """The socket took so many bytes of `outgoing`."""
        self.sent += count
        del self.outgoing[:count]
        self._refill()

    def _refill(self) -> None:
        while not self._connection.closed and len(self.outgoing) < self._limits.buffered:
            more = self._connection.pull()
            self._idle = not more
            if self._idle:
                break
            self.outgoing += more
