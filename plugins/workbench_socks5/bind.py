"""BIND: listen for one caller, say where, say who came, then relay (RFC 1928 section 4)."""

from collections.abc import Mapping
from ipaddress import ip_address

from workbench.api import Accepted, Arrived, Ended, Endpoint, Hang, LinkEvent, Listen, Opened, Refused, Resolve, Resolved, Taken
from workbench_socks5.connect import REPLY_FOR
from workbench_socks5.relay import Relay
from workbench_socks5.session import Request, Session, is_address

__all__ = ["Bind"]

_GENERAL_FAILURE = 1
_NOT_ALLOWED = 2


class Bind:
    """See `Task`. Only the host that the request names may call; 0.0.0.0 names any that the rules allow."""

    def __init__(self, session: Session, request: Request) -> None:
        self._session = session
        self._request = request
        self._relay = Relay(session.settings.buffer, session.commands)
        self._deadline_ns = session.now_ns + session.settings.bind_ns
        self._callers: tuple[str, ...] = ()
        self._link = session.link()
        if is_address(request.host):
            self._resolved((request.host,))
        else:
            session.commands.append(Resolve(self._link, request.host))

    @property
    def relaying(self) -> bool:
        return self._relay.link is not None

    def from_client(self, data: bytes) -> None:
        self._relay.from_client(data)
        self._look_for_end()

    def pull(self) -> bytes:
        data = self._relay.pull()
        self._look_for_end()
        return data

    def facts(self) -> Mapping[str, object]:
        return {"sent": self._relay.sent, "received": self._relay.received}

    def wakeup(self) -> None:
        if self._relay.link is not None:
            return
        self._session.last_ns = self._session.now_ns  # waiting has a timer of its own
        if self._session.now_ns >= self._deadline_ns:
            self._session.commands.append(Hang(self._link))
            self._session.refuse(_GENERAL_FAILURE, "nobody called")

    def notify(self, event: LinkEvent) -> None:
        match event:
            case Resolved(link, addresses) if link == self._link:
                self._resolved(addresses)
            case Opened(link, local) if link == self._link:
                self._session.log("listening", local=str(local))
                self._session.reply(0, local)
            case Refused(link, reason) if link == self._link:
                self._session.refuse(REPLY_FOR.get(reason, _GENERAL_FAILURE), reason)
            case Accepted(link, remote) if link == self._link:
                self._accepted(remote)
            case Arrived(link, data) if link == self._link:
                self._relay.from_link(data)
            case Taken(link, count) if link == self._link:
                self._relay.taken(count)
            case Ended(link, broken) if link == self._link:
                self._relay.link_ended(broken=broken)
                self._look_for_end()

    def _resolved(self, addresses: tuple[str, ...]) -> None:
        anybody = ip_address(addresses[0]).is_unspecified
        if not anybody:
            name = "" if is_address(self._request.host) else self._request.host
            self._callers = self._session.settings.rules.permitted(addresses, name, self._request.port)
            if not self._callers:
                self._session.refuse(_NOT_ALLOWED)
                return
        self._link = self._session.link()
        self._session.commands.append(Listen(self._link, self._session.server.host if anybody else self._callers[0]))

    def _accepted(self, remote: Endpoint) -> None:
        """The second reply: who came, or that it was somebody else (SOCKS4 says the same of mismatches: rejected)."""
        expected = remote.host in self._callers
        welcome = expected or (not self._callers and self._session.settings.rules.permit(remote.host, "", remote.port))
        if not welcome:
            self._session.commands.append(Hang(self._link))
            self._session.refuse(_NOT_ALLOWED, f"{remote} called, who was not expected")
            return
        self._session.log("accepted", remote=str(remote))
        self._session.reply(0, remote)
        self._relay.open(self._link)

    def _look_for_end(self) -> None:
        if self._relay.over and not self._session.ended:
            self._session.ended = "both sides ended"
