"""What CONNECT and BIND have in common: look a host up, wait for a link with a timer, then bytes both ways until both sides ended."""

from collections.abc import Mapping

from workbench.api import Arrived, Ended, Hang, Joined, LinkEvent, Refused, Resolve, Resolved, Taken
from workbench_socks5.relay import Relay
from workbench_socks5.session import Request, Session, is_address

__all__ = ["GENERAL_FAILURE", "HOST_UNREACHABLE", "NOT_ALLOWED", "REPLY_FOR", "Tunnel"]

REPLY_FOR = {"refused": 5, "unreachable": 4, "network unreachable": 3, "unknown host": 4, "timed out": 4, "not allowed": 2}
"""Reason of a failed link → reply code; the rest is a general failure."""
GENERAL_FAILURE = 1
NOT_ALLOWED = 2
HOST_UNREACHABLE = 4


class Tunnel:
    """See `Task`. The commands say what to do with the host's addresses, and with events that are theirs alone."""

    def __init__(self, session: Session, request: Request, patience_ns: int, late: tuple[int, str]) -> None:
        """`late` is the reply code, and the reason, when nothing has come of the link after `patience_ns`."""
        self._session = session
        self._request = request
        self._relay = Relay(session.settings.buffer, session.commands)
        self._deadline_ns = session.now_ns + patience_ns
        self._late = late
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
            self._session.refuse(*self._late)

    def notify(self, event: LinkEvent) -> None:
        if isinstance(event, Joined) or event.link != self._link:
            return
        match event:
            case Resolved(_, addresses):
                self._resolved(addresses)
            case Refused(_, reason):
                self._refused(REPLY_FOR.get(reason, GENERAL_FAILURE), reason)
            case Arrived(_, data):
                self._relay.from_link(data)
            case Taken(_, count):
                self._relay.taken(count)
            case Ended(_, broken):
                self._relay.link_ended(broken=broken)
                self._look_for_end()
            case _:
                self._came(event)

    def permitted(self, addresses: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the host's addresses that the rules allow."""
        name = "" if is_address(self._request.host) else self._request.host
        return tuple(self._session.settings.rules.permitted(addresses, name, self._request.port))

    def _resolved(self, addresses: tuple[str, ...]) -> None:
        """The host's addresses are known."""
        raise NotImplementedError

    def _refused(self, code: int, reason: str) -> None:
        """The link could not be opened."""
        self._session.refuse(code, reason)

    def _came(self, event: LinkEvent) -> None:
        """The link was opened, or somebody called."""
        raise NotImplementedError

    def _look_for_end(self) -> None:
        if self._relay.over and not self._session.ended:
            self._session.ended = "both sides ended"
