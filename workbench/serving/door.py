"""What TCP and UDP have in common while serving: accepting into a service, counting, telling, and what becomes of a crash."""

import os
import selectors
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from workbench.api import Endpoint, ServerConnection, Service
from workbench.serving.counters import Counters
from workbench.serving.events import Connected, Crashed, Disconnected, Insecure, Refused, Secured, ServingEvent, Told
from workbench.serving.limits import ServingLimits
from workbench.serving.pump import Pump
from workbench.serving.resolver import Resolver
from workbench.serving.streams import Session

__all__ = ["Door", "Host", "endpoint_of"]


class Door(Protocol):
    """A listening socket and everything that came through it. What it registers with the selector is a `Ready`."""

    endpoint: Endpoint

    def due_ns(self) -> int | None:
        """When `tick` is wanted at the latest; None: whenever the server does it for all."""
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


@dataclass(kw_only=True)
class Host:
    """What a door needs of its server. `services` are by ALPN identifier; "" is for everybody else."""

    services: dict[str, Service] = field(default_factory=dict)
    limits: ServingLimits
    listen: Callable[[ServingEvent], None]
    abort_on_error: bool = False
    dial_remote: bool = False
    """Whether links may leave this machine."""
    wall_clock: Callable[[], int] = time.time_ns
    counters: Counters = field(default_factory=Counters)
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    owners: dict[int, Callable[[int], None]] = field(default_factory=dict)
    """How to wake each open connection of the protocol, by its identity."""
    _woken: dict[int, None] = field(init=False, default_factory=dict)
    _thread: int = field(init=False, default=0)

    @cached_property
    def resolver(self) -> Resolver:
        """Looks names up; made when the first one is asked for."""
        return Resolver(self.selector)

    def admit(self, peer: Endpoint) -> int | None:
        """A number for a new peer, or None when it was turned away."""
        if self.counters.open >= self.limits.connections:
            self.refuse(peer, f"{self.limits.connections} connections are open")
            return None
        self.counters.accepted += 1
        self.counters.open += 1
        self.listen(Connected(time_ns=self.wall_clock(), connection=self.counters.accepted, peer=peer))
        return self.counters.accepted

    def begin(self, number: int, peer: Endpoint, session: Session | None = None) -> Pump | None:
        """The protocol's side of a connection whose stream is established; None when that crashed."""
        alpn = ""
        if session is not None:
            alpn = session.alpn
            self.counters.handshakes += 1
            self.counters.resumed += session.resumed
            self.listen(
                Secured(
                    time_ns=self.wall_clock(),
                    connection=number,
                    peer=peer,
                    version=session.version,
                    cipher=session.cipher,
                    alpn=alpn,
                    server_name=session.server_name,
                    resumed=session.resumed,
                    client=session.client,
                    early=session.early,
                )
            )
        try:
            return Pump((self.services.get(alpn) or self.services[""])(), self.limits)
        except Exception:
            self.crashed(number, peer)
            return None

    def refuse(self, peer: Endpoint | None, reason: str) -> None:
        """Count and tell that somebody was turned away."""
        self.counters.refused += 1
        self.listen(Refused(time_ns=self.wall_clock(), peer=peer, reason=reason))

    def insecure(self, number: int, peer: Endpoint, reason: str) -> None:
        """Count and tell that a TLS handshake failed."""
        self.counters.insecure += 1
        self.listen(Insecure(time_ns=self.wall_clock(), connection=number, peer=peer, reason=reason))

    def dismiss(self, number: int, peer: Endpoint, pump: Pump | None, reason: str) -> None:
        """Count and tell that a connection is over."""
        self.counters.open -= 1
        self.counters.cut += reason == "cut"
        received, sent = (pump.received, pump.sent) if pump is not None else (0, 0)
        self.listen(
            Disconnected(time_ns=self.wall_clock(), connection=number, peer=peer, reason=reason, received=received, sent=sent)
        )

    def crashed(self, number: int, peer: Endpoint) -> None:
        """Count and tell the exception that is being handled. With `abort_on_error` the process dies of it, as a fuzzer wishes."""
        text = traceback.format_exc()
        if self.abort_on_error:
            sys.stderr.write(text)
            sys.stderr.flush()
            os.abort()
        self.counters.crashed += 1
        self.listen(Crashed(time_ns=self.wall_clock(), connection=number, peer=peer, traceback=text))

    def close(self) -> None:
        """Nothing is open any more."""
        if "resolver" in self.__dict__:
            self.resolver.close()
        self.selector.close()

    # what the protocol may ask for; see `ServerOptions`

    def tell(self, facts: Mapping[str, object]) -> None:
        """The protocol's own log."""
        self.counters.count(str(facts.get("event", "")))
        self.listen(Told(time_ns=self.wall_clock(), facts=facts))

    def wake(self, connection: ServerConnection) -> None:
        """Ask a connection for more within this turn; one that is over is left in peace. Only from the loop's own thread."""
        if self._thread and threading.get_ident() != self._thread:
            raise RuntimeError("wake was called outside of the server's loop")
        self._woken[id(connection)] = None

    def wake_up(self, now_ns: int) -> bool:
        """Ask everybody who was woken; True when some of them woke others, who want the next turn soon."""
        self._thread = threading.get_ident()
        woken, self._woken = self._woken, {}
        for key in woken:
            owner = self.owners.get(key)
            if owner is not None:
                owner(now_ns)
        return bool(self._woken)
