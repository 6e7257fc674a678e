"""Runs plugins' sans-IO servers behind real sockets: limits, back-pressure, idle time-outs, graceful drain, counters, events."""

from workbench.serving.counters import Counters
from workbench.serving.events import (
    Connected,
    Crashed,
    Disconnected,
    Draining,
    Listening,
    Refused,
    ServingEvent,
    Stopped,
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
    "Listening",
    "Refused",
    "Server",
    "ServingEvent",
    "ServingLimits",
    "Stopped",
    "log_line",
    "running",
    "serve_forever",
]
