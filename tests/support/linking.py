"""A proxy without a protocol: the test gives its connection commands and reads what it was told, over real loopback sockets."""

import contextlib
import socket
from collections.abc import Callable, Iterator

from support.waiting import until
from workbench.api.links import Joined, LinkCommand, LinkEvent
from workbench.serving import Server, ServingEvent, ServingLimits

SECOND = 1_000_000_000


class Scripted:
    """A `LinkingConnection` that does what the test puts into `todo`, and says to its client what the test puts into `saying`."""

    def __init__(self) -> None:
        self.closed = False
        self.todo: list[LinkCommand] = []
        self.told: list[LinkEvent] = []
        self.heard = b""
        self.ended = False
        self.saying = b""
        self.crashing = False

    def receive(self, data: bytes) -> bytes:
        self.heard += data
        self.ended = self.ended or not data
        return b""

    def pull(self) -> bytes:
        said, self.saying = self.saying, b""
        return said

    def wakeup(self, now_ns: int) -> bytes:
        return b""

    def drain(self) -> bytes:
        self.closed = True
        return b""

    def commands(self) -> list[LinkCommand]:
        todo, self.todo = self.todo, []
        return todo

    def notify(self, event: LinkEvent, now_ns: int) -> bytes:
        self.told.append(event)
        if self.crashing:
            raise RuntimeError("as told")
        return b""


class Table:
    """A server with one client, turned by the test; `now_ns` is its clock."""

    def __init__(self, *, dial_remote: bool = False, **limits: int) -> None:
        self.now_ns = SECOND
        self.events: list[ServingEvent] = []
        self.connections: list[Scripted] = []
        self.server = Server(
            lambda _: self._accept,
            limits=ServingLimits(**limits),
            dial_remote=dial_remote,
            listen=self.events.append,
            clock=lambda: self.now_ns,
        )
        self.client = socket.create_connection((self.server.endpoint.host, self.server.endpoint.port), 5)
        self.until(lambda: self.connections and self.connections[0].told)
        self.proxy = self.connections[0]
        assert isinstance(self.proxy.told.pop(0), Joined)

    def _accept(self) -> Scripted:
        self.connections.append(Scripted())
        return self.connections[-1]

    def do(self, *commands: LinkCommand) -> None:
        """Have the connection ask for these."""
        self.proxy.todo += commands
        self.server._host.wake(self.proxy)
        self.server.step(0)

    def say(self, data: bytes) -> None:
        """Have the connection say this to its client."""
        self.proxy.saying += data
        self.server._host.wake(self.proxy)
        self.server.step(0)

    def until(self, condition: Callable[[], object], what: str = "the condition") -> object:
        """Turn the loop until something is true."""

        def turn() -> object:
            self.server.step(0.001)
            return condition()

        return until(turn, what)

    def tell(self) -> LinkEvent:
        """The next event of a link."""
        self.until(lambda: self.proxy.told, "an event of a link")
        return self.proxy.told.pop(0)

    def close(self) -> None:
        self.client.close()
        self.server.close()


@contextlib.contextmanager
def table(**more: object) -> Iterator[Table]:
    """A `Table` for a with block."""
    made = Table(**more)
    try:
        yield made
    finally:
        made.close()
