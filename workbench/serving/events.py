"""What happens while a server runs, as values. The loop emits them, whoever started the server listens; nothing here prints."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields

from workbench.api import Endpoint

__all__ = [
    "Connected",
    "Crashed",
    "Disconnected",
    "Draining",
    "Insecure",
    "LinkClosed",
    "LinkOpened",
    "LinkRefused",
    "Listening",
    "Refused",
    "Renewed",
    "Secured",
    "ServingEvent",
    "Stopped",
    "Told",
    "facts_of",
    "log_line",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """The socket is open."""

    time_ns: int
    endpoint: Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """A peer was accepted; `connection` counts from 1."""

    time_ns: int
    connection: int
    peer: Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Secured:
    """A TLS handshake is done. `server_name` is what the client asked for, `client` the name in its certificate ("" without). `early` says
    that the client's first data came before the end of the handshake (0-RTT)."""

    time_ns: int
    connection: int
    peer: Endpoint
    version: str
    cipher: str
    alpn: str
    server_name: str
    resumed: bool
    client: str
    early: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Insecure:
    """A TLS handshake failed: the peer is not served."""

    time_ns: int
    connection: int
    peer: Endpoint
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    """The certificate files have changed: new connections get the new ones, or the old ones still because of `problem`."""

    time_ns: int
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected:
    """A connection is over. `reason`: "server" or "peer" ended it, "reset", "crash", "insecure", or "cut" at the end of a drain."""

    time_ns: int
    connection: int
    peer: Endpoint
    reason: str
    received: int
    sent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A peer was turned away, or could not be accepted or answered."""

    time_ns: int
    peer: Endpoint | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Crashed:
    """The protocol's server code raised: a bug in it, never the peer's right. `traceback` is Python's text."""

    time_ns: int
    connection: int
    peer: Endpoint
    traceback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The protocol told something (`ServerOptions.tell`); `facts` are its own, and values in them may come from a peer."""

    time_ns: int
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOpened:
    """A connection of a proxy opened another one, or waits for one (`remote` is None), or somebody came (`local` is None)."""

    time_ns: int
    connection: int
    link: int
    kind: str
    local: Endpoint | None
    remote: Endpoint | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRefused:
    """A link could not be opened; `target` is what the client asked for."""

    time_ns: int
    connection: int
    link: int
    kind: str
    target: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkClosed:
    """A link is over; bytes that came from its other end, and went there."""

    time_ns: int
    connection: int
    link: int
    kind: str
    received: int
    sent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Draining:
    """`stop` was called: no new connections, `connections` old ones finish."""

    time_ns: int
    connections: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """The last connection is closed; totals of the whole run."""

    time_ns: int
    accepted: int
    refused: int
    crashed: int
    cut: int
    received: int
    sent: int


ServingEvent = (
    Listening
    | Connected
    | Secured
    | Insecure
    | Renewed
    | Disconnected
    | Refused
    | Crashed
    | Told
    | LinkOpened
    | LinkRefused
    | LinkClosed
    | Draining
    | Stopped
)


def facts_of(event: ServingEvent) -> dict[str, object]:
    """Name and value of everything about an event, `event` first; endpoints as text. What a protocol told is named by the protocol."""
    values: dict[str, object] = {"event": type(event).__name__.lower(), "time_ns": event.time_ns}
    for field in fields(event):
        value = getattr(event, field.name)
        if field.name == "facts":
            values |= {name: value[name] for name in value if name != "time_ns"}
        else:
            values[field.name] = str(value) if isinstance(value, Endpoint) else value
    return values


def log_line(event: ServingEvent) -> str:
    """One JSON object, in ASCII, without line breaks: `event` says which, the rest are the event's own fields."""
    return json.dumps(facts_of(event), default=str)
