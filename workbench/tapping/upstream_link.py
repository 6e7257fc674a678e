"""The way to a target of a protocol that carries others (QUIC): one connection of ours, on a UDP socket of its own."""

import selectors
import socket
from collections import deque
from collections.abc import Callable

from captures.tap import Ground
from workbench.api import CarrierClient, Endpoint

__all__ = ["UpstreamLink"]

_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE

LARGEST = 65_535
READ_AT_ONCE = 64
"""Datagrams taken in one turn before others get theirs."""

SOCKET_BUFFER = 1024 * 1024
"""What the kernel is asked to keep of datagrams while we compute: as much as flow control lets the target send at once."""


class UpstreamLink:
    """A carrier's client on a socket. `changed` is called when something came of it, never from within `send`.

    Raises OSError where there is no socket to be had. Times are monotonic nanoseconds.
    """

    def __init__(
        self, ground: Ground, target: Endpoint, client: CarrierClient, clock: Callable[[], int], changed: Callable[[], None]
    ) -> None:
        self.client = client
        self._ground = ground
        self._clock = clock
        self._changed = changed
        self._unsent: deque[bytes] = deque()
        self._refused = False
        self._give_up_ns = clock() + ground.limits.connect_ns
        self._late = False
        self._sock = socket.socket(socket.AF_INET6 if ":" in target.host else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._sock.setblocking(False)
            for buffer in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                self._sock.setsockopt(socket.SOL_SOCKET, buffer, SOCKET_BUFFER)
            self._sock.connect((target.host, target.port))
        except OSError:
            self._sock.close()
            raise
        self._on_ready = self._ready
        self.flush()

    @property
    def trouble(self) -> str:
        """Why there is no connection (any more), "" while there is or may be one."""
        if self.client.ended:
            return self.client.ended
        if not self.client.ready and (self._refused or self._late):
            return "nobody listens there" if self._refused else "it does not answer"
        return ""

    def send(self, frames: bytes) -> None:
        """Say something to the target."""
        if not self.client.ended:
            self.client.send(frames)
            self.flush()

    def due_ns(self) -> int | None:
        """When `wakeup` wants to be called at the latest."""
        times = [] if self.client.ready or self.trouble else [self._give_up_ns]
        due_ns = None if self._unsent else self.client.due_ns()
        return min([*times, *([] if due_ns is None else [due_ns])], default=None)

    def wakeup(self, now_ns: int) -> None:
        """Time passes."""
        due_ns = self.due_ns()
        if due_ns is None or now_ns < due_ns:
            return
        self._late = now_ns >= self._give_up_ns
        self.client.wakeup(now_ns)
        self.flush()
        self._changed()

    def close(self) -> None:
        """Give the socket back; harmless when repeated."""
        self._ground.forget(self._sock)

    def flush(self) -> None:
        """Send what the client has to say, as far as the socket takes it."""
        if self._sock.fileno() < 0:
            return
        if not self._unsent:
            self._unsent.extend(self.client.outgoing(self._clock()))
        while self._unsent:
            try:
                self._sock.send(self._unsent[0])
            except (BlockingIOError, InterruptedError):
                break
            except ConnectionRefusedError:
                self._refused = True  # an earlier one found nobody; this one was not sent
            except OSError:
                pass  # as if the network had lost it
            self._unsent.popleft()
        self._ground.wait_for(self._sock, _READ | _WRITE if self._unsent else _READ, self._on_ready)

    def _ready(self, events: int, now: int) -> None:
        for _ in range(READ_AT_ONCE if events & _READ else 0):
            try:
                datagram = self._sock.recv(LARGEST)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                self._refused = True
                break
            self._refused = False
            self.client.receive(datagram, self._clock())
        self.flush()
        self._changed()
