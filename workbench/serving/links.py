"""All links of one connection of a proxy: commands of the protocol in, events for it out, within the limits and what the user allows."""

import ipaddress
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from workbench.api.links import (
    CLIENT,
    Accepted,
    Dial,
    Hang,
    Hold,
    LinkCommand,
    LinkEvent,
    Listen,
    OpenDatagrams,
    Opened,
    Pass,
    Refused,
    Resolve,
    Resolved,
    Resume,
)
from workbench.serving.datagram_link import DatagramLink
from workbench.serving.door import Host
from workbench.serving.events import LinkClosed, LinkOpened, LinkRefused
from workbench.serving.stream_link import StreamLink, local_address

__all__ = ["Links"]

Request = Resolve | Dial | Listen | OpenDatagrams


@dataclass(slots=True, eq=False)
class _Use:
    """What a number stands for: a request whose name is being looked up, later the link it became."""

    kind: str
    target: str
    deadline_ns: int
    link: StreamLink | DatagramLink | None = None
    opened: bool = False


class Links:
    """`settle` is called when something was said outside of a turn. Numbers are the protocol's; one is free again when its link is over."""

    def __init__(self, host: Host, connection: int, settle: Callable[[int], None]) -> None:
        self.host = host
        self.client_held = False
        self.client_hung = False
        self._settle = settle
        self._connection = connection
        self._events: deque[LinkEvent] = deque()
        self._uses: dict[int, _Use] = {}
        self._has_room = True
        self._obeying = False

    @property
    def wants_input(self) -> bool:
        """Whether to read from the client: not while a link has too much to swallow."""
        most = self.host.limits.link_buffered
        return not self.client_held and all(use.link is None or use.link.waiting < most for use in self._uses.values())

    def say(self, event: LinkEvent) -> None:
        """Something for the protocol; see `LinkOwner`."""
        self._events.append(event)
        if isinstance(event, Opened | Accepted):
            self._count(event)
        elif isinstance(event, Refused):
            self._count_refusal(event)

    def turn(self, now_ns: int) -> None:
        """See `LinkOwner`."""
        self._settle(now_ns)

    def news(self) -> LinkEvent | None:
        """The next thing that happened, None when all is quiet."""
        return self._events.popleft() if self._events else None

    def obey(self, command: LinkCommand, now_ns: int) -> None:
        """Carry out one command of the protocol; one for a link that is over does nothing."""
        use = self._uses.get(command.link)
        link = use.link if use is not None else None
        match command:
            case Hold(number) | Resume(number):
                if number == CLIENT:
                    self.client_held = isinstance(command, Hold)
                elif link is not None:
                    link.hold(isinstance(command, Hold))
            case Hang(number, half):
                self._hang(number, half)
            case Pass(_, data, to):
                if link is not None and (to is None or self._allowed(to.host)):
                    link.hand(data, to)
            case Resolve() | Dial() | Listen() | OpenDatagrams():
                self._obeying = True
                self._begin(command, now_ns)
                self._obeying = False

    def flow(self, has_room: bool) -> None:
        """Whether the client's side has room for what links bring."""
        self._has_room = has_room
        for use in list(self._uses.values()):
            if use.link is not None:
                use.link.flow(has_room)

    def tick(self, now_ns: int) -> None:
        """Time passes: names and hosts that do not answer are given up."""
        for number, use in list(self._uses.items()):
            if use.link is not None:
                use.link.tick(now_ns)
            elif now_ns >= use.deadline_ns:
                self._refuse(number, "timed out")

    def close(self) -> None:
        """The connection is over, and so is everything it opened."""
        for use in list(self._uses.values()):
            if use.link is not None:
                use.link.close()
        self._uses.clear()

    def over(self, number: int) -> None:
        """See `LinkOwner`."""
        use = self._uses.pop(number, None)
        if use is None or use.link is None or not use.opened:
            return
        self.host.counters.links_open -= 1
        self.host.listen(
            LinkClosed(
                time_ns=self.host.wall_clock(),
                connection=self._connection,
                link=number,
                kind=use.kind,
                received=use.link.received,
                sent=use.link.sent,
            )
        )

    def _hang(self, number: int, half: bool) -> None:
        if number == CLIENT:
            self.client_hung = True
            return
        use = self._uses.get(number)
        if use is not None and use.link is not None:
            use.link.hang(half)
        elif use is not None and not half:
            del self._uses[number]
        if not half:  # nothing is heard of it any more, not even what happened already
            self._events = deque(event for event in self._events if getattr(event, "link", CLIENT) != number)

    def _begin(self, command: Request, now_ns: int) -> None:
        number = command.link
        if number in self._uses:
            return  # its answer is still to come, and there can be only one
        target = f"{command.host}:{command.port}" if isinstance(command, Dial) else command.host
        use = _Use(type(command).__name__.lower(), target, now_ns + self.host.limits.dial_ns)
        full = len(self._uses) >= self.host.limits.links
        self._uses[number] = use
        if full:
            self._refuse(number, "failed")
        else:
            self.host.resolver.lookup(command.host, now_ns, partial(self._found, command, use))

    def _found(self, command: Request, use: _Use, addresses: tuple[str, ...], now_ns: int) -> None:
        """The addresses of the name in a command are known; go on unless it was given up meanwhile."""
        number = command.link
        if self._uses.get(number) is not use:
            return
        allowed = [address for address in addresses if self._allowed(address)]
        if not addresses:
            self._refuse(number, "unknown host")
        elif isinstance(command, Resolve):
            del self._uses[number]
            self.say(Resolved(number, addresses))
        elif not allowed:
            self._refuse(number, "not allowed")
        else:
            self._open(command, use, allowed)
        if not self._obeying:
            self._settle(now_ns)

    def _open(self, command: Dial | Listen | OpenDatagrams, use: _Use, addresses: list[str]) -> None:
        try:
            if isinstance(command, Dial):
                use.link = StreamLink(command.link, self)
                use.link.dial(addresses, command.port, use.deadline_ns)
            elif isinstance(command, Listen):
                use.link = StreamLink(command.link, self)
                use.link.listen(local_address(addresses[0]))
            else:
                here = local_address(addresses[0])
                use.link = DatagramLink(command.link, self, here, everywhere=not _is_loopback(here))
        except OSError:
            use.link = None
            self._refuse(command.link, "failed")
            return
        if use.link is not None:
            use.link.flow(self._has_room)

    def _refuse(self, number: int, reason: str) -> None:
        self.say(Refused(number, reason))
        self._uses.pop(number, None)

    def _count(self, event: Opened | Accepted) -> None:
        use = self._uses[event.link]
        if not use.opened:
            use.opened = True
            self.host.counters.links += 1
            self.host.counters.links_open += 1
        self.host.listen(
            LinkOpened(
                time_ns=self.host.wall_clock(),
                connection=self._connection,
                link=event.link,
                kind=use.kind,
                local=event.local if isinstance(event, Opened) else None,
                remote=event.remote,
            )
        )

    def _count_refusal(self, event: Refused) -> None:
        use = self._uses[event.link]
        self.host.counters.links_refused += 1
        self.host.listen(
            LinkRefused(
                time_ns=self.host.wall_clock(),
                connection=self._connection,
                link=event.link,
                kind=use.kind,
                target=use.target,
                reason=event.reason,
            )
        )

    def _allowed(self, address: str) -> bool:
        """Whether a link may lead there. What is no address never is: the kernel's door would look a name up and wait for it."""
        try:
            return ipaddress.ip_address(address).is_loopback or self.host.dial_remote
        except ValueError:
            return False


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback
