"""CONNECT: look the host up, ask the rules, dial its addresses one after the other, then relay (RFC 1928 section 4)."""

from collections import deque
from collections.abc import Mapping

from workbench.api import Arrived, Dial, Ended, Hang, LinkEvent, Opened, Refused, Resolve, Resolved, Taken
from workbench_socks5.relay import Relay
from workbench_socks5.session import Request, Session, is_address

__all__ = ["REPLY_FOR", "Connect"]

REPLY_FOR = {"refused": 5, "unreachable": 4, "network unreachable": 3, "unknown host": 4, "timed out": 4, "not allowed": 2}
"""Reason of a failed link → reply code; the rest is a general failure."""
_GENERAL_FAILURE = 1
_NOT_ALLOWED = 2
_HOST_UNREACHABLE = 4


class Connect:
    """See `Task`."""

    def __init__(self, session: Session, request: Request) -> None:
        self._session = session
        self._request = request
        self._relay = Relay(session.settings.buffer, session.commands)
        self._deadline_ns = session.now_ns + session.settings.dial_ns
        self._addresses: deque[str] = deque()
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
            self._session.refuse(_HOST_UNREACHABLE, "the dial timed out")

    def notify(self, event: LinkEvent) -> None:
        match event:
            case Resolved(link, addresses) if link == self._link:
                self._resolved(addresses)
            case Opened(link, local, remote) if link == self._link:
                self._session.log("opened", remote=str(remote), local=str(local))
                self._session.reply(0, local)
                self._relay.open(link)
            case Refused(link, reason) if link == self._link:
                self._next(REPLY_FOR.get(reason, _GENERAL_FAILURE), reason)
            case Arrived(link, data) if link == self._link:
                self._relay.from_link(data)
            case Taken(link, count) if link == self._link:
                self._relay.taken(count)
            case Ended(link, broken) if link == self._link:
                self._relay.link_ended(broken=broken)
                self._look_for_end()

    def _resolved(self, addresses: tuple[str, ...]) -> None:
        name = "" if is_address(self._request.host) else self._request.host
        self._addresses.extend(self._session.settings.rules.permitted(addresses, name, self._request.port))
        self._next(_NOT_ALLOWED, "the rules do not allow it")

    def _next(self, code: int, reason: str) -> None:
        """Dial the next address; without one, refuse with what the last one gave."""
        if not self._addresses:
            self._session.refuse(code, reason)
            return
        self._link = self._session.link()
        self._session.commands.append(Dial(self._link, self._addresses.popleft(), self._request.port))

    def _look_for_end(self) -> None:
        if self._relay.over and not self._session.ended:
            self._session.ended = "both sides ended"
