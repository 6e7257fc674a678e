"""Totals of a running server."""

from dataclasses import dataclass, field

__all__ = ["MAX_KINDS", "Counters"]

MAX_KINDS = 64
"""Kinds of facts that are counted one by one; a plugin that makes up new ones for ever must not grow the table."""


@dataclass(slots=True)
class Counters:
    """Counted since the start by the loop's thread; others may read at any time."""

    accepted: int = 0
    """Connections (for datagrams: peers) that were accepted."""
    open: int = 0
    refused: int = 0
    """Turned away: too many at once, or no resources."""
    crashed: int = 0
    """Exceptions out of the protocol's server code."""
    cut: int = 0
    """Still unfinished at the end of a drain."""
    received: int = 0
    """Bytes from peers, after decryption."""
    sent: int = 0
    """Bytes to peers, before encryption."""
    handshakes: int = 0
    """TLS handshakes that succeeded."""
    resumed: int = 0
    """Those of them that took up an earlier session."""
    insecure: int = 0
    """TLS handshakes that failed or took too long."""
    links: int = 0
    """Links of proxies that were opened."""
    links_open: int = 0
    links_refused: int = 0
    """Links that could not be opened or were not allowed."""
    facts: dict[str, int] = field(default_factory=dict)
    """What the protocol told, by the name of the event: "request" counts requests."""

    def count(self, kind: str) -> None:
        """One more fact of that kind."""
        if kind in self.facts or len(self.facts) < MAX_KINDS:
            self.facts[kind] = self.facts.get(kind, 0) + 1
