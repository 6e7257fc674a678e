"""Servers that open connections of their own (proxies), still without sockets: commands out, events in.

A `ServerConnection` that also has `commands` and `notify` is a `LinkingConnection`. Whoever runs it (`workbench.serving` with sockets,
the fuzzer, the laws and checks with `in_memory`) takes the commands after every call, tells what became of
them, and then asks `pull` as after a `receive`. Links are numbered from 1 by the connection that opens them; `CLIENT` is its client.

What a runner owes: `Joined` comes before everything else. A client that sends no more (`receive(b"")`) stays connected until the
connection sets `closed`: the other direction may go on for long. When the connection is over, all its links are closed.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol, cast, runtime_checkable

from workbench.api.packets import Endpoint
from workbench.api.servers import ServerConnection

__all__ = [
    "CLIENT",
    "Accepted",
    "Arrived",
    "Dial",
    "Ended",
    "Hang",
    "Hold",
    "Joined",
    "LinkCommand",
    "LinkEvent",
    "LinkingConnection",
    "Listen",
    "OpenDatagrams",
    "Opened",
    "Pass",
    "Refused",
    "Resolve",
    "Resolved",
    "Resume",
    "Taken",
    "Unconnected",
    "in_memory",
]

CLIENT = 0
"""The number of the client itself, in `Hold`, `Resume` and `Hang`."""

MOST_EVENTS = 10_000
"""Events of one turn in memory: two ends that answer each other would never come to rest."""


@dataclass(frozen=True, slots=True)
class Resolve:
    """Look a host name up, or an address, which stands for itself. Answer: `Resolved`, or `Refused` with "unknown host". The number is free
    again afterwards."""

    link: int
    host: str


@dataclass(frozen=True, slots=True)
class Dial:
    """Connect to a host (name or address) by TCP. Answer: `Opened` or `Refused`; `Hang` gives up waiting for it."""

    link: int
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Listen:
    """Wait for one TCP connection on an address of this server that `host` can reach. Answers: `Opened` (where it listens) or `Refused`,
    then `Accepted` once somebody came."""

    link: int
    host: str


@dataclass(frozen=True, slots=True)
class OpenDatagrams:
    """A UDP socket on an address of this server that `host` can reach. Answer: `Opened` or `Refused`."""

    link: int
    host: str


@dataclass(frozen=True, slots=True)
class Pass:
    """Bytes for the other end of a link, told by `Taken` when they are sent; on datagram links one datagram to `to`, an address, that may
    get lost."""

    link: int
    data: bytes = field(repr=False)
    to: Endpoint | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Read no more from a link or the client until `Resume` (back-pressure). What was read already may still arrive."""

    link: int


@dataclass(frozen=True, slots=True)
class Resume:
    """Read again from a link or the client."""

    link: int


@dataclass(frozen=True, slots=True)
class Hang:
    """Close a link once everything passed was sent; with `half`, only our direction of it. Of the client only `half` can be closed, once
    everything given so far was sent; `closed` ends it altogether."""

    link: int
    half: bool = False


@dataclass(frozen=True, slots=True)
class Joined:
    """Who the client is, and which address of this server it came to."""

    client: Endpoint
    server: Endpoint


@dataclass(frozen=True, slots=True)
class Resolved:
    """The addresses of a name, best first; at least one."""

    link: int
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """`local` is where this server's end is, `remote` the other end's address (None for listening and datagrams)."""

    link: int
    local: Endpoint
    remote: Endpoint | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """It could not be opened; `reason` is one of "refused", "unreachable", "network unreachable", "unknown host", "timed out",
    "not allowed", "failed"."""

    link: int
    reason: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """Somebody connected to a listening link, which is that connection from now on; nobody else is let in."""

    link: int
    remote: Endpoint


