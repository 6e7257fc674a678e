"""Servers that open connections of their own (proxies), still without sockets: commands out, events in.

A `ServerConnection` that also has `commands` and `notify` is a `LinkingConnection`. Whoever runs it (`workbench.serving` with sockets,
the fuzzer and the laws with `workbench.api.links.Unconnected`) takes the commands after every call and tells what became of them.
Links are numbered by the connection that opens them.
"""

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from workbench.api.packets import Endpoint
from workbench.api.servers import ServerConnection

__all__ = [
    "Accepted",
    "Arrived",
    "Dial",
    "Ended",
    "Hang",
    "LinkCommand",
    "LinkEvent",
    "LinkingConnection",
    "Listen",
    "OpenDatagrams",
    "Opened",
    "Pass",
    "Refused",
    "Unconnected",
]


@dataclass(frozen=True, slots=True)
class Dial:
    """Connect to a host (name or address) by TCP. Answer: `Opened` or `Refused`."""

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
    """Bytes for the other end of a link; on datagram links one datagram to `to` (a name is looked up)."""

    link: int
    data: bytes = field(repr=False)
    to: Endpoint | None = None


@dataclass(frozen=True, slots=True)
class Hang:
    """Close a link once everything passed was sent; with `half`, only our direction of it."""

    link: int
    half: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """`local` is where this server's end is, `remote` the other end's address (None for listening and datagrams)."""

    link: int
    local: Endpoint
    remote: Endpoint | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """It could not be opened; `reason` is one of "refused", "unreachable", "unknown host", "timed out", "not allowed", "failed"."""

    link: int
    reason: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """Somebody connected to a listening link, which is that connection from now on."""

    link: int
    remote: Endpoint


@dataclass(frozen=True, slots=True)
class Arrived:
    """Bytes from the other end; on datagram links one datagram and who sent it."""

    link: int
    data: bytes = field(repr=False)
    source: Endpoint | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """The other end will send no more; with `broken` the link is gone altogether."""

    link: int
    broken: bool = False


LinkCommand = Dial | Listen | OpenDatagrams | Pass | Hang
LinkEvent = Opened | Refused | Accepted | Arrived | Ended


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
    """A world without network, for servers run in memory: every dial opens, to an end that says back what it is told; nobody ever calls.

    Deterministic, so that laws and campaigns repeat.
    """

    LOCAL = Endpoint("127.0.0.1", 1024)

    def answer(self, command: LinkCommand) -> list[LinkEvent]:
        """What becomes of one command."""
        match command:
            case Dial(link, host, port):
                return [Opened(link, self.LOCAL, Endpoint(host, port))]
            case Listen(link) | OpenDatagrams(link):
                return [Opened(link, self.LOCAL)]
            case Pass(link, data, to):
                return [Arrived(link, data, to)]
            case Hang(link):
                return [Ended(link)]
