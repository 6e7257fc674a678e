"""BIND: listen for one caller, say where, say who came, then relay (RFC 1928 section 4)."""

from ipaddress import ip_address

from workbench.api import Accepted, Endpoint, Hang, LinkEvent, Listen, Opened
from workbench_socks5.session import Request, Session
from workbench_socks5.tunnel import GENERAL_FAILURE, NOT_ALLOWED, Tunnel

__all__ = ["Bind"]


class Bind(Tunnel):
    """See `Task`. Only the host that the request names may call; 0.0.0.0 names any that the rules allow."""

    def __init__(self, session: Session, request: Request) -> None:
        self._callers: tuple[str, ...] = ()
        super().__init__(session, request, session.settings.bind_ns, (GENERAL_FAILURE, "nobody called"))

    def _resolved(self, addresses: tuple[str, ...]) -> None:
        anybody = ip_address(addresses[0]).is_unspecified
        if not anybody:
            self._callers = self.permitted(addresses)
            if not self._callers:
                self._session.refuse(NOT_ALLOWED)
                return
        self._link = self._session.link()
        self._session.commands.append(Listen(self._link, self._session.server.host if anybody else self._callers[0]))

    def _came(self, event: LinkEvent) -> None:
        if isinstance(event, Opened):
            self._session.log("listening", local=str(event.local))
            self._session.reply(0, event.local)
        elif isinstance(event, Accepted):
            self._accepted(event.remote)

    def _accepted(self, remote: Endpoint) -> None:
        """The second reply: who came, or that it was somebody else (SOCKS4 says the same of mismatches: rejected)."""
        expected = remote.host in self._callers
        welcome = expected or (not self._callers and self._session.settings.rules.permit(remote.host, "", remote.port))
        if not welcome:
            self._session.commands.append(Hang(self._link))
            self._session.refuse(NOT_ALLOWED, f"{remote} called, who was not expected")
            return
        self._session.log("accepted", remote=str(remote))
        self._session.reply(0, remote)
        self._relay.open(self._link)
