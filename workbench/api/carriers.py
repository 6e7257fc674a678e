"""Protocols that carry others, as QUIC carries HTTP/3: their servers and clients without sockets, datagrams on one side, the frames of
`workbench.api.carried` on the other.

A plugin that is a transport offers a `Carrier`. The engines put sockets around it, and give it the servers of the protocols whose
`ProtocolSpec.transport` is its name.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from workbench.api.packets import Endpoint
from workbench.api.servers import ServerConnection

__all__ = [
    "CarriedConnection",
    "Carrier",
    "CarrierClient",
    "CarrierServer",
    "CarrierSession",
    "ClientSetup",
    "Credentials",
    "ServerSetup",
]


@dataclass(frozen=True, slots=True)
class Credentials:
    """A certificate chain, leaf first, and its key, both PEM."""

    chain: bytes
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierSession:
    """What the handshake of one connection agreed on."""

    alpn: str
    server_name: str = ""
    version: str = ""
    """As people say it ("QUIC v1")."""
    cipher: str = ""
    resumed: bool = False
    early: bool = False
    """Whether data of the client was taken before the handshake was done (0-RTT)."""


def _forget(text: str) -> None:
    """Nobody keeps secrets."""


def _nobody_listens(fact: Mapping[str, object]) -> None:
    """Nobody keeps a log."""


def _nobody_counts(*facts: object) -> None:
    """Nobody wants to know."""


class CarriedConnection(ServerConnection, Protocol):
    """An application's side that serves several streams, and wants to know when one of them is stuck, or that passes data on and cannot
    always take more, or that is careful with what may be a replay. The members are optional: without `stalled` a stream that its client
    does not read holds up the others, as soon as `ServerSetup.buffered` bytes wait for it."""

    stalled: Collection[int]
    """Streams for which the client takes nothing now, while enough waits; set before each `pull`, which should give others their turn."""
    early: bool
    """What `receive` is given now came before the client had finished its handshake (0-RTT): it may be a replay (RFC 9001 9.2). Set before
    the first `receive` of either kind."""
    full: bool
    """It takes nothing now: flow control makes the client wait, until `CarrierServer.wake` says that it goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSetup:
    """What a carrying server is given. It calls these from within its own methods only."""

    applications: Sequence[str]
    """ALPN identifiers, the most wanted first."""
    accept: Callable[[Endpoint, CarrierSession], ServerConnection | None]
    """A connection is established: the application's side of it, None to refuse. It says whole frames. What it raises ends it."""
    over: Callable[[ServerConnection, str], None]
    """That connection has ended: "server" or "peer" closed it, "idle", "error" (the peer broke the carrier's rules), "crash" or "cut"."""
    failed: Callable[[Endpoint, str], None] = _nobody_counts
    """Somebody began a handshake and did not come to its end, and why."""
    refused: Callable[[Endpoint, str], None] = _nobody_counts
    """Somebody was turned away before any handshake, and why."""
    crashed: Callable[[Endpoint, ServerConnection | None], None] = _nobody_counts
    """The application of a connection raised, or the carrier's own code about it. Called while that exception is handled; `over` follows
    where there is an application."""
    credentials: Callable[[str], Credentials]
    """The certificate for a server name ("" where the client says none). Asked for each connection, since certificates are renewed."""
    idle_ns: int
    connections: int = 1000
    """Open at once, those included that still shake hands."""
    buffered: int = 1024 * 1024
    """Bytes that wait for one slow reader; with more of them its application is asked for nothing, and gets nothing. See
    `CarriedConnection` about streams that nobody reads."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """The carrier's own options, as in `ServerOptions.settings`: those of `Carrier.settings`. Others raise UsageError."""
    keylog: Callable[[str], None] = _forget
    """Takes lines of a TLS key log, without their ends."""
    tell: Callable[[Mapping[str, object]], None] = _nobody_listens
    """As in `ServerOptions.tell`: what became of established connections (they moved, their keys changed)."""


class CarrierServer(Protocol):
    """All connections behind one UDP socket. Datagrams in and out, with the address of the peer; time is monotonic nanoseconds."""

    @property
    def open(self) -> int:
        """Connections that are not over."""
        ...

    def receive(self, datagram: bytes, peer: Endpoint, now_ns: int) -> None:
        """A datagram arrived."""
        ...

    def outgoing(self, now_ns: int) -> list[tuple[bytes, Endpoint]]:
        """Datagrams to send now, after any other call."""
        ...

    def due_ns(self) -> int | None:
        """When `wakeup` wants to be called at the latest; None: there is nothing to wait for."""
        ...

    def wakeup(self, now_ns: int) -> None:
        """Time passes, for connections and a few times a second for their applications."""
        ...

    def wake(self, connection: ServerConnection, now_ns: int) -> None:
        """An application has more to say on a connection: it is asked at once. One that is over is left in peace."""
        ...

    def drain(self, now_ns: int) -> None:
        """The service shuts down: refuse new connections, let the others finish."""
        ...

    def close(self, now_ns: int) -> None:
        """Close all connections at once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSetup:
    """What a carrying client is given."""

    alpn: Sequence[str]
    server_name: str
    cacert: bytes | None = None
    """Authorities to believe (PEM); None: those of this machine."""
    verify: bool = True
    settings: Mapping[str, str] = field(default_factory=dict)
    keylog: Callable[[str], None] = _forget


class CarrierClient(Protocol):
    """One connection to a server; the first datagrams are outgoing from the beginning."""

    ready: bool
    """The handshake is done."""
    ended: str
    """Why it is over; "" before that."""
    broken: bool
    """It ended in another way than that an application closed it: an error of the carrier, silence, a server that knows nothing of it."""

    @property
    def unsent(self) -> int:
        """Bytes that were said to the server and that it has not confirmed."""
        ...

    def receive(self, datagram: bytes, now_ns: int) -> None:
        """A datagram of the server arrived."""
        ...

    def outgoing(self, now_ns: int) -> list[bytes]:
        """Datagrams to send now, after any other call."""
        ...

    def due_ns(self) -> int | None:
        """When `wakeup` wants to be called at the latest."""
        ...

    def wakeup(self, now_ns: int) -> None:
        """Time passes."""
        ...

    def send(self, data: bytes) -> None:
        """Frames of the application for the server. Raises `FrameError` and `ValueError` for what no client can say."""
        ...

    def send_raw(self, data: bytes) -> None:
        """Bytes for the server's carrier, protected like everything else and otherwise as they are: a fuzzer tries what it makes of them.
        Too many for one packet are cut into several; nothing of it is sent again when it is lost."""
        ...

    def read(self) -> bytes:
        """Frames of the server's application that arrived since the last call."""
        ...


@dataclass(frozen=True, slots=True)
class Carrier:
    """A protocol as a transport. Both functions raise `UsageError` for settings that cannot be, credentials among them."""

    server: Callable[[ServerSetup], CarrierServer]
    client: Callable[[ClientSetup], CarrierClient]
    settings: Collection[str] = ()
    """Names of the server's own options. Whatever else a user sets is for the application."""
