"""The TCP door: accepts as many connections as may be open, with TLS around them where the server has it."""

import contextlib
import socket
from typing import TYPE_CHECKING

from workbench.api import Endpoint, UsageError
from workbench.serving.connection import Connection
from workbench.serving.door import Host, endpoint_of
from workbench.serving.events import Renewed
from workbench.serving.streams import READ, PlainStream, Stream
from workbench.serving.watch import Watch

if TYPE_CHECKING:
    from workbench.serving.tls import Contexts

__all__ = ["TcpDoor"]

ACCEPTED_AT_ONCE = 64
"""Connections accepted in one turn, so that a flood of them does not starve those that are open."""

REFRESH_NS = 1_000_000_000
"""How often the certificate files are looked at: a rotation may take a second, and a look costs some microseconds."""


class TcpDoor:
    """See `Door`; `listener` is a bound, listening socket that belongs to the door from now on."""

    def __init__(self, listener: socket.socket, host: Host, contexts: "Contexts | None" = None) -> None:
        listener.setblocking(False)
        self.endpoint = endpoint_of(listener.getsockname())
        self._listener: socket.socket | None = listener
        self._watch = Watch(host.selector, listener, self._accept)
        self._host = host
        self._contexts = contexts
        self._next_look_ns = 0
        self._connections: dict[Connection, None] = {}
        self._watch.wait_for(READ)

    def due_ns(self) -> None:
        """See `Door`: its connections only want to be told the time now and then."""

    def tick(self, now_ns: int) -> None:
        """Tell every connection the time; look for new certificates."""
        if self._listener is not None:
            self._watch.wait_for(READ)
        if self._contexts is not None and now_ns >= self._next_look_ns:
            self._next_look_ns = now_ns + REFRESH_NS
            self._refresh(self._contexts)
        for connection in list(self._connections):
            connection.tick(now_ns)

    def drain(self, now_ns: int) -> None:
        """Close the listener and let the connections finish."""
        self._close_listener()
        for connection in list(self._connections):
            connection.drain(now_ns)

    def busy(self) -> bool:
        """Whether a connection is open."""
        return bool(self._connections)

    def close(self, now_ns: int) -> None:
        """Close everything; unfinished connections count as cut."""
        self._close_listener()
        for connection in list(self._connections):
            connection.close("cut")

    def _close_listener(self) -> None:
        if self._listener is not None:
            self._watch.drop()
            self._listener.close()
            self._listener = None

    def _refresh(self, contexts: "Contexts") -> None:
        problem = ""
        try:
            if not contexts.refresh():
                return
        except UsageError as error:  # perhaps one of two files was replaced so far: the next look may find both
            problem = str(error)
        self._host.listen(Renewed(time_ns=self._host.wall_clock(), problem=problem))

    def _accept(self, events: int, now_ns: int) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            if self._listener is None:
                return
            try:
                sock, address = self._listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:
                # out of descriptors: try again with the next tick instead of spinning
                self._host.refuse(None, f"accept: {error.strerror}")
                self._watch.drop()
                return
            self._welcome(sock, endpoint_of(address), now_ns)

    def _welcome(self, sock: socket.socket, peer: Endpoint, now_ns: int) -> None:
        number = None
        try:
            number = self._host.admit(peer)
        finally:
            if number is None:
                sock.close()
        if number is None:
            return
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            stream = self._stream(sock)
        except OSError:  # gone before TLS could begin
            sock.close()
            self._host.dismiss(number, peer, None, "reset")
            return
        connection = Connection(number, stream, peer, self._host, self._connections.pop)
        self._connections[connection] = None
        connection.begin(now_ns)

    def _stream(self, sock: socket.socket) -> Stream:
        if self._contexts is None:
            return PlainStream(sock)
        from workbench.serving.tls_stream import TlsStream

        sock.setblocking(False)
        return TlsStream(self._contexts.wrap(sock))
