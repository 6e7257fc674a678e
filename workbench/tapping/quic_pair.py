"""One client's connection of a QUIC relay and the one to its target: frames of either go to the other as they are.

Streams keep their numbers, ends, resets and codes: we are the server of one connection and the client of the other.
"""

from collections.abc import Callable, Collection

from workbench.api import ConnectionClosed
from workbench.tapping.stream_order import StreamOrder
from workbench.tapping.upstream_link import UpstreamLink

__all__ = ["ROOM", "QuicPair"]

ROOM = 1 << 20
"""Bytes that wait for a target which takes them slowly; with more of them its client has to wait, by flow control."""


class QuicPair:
    """The application's side of a client's connection: see `ServerConnection` and `CarriedConnection`.

    `link` is set once by whoever made it; `explain` hears why the target is gone.
    """

    def __init__(self, explain: Callable[[str], None]) -> None:
        self.closed = False
        self.stalled: Collection[int] = ()
        """Streams that the client leaves unread. They are the target's to hold back, and only keep the carrier from stopping the others."""
        self.link: UpstreamLink | None = None
        self._explain = explain
        self._over = False
        self._held = b""
        self._up, self._down = StreamOrder(server=False), StreamOrder(server=True)

    @property
    def full(self) -> bool:
        """Whether the target has to take something first."""
        return len(self._held) + (0 if self.link is None else self.link.client.unsent) >= ROOM

    def receive(self, data: bytes) -> bytes:
        """Frames of the client."""
        if data:
            self._held += self._up.arrange(data)
            self.go_on()
        return b""

    def go_on(self) -> None:
        """Pass on what waits for the target's handshake: before that nobody knows whether it takes datagrams, and how much."""
        if self._held and self.link is not None and self.link.client.ready:
            held, self._held = self._held, b""
            self.link.send(held)

    def pull(self) -> bytes:
        """Frames of the target. What is not asked for stays in its connection, whose flow control holds the target back."""
        link = self.link
        if link is None or self._over:
            return b""
        found = link.client.read()
        if found:
            return self._down.arrange(found)
        trouble = link.trouble
        if trouble:
            self._over = True
            if not link.client.ended or link.client.broken:
                self._explain(trouble)
                return bytes(ConnectionClosed(0, f"the target: {trouble}".encode()))
            self.closed = True
        return b""

    def wakeup(self, now_ns: int) -> bytes:
        """Nothing here depends on time."""
        return b""

    def drain(self) -> bytes:
        """The tap shuts down."""
        self.closed = True
        return b""

    def leave(self) -> None:
        """The client is gone: tell the target, unless the client's own words did."""
        self.go_on()
        if self.link is not None:
            self.link.send(bytes(ConnectionClosed(0)))
            self.link.close()
            self.link = None
