"""What a selector is asked to watch one socket for, changed only when it changes: most turns change nothing."""

import selectors
import socket
from collections.abc import Callable

__all__ = ["Ready", "Watch"]

Ready = Callable[[int, int], None]
"""Called with the events (READ, WRITE) that are there and the monotonic time in nanoseconds."""


class Watch:
    """One socket at one selector. `drop` before the socket is closed."""

    __slots__ = ("_interest", "_ready", "_selector", "_sock")

    def __init__(self, selector: selectors.BaseSelector, sock: socket.socket, ready: Ready) -> None:
        self._selector = selector
        self._sock = sock
        self._ready = ready
        self._interest = 0

    def wait_for(self, interest: int) -> None:
        """Be told of these events from now on; 0 for none."""
        if interest == self._interest:
            return
        if not self._interest:
            self._selector.register(self._sock, interest, self._ready)
        elif not interest:
            self._selector.unregister(self._sock)
        else:
            self._selector.modify(self._sock, interest, self._ready)
        self._interest = interest

    def drop(self) -> None:
        """Be told of nothing any more."""
        self.wait_for(0)
