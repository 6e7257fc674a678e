"""Conformance cases: what a specification says an implementation must do, put to one over a connection.

A check is a plain function that talks to a `Peer` and raises `CheckFailed` where the answer breaks the rule. It knows nothing of
sockets: the same check runs against a process over TCP or TLS and against a sans-IO server in this process.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

__all__ = ["Check", "CheckFailed", "CheckSkipped", "Level", "Peer"]


class Level(Enum):
    """How strongly the specification speaks (RFC 2119)."""

    MUST = "MUST"
    SHOULD = "SHOULD"


class CheckFailed(Exception):  # noqa: N818 - it is a verdict, not an error
    """The target broke the rule; the text says what was expected and what came."""


class CheckSkipped(Exception):  # noqa: N818
    """The rule does not apply to this target; the text says why."""


class Peer(Protocol):
    """One fresh connection to the target. Waiting happens only in `receive`."""

    host: str
    port: int
    tls: bool
    options: Mapping[str, str]
    """What the user said about the target (`--option path=/index.html`); names are those of `ProtocolSpec.check_options`."""

    @property
    def ended(self) -> bool:
        """Whether the target closed or reset the connection (as far as `receive` has noticed)."""
        ...

    @property
    def reset(self) -> bool:
        """Whether it was reset rather than closed in order."""
        ...

    def send(self, data: bytes) -> None:
        """Bytes to the target; lost without a word where it has closed, as on the wire."""
        ...

    def finish(self) -> None:
        """No more bytes will be sent (half-close)."""
        ...

    def receive(self, enough: Callable[[bytes], bool] | None = None, patience_s: float | None = None) -> bytes:
        """The bytes that arrived since the last call: as soon as `enough(them)` (default: as soon as there are any), or when the target
        ended, or when patience is over (default: the engine's). Never raises because of the target."""
        ...

    def receive_datagrams(
        self, enough: Callable[[list[bytes]], bool] | None = None, patience_s: float | None = None
    ) -> list[bytes]:
        """The same for protocols over UDP, one item per datagram; elsewhere where the pieces end means nothing."""
        ...

    def again(self) -> "Peer":
        """Another fresh connection to the same target."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One case. `name` is unique in its plugin, one word with dashes; `section` names the rule ("RFC 9113 4.2"), `rule` says it in a
    sentence."""

    name: str
    section: str
    rule: str
    run: Callable[[Peer], None]
    level: Level = Level.MUST
