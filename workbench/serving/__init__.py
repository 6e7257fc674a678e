"""Runs plugins' sans-IO servers behind real sockets: TLS, limits, back-pressure, links of proxies, graceful drain, counters, events."""

from workbench.serving.binding import bind
from workbench.serving.counters import Counters
from workbench.serving.events import (
    Connected,
    Crashed,
    Disconnected,
    Draining,
    Insecure,
    LinkClosed,
    LinkOpened,
    LinkRefused,
    Listening,
    Refused,
    Renewed,
    Secured,
    ServingEvent,
    Stopped,
    Told,
    facts_of,
    log_line,
)
from workbench.serving.foreground import serve_forever
from workbench.serving.limits import ServingLimits
from workbench.serving.server import Server, running

__all__ = [
    "Connected",
    "Counters",
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
    "Server",
    "ServingEvent",
    "ServingLimits",
    "Stopped",
    "Told",
    "bind",
    "facts_of",
    "log_line",
    "running",
    "serve_forever",
]
