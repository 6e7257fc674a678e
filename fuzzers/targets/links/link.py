"""What a transport offers to whoever plays cases over it: ways to a server (`Dialer`), and one connection each (`Link`)."""

from typing import Literal, Protocol

from workbench.api import Endpoint

__all__ = ["CONNECT_S", "READ_SIZE", "Dialer", "Link"]

CONNECT_S = 2.0
"""A local server that does not take a connection for so long has a full backlog: it hangs."""
READ_SIZE = 65_536
"""Bytes taken at once: more than any datagram, and as much as a loopback socket usually holds."""


class Link(Protocol):
    """One open connection. Nothing here ever waits: `fileno` is what to poll.

    After `finish` nothing more is sent; after `reset` or `close` only `close` may be called again, which then does nothing.
    """

    @property
    def waiting(self) -> bool:
        """Whether `receive` has something to give although the descriptor may say nothing."""
        ...

    def fileno(self) -> int:
        """The descriptor that becomes readable when the server said something."""
        ...

    def send(self, data: memoryview) -> int:
        """Say bytes; how many of them were taken. Raises `BlockingIOError` while it takes none, `OSError` when it never will again.

        Over datagrams, one call is one datagram.
        """
        ...

    def receive(self) -> bytes:
        """What the server said, b"" when it has ended the connection; over datagrams, one of them.

        Raises `BlockingIOError` where there is nothing for us (also after the descriptor was readable), `OSError` after a reset.
        """
        ...

    def at_rest(self) -> bool:
        """Let time pass; whether nothing of what we said is still on its way. While something is, a server that sleeps may go on."""
        ...

    def finish(self) -> None:
        """Say that nothing more will come, and go on listening. Transports that have no such thing do nothing."""
        ...

    def reset(self) -> None:
        """Break the connection off as rudely as the transport can, and give everything back."""
        ...

    def close(self) -> None:
        """End the connection and give everything back."""
        ...


class Dialer(Protocol):
    """The way to the servers of one target; it may remember things between connections (addresses, TLS sessions)."""

    kind: Literal["tcp", "udp"]
    """Of the ports it dials."""

    def dial(self, endpoint: Endpoint) -> Link:
        """A fresh connection, handshakes done. Waits for at most `CONNECT_S`.

        Raises `TimeoutError` when nothing happens in that time, `ConnectionResetError` when the server takes the connection and throws
        it away, another `OSError` when there is nobody.
        """
        ...

    def is_there(self, endpoint: Endpoint, patience_s: float) -> bool:
        """Whether somebody listens there, asked without any handshake, within so many seconds. Over UDP: nobody says no."""
        ...
