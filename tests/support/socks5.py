"""SOCKS conversations for tests: decoded by the plugin alone, and proxies in memory whose world the test plays."""

from collections.abc import Mapping

from dissectors.engine import converse
from workbench.api import (
    Direction,
    Endpoint,
    Joined,
    LinkCommand,
    Message,
    Pass,
    ProtocolSpec,
    ServerOptions,
)
from workbench_socks5 import PROTOCOL
from workbench_socks5.connection import Socks5Connection
from workbench_socks5.server import SocksService

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
CLIENT, SERVER = Endpoint("127.0.0.1", 40_000), Endpoint("127.0.0.1", 1080)
SECOND = 1_000_000_000


def heard(*turns: tuple[Direction, bytes], inner: tuple[ProtocolSpec, ...] | None = None) -> list[Message]:
    """The messages of a conversation."""
    return converse(PROTOCOL, turns, inner=inner)


def labels(*turns: tuple[Direction, bytes]) -> list[str]:
    """What was said, by label; what is broken or undecoded by its protocol in brackets."""
    return [message.label or f"[{message.protocol}]" for message in heard(*turns)]


class Proxy:
    """One connection of a service, told by the test what happens; `log` is what it told."""

    def __init__(self, settings: Mapping[str, str] | None = None, service: SocksService | None = None) -> None:
        self.log: list[Mapping[str, object]] = []
        options = ServerOptions(settings=settings or {}, tell=self.log.append)
        self.service = service or SocksService(options)
        self.connection: Socks5Connection = self.service()
        self.now_ns = SECOND
        assert self.tell(Joined(CLIENT, SERVER)) == b""
        self.connection.wakeup(self.now_ns)

    @property
    def closed(self) -> bool:
        return self.connection.closed

    def say(self, *data: bytes) -> bytes:
        """Bytes of the client; gives everything that comes back at once."""
        return self._and_pulled(self.connection.receive(b"".join(data)))

    def end(self) -> bytes:
        """The client's end."""
        return self._and_pulled(self.connection.receive(b""))

    def tell(self, *events) -> bytes:
        """Things that happen to links."""
        return b"".join(self._and_pulled(self.connection.notify(event, self.now_ns)) for event in events)

    def wait(self, seconds: float) -> bytes:
        """Time passes."""
        self.now_ns += int(seconds * SECOND)
        return self.connection.wakeup(self.now_ns)

    def commands(self) -> list[LinkCommand]:
        return self.connection.commands()

    def passed(self) -> list[tuple[int, bytes, Endpoint | None]]:
        """What was passed to links since the last look."""
        return [(command.link, command.data, command.to) for command in self.commands() if isinstance(command, Pass)]

    def _and_pulled(self, said: bytes) -> bytes:
        while more := self.connection.pull():
            said += more
        return said