@dataclass(frozen=True, slots=True)
class Arrived:
    """Bytes from the other end; on datagram links one datagram and who sent it."""

    link: int
    data: bytes = field(repr=False)
    source: Endpoint | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """The other end's socket took so many bytes of what was passed (streams only): they need no memory any more."""

    link: int
    count: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The other end will send no more; with `broken` the link is gone altogether. Comes after `Hang` only where both ends of it matter:
    a link that was closed without `half` is never heard of again."""

    link: int
    broken: bool = False


LinkCommand = Resolve | Dial | Listen | OpenDatagrams | Pass | Hold | Resume | Hang
LinkEvent = Joined | Resolved | Opened | Refused | Accepted | Arrived | Taken | Ended


@runtime_checkable
class LinkingConnection(ServerConnection, Protocol):
    """A server's connection that needs others."""

    def commands(self) -> list[LinkCommand]:
        """What is to be done since the last call; taken after every other call."""
        ...

    def notify(self, event: LinkEvent, now_ns: int) -> bytes:
        """Something became of a link; returns bytes for the client to send now."""
        ...


class Unconnected:
    """A world without network, for one connection run in memory: every name is this machine, every dial opens, to an end that says back
    what it is told; nobody ever calls.

    Deterministic, so that laws and campaigns repeat.
    """

    LOCAL = Endpoint("127.0.0.1", 1024)
    CLIENT = Endpoint("127.0.0.1", 1025)

    def __init__(self) -> None:
        self._events: deque[LinkEvent] = deque((Joined(self.CLIENT, self.LOCAL),))
        self._held: dict[int, list[LinkEvent]] = {}
        self._closed: set[int] = set()

    def carry_out(self, command: LinkCommand) -> None:
        """What becomes of one command is told by `news`."""
        match command:
            case Resume(link):
                self._events.extend(self._held.pop(link, ()))
            case Hold(link):
                self._held.setdefault(link, [])
            case Hang(link, half):
                if not half:
                    self._closed.add(link)
                elif link != CLIENT:
                    self._say(Ended(link))
            case Pass(link, data, to):
                if to is None:
                    self._events.append(Taken(link, len(data)))
                self._say(Arrived(link, data, to))
            case Resolve(link):
                self._events.append(Resolved(link, (self.LOCAL.host,)))
            case Dial(link, host, port):
                self._events.append(Opened(link, self.LOCAL, Endpoint(host, port)))
            case Listen(link) | OpenDatagrams(link):
                self._events.append(Opened(link, self.LOCAL))

    def _say(self, event: Arrived | Ended) -> None:
        self._held.get(event.link, self._events).append(event)

    def news(self) -> LinkEvent | None:
        """The next thing that happened, None when all is quiet."""
        while self._events:
            event = self._events.popleft()
            if isinstance(event, Joined) or event.link not in self._closed:
                return event
        return None


class _InMemory:
    """A linking connection with its world around it, as a plain `ServerConnection`."""

    def __init__(self, connection: LinkingConnection, world: Unconnected) -> None:
        self.closed = connection.closed
        self._connection = connection
        self._world = world
        self._now_ns = 0

    def receive(self, data: bytes) -> bytes:
        return self._settled(b"") + self._settled(self._connection.receive(data))

    def pull(self) -> bytes:
        return self._settled(self._connection.pull())

    def wakeup(self, now_ns: int) -> bytes:
        self._now_ns = now_ns
        return self._settled(b"") + self._settled(self._connection.wakeup(now_ns))

    def drain(self) -> bytes:
        return self._settled(b"") + self._settled(self._connection.drain())

    def _settled(self, said: bytes) -> bytes:
        """Play the world's part until all is quiet."""
        connection, world = self._connection, self._world
        for _ in range(MOST_EVENTS):
            for command in connection.commands():
                world.carry_out(command)
            event = world.news()
            if event is None or connection.closed:
                break
            said += connection.notify(event, self._now_ns)
        self.closed = connection.closed
        return said


def in_memory(connection: ServerConnection, world: Unconnected | None = None) -> ServerConnection:
    """A connection to be run without sockets: with a world that answers its commands where it needs one, itself where it does not."""
    # `isinstance` looks at every member of the protocol, each time: a tenth of what a fuzzer's case costs
    links = hasattr(connection, "commands") and hasattr(connection, "notify")
    return _InMemory(cast("LinkingConnection", connection), world or Unconnected()) if links else connection
