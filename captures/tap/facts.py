"""What a tap tells: counters, and what went wrong with one client."""

from collections.abc import Callable
from dataclasses import dataclass

from workbench.api import Endpoint

__all__ = ["Asked", "Failure", "TapCounters", "Tell", "Trouble", "nobody_listens"]


@dataclass(frozen=True, slots=True)
class TapCounters:
    """What a tap did so far, all of it in the file: connections (or UDP clients) accepted, still open, and refused by the target; frames;
    payload bytes; connections whose TLS was opened; datagrams that could not be passed on."""

    port: int = 0
    connections: int = 0
    open: int = 0
    refused: int = 0
    frames: int = 0
    to_server: int = 0
    to_client: int = 0
    opened: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a client wants to go: a name or an address as it was said, and the address when that is known already."""

    host: str
    port: int
    address: str = ""

    def __str__(self) -> str:
        return str(Endpoint(self.host, self.port))


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a target cannot be had. `kind` is "forbidden", "unknown", "refused" or "timeout"."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something a person should know about one client: what it wanted, and what came in its way."""

    client: Endpoint
    target: str
    reason: str


Tell = Callable[[Trouble], None]


def nobody_listens(trouble: Trouble) -> None:
    """The `Tell` of whoever does not want to know."""
