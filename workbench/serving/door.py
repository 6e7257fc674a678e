"""What TCP and UDP have in common while serving: accepting into a service, counting, telling, and what becomes of a crash."""

import os
import selectors
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from workbench.api import Endpoint, Service
from workbench.serving.counters import Counters
from workbench.serving.events import Connected, Crashed, Disconnected, Refused, ServingEvent
from workbench.serving.limits import ServingLimits
from workbench.serving.pump import Pump

__all__ = ["Door", "Host", "endpoint_of"]


class Door(Protocol):
    """A listening socket and everything that came through it."""

    endpoint: Endpoint

    def ready(self, data: Any, events: int, now_ns: int) -> None:
        """The selector says that the socket registered with `data` can be read or written."""
        ...

    def tick(self, now_ns: int) -> None:
        """Time passes."""
        ...

    def drain(self, now_ns: int) -> None:
        """Let nobody in any more and let the others finish."""
        ...

    def busy(self) -> bool:
        """Whether a connection is still open."""
        ...

    def close(self, now_ns: int) -> None:
        """Close everything at once."""
        ...


def endpoint_of(address: Any) -> Endpoint:
    """The first two items of a socket address."""
    return Endpoint(str(address[0]), int(address[1]))


@dataclass(slots=True)
class Host:
    """What a door needs of its server."""

    service: Service
    limits: ServingLimits
    listen: Callable[[ServingEvent], None]
    abort_on_error: bool = False
    wall_clock: Callable[[], int] = time.time_ns
    counters: Counters = field(default_factory=Counters)
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def admit(self, peer: Endpoint) -> tuple[int, Pump] | None:
        """A number and a pump for a new peer, or None when it was turned away."""
        if self.counters.open >= self.limits.connections:
            self.refuse(peer, f"{self.limits.connections} connections are open")
            return None
        self.counters.accepted += 1
        number = self.counters.accepted
        pump: list[Pump] = []
        if not self.guarded(number, peer, lambda: pump.append(Pump(self.service(), self.limits))):
            return None
        self.counters.open += 1
        self.listen(Connected(time_ns=self.wall_clock(), connection=number, peer=peer))
        return number, pump[0]

    def refuse(self, peer: Endpoint | None, reason: str) -> None:
        """Count and tell that somebody was turned away."""
        self.counters.refused += 1
        self.listen(Refused(time_ns=self.wall_clock(), peer=peer, reason=reason))

    def dismiss(self, number: int, peer: Endpoint, pump: Pump, reason: str) -> None:
        """Count and tell that a connection is over."""
        self.counters.open -= 1
        self.counters.cut += reason == "cut"
        self.listen(
            Disconnected(
                time_ns=self.wall_clock(), connection=number, peer=peer, reason=reason, received=pump.received, sent=pump.sent
            )
        )

    def guarded(self, number: int, peer: Endpoint, step: Callable[[], None]) -> bool:
        """Run code of the protocol; False when it crashed. With `abort_on_error` the process dies of it, as a fuzzer wishes."""
        try:
            step()
        except Exception:
            text = traceback.format_exc()
            if self.abort_on_error:
                sys.stderr.write(text)
                sys.stderr.flush()
                os.abort()
            self.counters.crashed += 1
            self.listen(Crashed(time_ns=self.wall_clock(), connection=number, peer=peer, traceback=text))
            return False
        return True
