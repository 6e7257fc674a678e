"""Which response answers which request: in order, on one connection (RFC 9112 section 9.3)."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from workbench_http1.limits import MAX_OUTSTANDING

__all__ = ["Exchange", "Exchanges"]


@dataclass(slots=True)
class Exchange:
    """A request that waits for its final response. `number` runs from 1 over the connection.

    `forsaken`: nothing waits for the answer any more.
    """

    number: int
    method: bytes
    upgrade: bytes = b""
    simple: bool = False
    answered: bool = False
    forsaken: bool = False
    facts: dict[str, Any] | None = None
    """What its successor on the connection wants to know, where it asks for one."""


@dataclass(slots=True)
class Exchanges:
    """The outstanding requests of a connection, oldest first; `responses` counts the final ones that were seen."""

    waiting: deque[Exchange] = field(default_factory=lambda: deque(maxlen=MAX_OUTSTANDING))
    count: int = 0
    responses: int = 0
    pipelined: bool = False

    def request(self, method: bytes, upgrade: bytes = b"", *, simple: bool = False) -> Exchange:
        """A request's header section came; give it a number."""
        self.count += 1
        exchange = Exchange(self.count, method, upgrade, simple)
        self.waiting.append(exchange)
        return exchange

    def current(self) -> Exchange | None:
        """The request that the next response answers; None if none waits."""
        return self.waiting[0] if self.waiting else None

    def answered(self, *, whole: bool = True) -> None:
        """A final response came to its end; `whole` if nothing of it was lost, so that the order of things can be trusted."""
        self.responses += 1
        if self.waiting:
            self.waiting.popleft().answered = True
            self.pipelined = self.pipelined or (whole and bool(self.waiting))

    def responses_lost(self) -> None:
        """An unknown number of responses was not captured.

        A client that was never seen pipelining sent its newest request after it had the answers to all others.
        """
        while not self.pipelined and len(self.waiting) > 1:
            self.waiting.popleft().answered = True
