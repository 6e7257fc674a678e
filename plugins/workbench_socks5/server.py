"""The reference proxy: a service that accepts connections and knows what each of them is doing."""

from dataclasses import dataclass
from weakref import WeakValueDictionary

from workbench.api import Endpoint, ServerOptions
from workbench_socks5.connection import Socks5Connection
from workbench_socks5.session import Session
from workbench_socks5.settings import read_settings

__all__ = ["SocksService", "Tracked", "serve"]


@dataclass(frozen=True, slots=True)
class Tracked:
    """One open connection: who, and for what ("" while it was not said)."""

    number: int
    client: Endpoint
    user: str
    command: str
    target: str


class SocksService:
    """All connections of one proxy. Raises `UsageError` for settings that cannot be."""

    def __init__(self, options: ServerOptions) -> None:
        self.settings = read_settings(options)
        self._tell = options.tell
        self._accepted = 0
        self._connections: WeakValueDictionary[int, Socks5Connection] = WeakValueDictionary()

    def __call__(self) -> Socks5Connection:
        """Accept a connection."""
        self._accepted += 1
        connection = self.connect(Session(self._accepted, self.settings, self._tell))
        self._connections[self._accepted] = connection
        return connection

    def connect(self, session: Session) -> Socks5Connection:
        """The connection of one session."""
        return Socks5Connection(session)

    def connections(self) -> tuple[Tracked, ...]:
        """What is open now, oldest first."""
        found = []
        for number, connection in sorted(self._connections.items()):
            session = connection.session
            if not connection.closed:
                request = session.request
                target = str(Endpoint(request.host, request.port)) if request else ""
                found.append(Tracked(number, session.client, session.user, request.command if request else "", target))
        return tuple(found)


def serve(options: ServerOptions) -> SocksService:
    """Start a proxy; the `server` slot of the protocol."""
    return SocksService(options)
