"""How much a running server lets its peers cost. Limits of the protocol itself (request size, idle time) are `ServerOptions`."""

from dataclasses import dataclass

__all__ = ["ServingLimits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingLimits:
    """Bounds of one running server; times are nanoseconds."""

    connections: int = 1000
    """Open at once, in fifty megabytes for most protocols. One more is closed as soon as it was accepted."""
    buffered: int = 1024 * 1024
    """Bytes that wait for one slow reader; with more of them nothing is read from that peer (back-pressure)."""
    read_size: int = 64 * 1024
    """Bytes taken from one socket in one turn, so that one busy peer does not starve the others."""
    tick_ns: int = 250_000_000
    """How often connections are told the time."""
    handshake_ns: int = 10_000_000_000
    """A TLS handshake that takes longer is ended: ten times what the slowest honest network needs."""
    linger_ns: int = 500_000_000
    """After the last byte was sent, so long the peer may take to read it before the socket is closed under it."""
    drain_ns: int = 4_000_000_000
    """What is still open so long after `stop` is cut off: a shutdown takes less than five seconds."""
    links: int = 8
    """Connections and sockets that one connection of a proxy may have open at once; SOCKS needs two."""
    link_buffered: int = 256 * 1024
    """Bytes that wait for the other end of one link; with more of them nothing is read from the client."""
    dial_ns: int = 10_000_000_000
    """Looking up a name and connecting to it, together; a client waits no longer than that for a page."""
