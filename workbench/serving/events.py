"""What happens while a server runs, as values. The loop emits them, whoever started the server listens; nothing here prints."""

import json
from dataclasses import asdict, dataclass

from workbench.api import Endpoint

__all__ = ["Connected", "Crashed", "Disconnected", "Draining", "Listening", "Refused", "ServingEvent", "Stopped", "log_line"]


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
class Disconnected:
    """A connection is over. `reason`: "server" or "peer" ended it, "reset", "crash", or "cut" at the end of a drain."""

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


ServingEvent = Listening | Connected | Disconnected | Refused | Crashed | Draining | Stopped


def log_line(event: ServingEvent) -> str:
    """One JSON object, in ASCII, without line breaks: `event` says which, the rest are the event's own fields."""
    values = asdict(event)
    for name in ("peer", "endpoint"):
        if values.get(name) is not None:
            values[name] = str(getattr(event, name))
    return json.dumps({"event": type(event).__name__.lower(), **values})
