"""The log of running servers: a line per event, for people or as JSON."""

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.cli.console import Console

if TYPE_CHECKING:
    from workbench.serving import ServingEvent

__all__ = ["logger"]


def logger(console: Console, *, json_lines: bool, quiet: bool, name: str = "") -> "Callable[[ServingEvent], None]":
    """Where a server's events go; `name` tells several servers apart."""
    from workbench.serving import facts_of

    def nothing(event: "ServingEvent") -> None:
        """The log is off."""

    def machine(event: "ServingEvent") -> None:
        facts = {"server": name, **facts_of(event)} if name else facts_of(event)
        console.say(json.dumps(facts, default=str))

    def person(event: "ServingEvent") -> None:
        shown = facts_of(event)
        clock = time.strftime("%H:%M:%S", time.localtime(event.time_ns / 1e9))
        kind = _safe(shown.pop("event"))
        del shown["time_ns"]
        facts = " ".join(f"{_safe(key)}={_safe(value)}" for key, value in shown.items() if value not in ("", None))
        console.say(f"{clock} {f'{name} ' if name else ''}{kind:<12} {facts}")

    return nothing if quiet else machine if json_lines else person


def _safe(value: object) -> str:
    """Without anything that a terminal would obey: a traceback or a request may quote what the peer sent."""
    text = str(value)
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")
