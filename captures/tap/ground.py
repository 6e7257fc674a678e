"""What all doors and connections of one tap stand on: the loop's selector, the file, limits, the clock, and who may be reached."""

import selectors
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from captures.tap.facts import Tell, nobody_listens
from captures.tap.journal import TapFile
from captures.tap.limits import TapLimits
from captures.tap.reach import LOOPBACK, Reach, numeric

__all__ = ["Addresses", "Found", "Ground", "Lookup", "Names", "Ready"]

Ready = Callable[[int, int], None]
"""Takes the events of a socket (`selectors.EVENT_…`) and the time."""

Addresses = tuple[str, ...]
Found = Callable[[Addresses, int], None]
"""Gets the addresses of a name, best first, none where there are none, and some time that is of no interest here."""

Lookup = Callable[[str, int, Found], None]
"""Looks up a name without waiting; an address stands for itself."""


class Names(Protocol):
    """Looks up names in threads, and answers in the loop of the selector that it was made with."""

    def lookup(self, host: str, now_ns: int, done: Found) -> None:
        """See `Lookup`."""
        ...

    def close(self) -> None:
        """No more answers; harmless when repeated."""
        ...


def _numbers_only(host: str, now_ns: int, found: Found) -> None:
    """The lookup of a tap whose clients may only say addresses."""
    address = numeric(host)
    found((address,) if address else (), now_ns)


@dataclass(slots=True, kw_only=True)
class Ground:
    """`file` is there as soon as the tap listens."""

    limits: TapLimits
    clock: Callable[[], int]
    """Nanoseconds since the epoch."""
    reach: Reach = LOOPBACK
    tell: Tell = nobody_listens
    lookup: Lookup = _numbers_only
    mark: int = 0
    """Firewall mark of our own connections to targets, so that a rule of the transparent mode can leave them alone; 0: none."""
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _file: TapFile | None = None

    @property
    def file(self) -> TapFile:
        """Where to write things down."""
        assert self._file is not None, "the tap opens it before anything happens"
        return self._file

    @file.setter
    def file(self, file: TapFile) -> None:
        self._file = file

    def label(self, sock: socket.socket) -> None:
        """Prepare a socket that is going to connect to a target. Raises OSError where marks are not permitted."""
        if self.mark:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, self.mark)

    def wait_for(self, sock: socket.socket, events: int, ready: Ready) -> None:
        """Call `ready` when one of these events happens, from now on; 0: never."""
        known = self.selector.get_map().get(sock.fileno()) if sock.fileno() >= 0 else None
        if known is None:
            if events:
                self.selector.register(sock, events, ready)
        elif not events:
            self.selector.unregister(sock)
        elif known.events != events:
            self.selector.modify(sock, events, ready)

    def forget(self, sock: socket.socket) -> None:
        """Close a socket; nothing is called about it any more."""
        if sock.fileno() >= 0:
            if sock.fileno() in self.selector.get_map():
                self.selector.unregister(sock)
            sock.close()

    def close(self) -> None:
        """Give up the selector."""
        self.selector.close()

    def dispatch(self, timeout_s: float) -> int:
        """Wait for sockets so long, and call whoever waits for them; returns how many were ready."""
        events = self.selector.select(timeout_s)
        now = self.clock()
        for key, mask in events:
            # another one of these may have closed it meanwhile, and its number may be somebody else's
            known = self.selector.get_map().get(key.fd)
            if known is not None and known.data is key.data:
                key.data(mask, now)
        return len(events)
