"""Bytes to and fro between the client and one link, with bounds on what waits for a slow reader. Nothing of SOCKS is left here."""

from workbench.api import CLIENT, Hang, Hold, LinkCommand, Pass, Resume

__all__ = ["Relay"]

_PIECE = 64 * 1024
"""Bytes given to the client at once, so that the rest stays here, where it is counted."""


class Relay:
    """Both directions of a tunnel. `limit` bounds what waits in each of them; beyond it the faster side is not read any more.

    `link` is None until the other end is there: what the client says until then waits. `over` means that nothing is left to be done.
    """

    def __init__(self, limit: int, commands: list[LinkCommand]) -> None:
        self.link: int | None = None
        self.commands = commands
        self.sent = 0
        """Bytes from the client."""
        self.received = 0
        """Bytes from the other end."""
        self._limit = limit
        self._early = bytearray()
        self._unsent = 0
        self._inbound = bytearray()
        self._client_held = self._link_held = False
        self._client_ended = self._link_ended = False
        self._client_shut = False
        self._broken = False

    @property
    def over(self) -> bool:
        """Whether both directions came to their end, or the link broke, and the client has everything."""
        return not self._inbound and (self._broken or (self._client_ended and self._link_ended))

    def open(self, link: int) -> None:
        """The other end is there; what waited for it goes out."""
        self.link = link
        if self._early:
            self.commands.append(Pass(link, bytes(self._early)))
            self._early.clear()
        if self._client_ended:
            self.commands.append(Hang(link, half=True))

    def from_client(self, data: bytes) -> None:
        """Bytes of the client; b"" ends its direction."""
        if not data:
            self._client_ended = True
            if self.link is not None:
                self.commands.append(Hang(self.link, half=True))
            return
        self.sent += len(data)
        self._unsent += len(data)
        if self.link is not None:
            self.commands.append(Pass(self.link, data))
        else:
            self._early += data
        if self._unsent > self._limit and not self._client_held:
            self._client_held = True
            self.commands.append(Hold(CLIENT))

    def taken(self, count: int) -> None:
        """The other end took so many bytes."""
        self._unsent = max(0, self._unsent - count)
        if self._client_held and self._unsent <= self._limit // 2:
            self._client_held = False
            self.commands.append(Resume(CLIENT))

    def from_link(self, data: bytes) -> None:
        """Bytes of the other end; the client takes them by `pull`."""
        self.received += len(data)
        self._inbound += data
        if len(self._inbound) > self._limit and not self._link_held and self.link is not None:
            self._link_held = True
            self.commands.append(Hold(self.link))

    def link_ended(self, *, broken: bool) -> None:
        """The other end will say no more."""
        self._link_ended = True
        self._broken = self._broken or broken
        self._shut_client()

    def pull(self) -> bytes:
        """The next bytes for the client."""
        data = bytes(self._inbound[:_PIECE])
        del self._inbound[: len(data)]
        if self._link_held and len(self._inbound) <= self._limit // 2 and self.link is not None:
            self._link_held = False
            self.commands.append(Resume(self.link))
        self._shut_client()
        return data

    def _shut_client(self) -> None:
        """Pass the other end's half-close on, behind its last byte."""
        if self._link_ended and not self._inbound and not self._client_shut:
            self._client_shut = True
            self.commands.append(Hang(CLIENT, half=True))
