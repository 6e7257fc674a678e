"""Sessions that clients may take up again, each once: data sent before the handshake is over could be sent again by others, but not with
a ticket that was used (RFC 8446 8.1)."""

from collections import OrderedDict
from dataclasses import dataclass

from aioquic.tls import SessionTicket

__all__ = ["MOST_TICKETS", "Tickets"]

MOST_TICKETS = 4096
"""Sessions that are remembered, about a kilobyte each; the oldest go first."""


@dataclass(frozen=True, slots=True)
class _Kept:
    ticket: SessionTicket
    terms: tuple[str, str, int]


class Tickets:
    """Terms are what must be the same again: ALPN, server name and version (RFC 8446 4.2.10, RFC 9369 5)."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, ticket: SessionTicket, alpn: str, server_name: str, version: int) -> None:
        """A ticket was given to a client."""
        self._kept[ticket.ticket] = _Kept(ticket, (alpn, server_name, version))
        while len(self._kept) > MOST_TICKETS:
            self._kept.popitem(last=False)

    def take(self, identity: bytes, alpn: str, server_name: str, version: int) -> SessionTicket | None:
        """The session of a ticket, which is worth nothing from now on; None where nobody knows it or its terms were others."""
        kept = self._kept.pop(identity, None)
        return kept.ticket if kept is not None and kept.terms == (alpn, server_name, version) else None
