"""CONNECT: look the host up, ask the rules, dial its addresses one after the other, then relay (RFC 1928 section 4)."""

from collections import deque

from workbench.api import Dial, LinkEvent, Opened
from workbench_socks5.session import Request, Session
from workbench_socks5.tunnel import HOST_UNREACHABLE, NOT_ALLOWED, Tunnel

__all__ = ["Connect"]


class Connect(Tunnel):
    """See `Task`."""

    def __init__(self, session: Session, request: Request) -> None:
        self._addresses: deque[str] = deque()
        super().__init__(session, request, session.settings.dial_ns, (HOST_UNREACHABLE, "the dial timed out"))

    def _resolved(self, addresses: tuple[str, ...]) -> None:
        self._addresses.extend(self.permitted(addresses))
        self._refused(NOT_ALLOWED, "the rules do not allow it")

    def _refused(self, code: int, reason: str) -> None:
        """Dial the next address; without one, refuse with what the last one gave."""
        if not self._addresses:
            self._session.refuse(code, reason)
            return
        self._link = self._session.link()
        self._session.commands.append(Dial(self._link, self._addresses.popleft(), self._request.port))

    def _came(self, event: LinkEvent) -> None:
        if isinstance(event, Opened):
            self._session.log("opened", remote=str(event.remote), local=str(event.local))
            self._session.reply(0, event.local)
            self._relay.open(event.link)
