"""The TCP door: accepts, reads while the peer reads too, writes what waits, and closes so that the last reply arrives."""

import contextlib
import selectors
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from workbench.api import Endpoint
from workbench.serving.door import Host, endpoint_of
from workbench.serving.pump import Pump

__all__ = ["TcpDoor"]

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
BACKLOG = 512
ACCEPTED_AT_ONCE = 64
"""Connections accepted in one turn, so that a flood of them does not starve those that are open."""


@dataclass(slots=True, eq=False)
class _Connection:
    """One accepted socket. `lingers_until` is set once everything was sent and only the peer's end is awaited."""

    number: int
    sock: socket.socket
    peer: Endpoint
    pump: Pump
    interest: int = 0
    lingers_until: int | None = None
    reason: str = ""


class TcpDoor:
    """See `Door`; `listener` is a bound, listening socket that belongs to the door from now on."""

    def __init__(self, listener: socket.socket, host: Host) -> None:
        listener.setblocking(False)
        self.endpoint = endpoint_of(listener.getsockname())
        self._listener: socket.socket | None = listener
        self._accepting = True
        self._host = host
        self._connections: set[_Connection] = set()
        host.selector.register(listener, READ, None)

    def ready(self, data: Any, events: int, now_ns: int) -> None:
        """The listener (`data` is None) or a connection can go on."""
        if data is None:
            self._accept(now_ns)
            return
        if data not in self._connections:
            return
        if events & WRITE:
            self._write(data)
        if events & READ and data in self._connections:
            self._read(data, now_ns)
        self._settle(data, now_ns)

    def tick(self, now_ns: int) -> None:
        """Tell every connection the time; give up on those that do not take the end."""
        if self._listener is not None and not self._accepting:
            self._accepting = True
            self._host.selector.register(self._listener, READ, None)
        for connection in list(self._connections):
            if connection.lingers_until is None:
                self._run(connection, partial(connection.pump.wakeup, now_ns))
                self._settle(connection, now_ns)
            elif now_ns >= connection.lingers_until:
                self._close(connection, connection.reason)

    def drain(self, now_ns: int) -> None:
        """Close the listener and let the connections finish."""
        self._close_listener()
        for connection in list(self._connections):
            self._run(connection, connection.pump.drain)
            self._settle(connection, now_ns)

    def busy(self) -> bool:
        """Whether a connection is open."""
        return bool(self._connections)

    def close(self, now_ns: int) -> None:
        """Close everything; unfinished connections count as cut."""
        self._close_listener()
        for connection in list(self._connections):
            self._close(connection, connection.reason or "cut")

    def _close_listener(self) -> None:
        if self._listener is not None:
            if self._accepting:
                self._host.selector.unregister(self._listener)
            self._listener.close()
            self._listener = None

    def _accept(self, now_ns: int) -> None:
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
                self._host.selector.unregister(self._listener)
                self._accepting = False
                return
            self._welcome(sock, endpoint_of(address), now_ns)

    def _welcome(self, sock: socket.socket, peer: Endpoint, now_ns: int) -> None:
        admitted = None
        try:
            admitted = self._host.admit(peer)
        finally:
            if admitted is None:
                sock.close()
        if admitted is None:
            return
        sock.setblocking(False)
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        number, pump = admitted
        connection = _Connection(number, sock, peer, pump)
        self._connections.add(connection)
        self._run(connection, partial(pump.wakeup, now_ns))
        self._settle(connection, now_ns)

    def _run(self, connection: _Connection, step: Callable[[], None]) -> None:
        """Protocol code for one connection; it is closed when that crashes."""
        if connection in self._connections and not self._host.guarded(connection.number, connection.peer, step):
            self._close(connection, "crash")

    def _read(self, connection: _Connection, now_ns: int) -> None:
        try:
            data = connection.sock.recv(self._host.limits.read_size)
        except BlockingIOError:
            return
        except OSError:
            self._close(connection, connection.reason or "reset")
            return
        if connection.lingers_until is not None:
            if not data:
                self._close(connection, connection.reason)
            return
        self._host.counters.received += len(data)
        self._run(connection, partial(connection.pump.receive, data, now_ns))

    def _write(self, connection: _Connection) -> None:
        pump = connection.pump
        if not pump.outgoing:
            return
        try:
            count = connection.sock.send(pump.outgoing)
        except BlockingIOError:
            return
        except OSError:
            self._close(connection, "reset")
            return
        self._host.counters.sent += count
        self._run(connection, partial(pump.taken, count))

    def _settle(self, connection: _Connection, now_ns: int) -> None:
        """Send what can be sent at once, then wait for whatever the connection needs next."""
        if connection in self._connections and connection.lingers_until is None:
            self._write(connection)
        if connection not in self._connections:
            return
        pump = connection.pump
        if pump.finished and connection.lingers_until is None:
            self._finish(connection, now_ns)
            return
        lingers = connection.lingers_until is not None
        self._await(connection, (READ if lingers or pump.wants_input else 0) | (WRITE if pump.outgoing else 0))

    def _finish(self, connection: _Connection, now_ns: int) -> None:
        """Closing a socket with unread input resets it and may destroy the last reply on its way: say goodbye, then wait."""
        connection.reason = "server" if connection.pump.ended_by_server else "peer"
        if connection.reason == "peer":
            self._close(connection, "peer")
            return
        try:
            connection.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(connection, "reset")
            return
        connection.lingers_until = now_ns + self._host.limits.linger_ns
        self._await(connection, READ)

    def _await(self, connection: _Connection, interest: int) -> None:
        if interest == connection.interest:
            return
        if not connection.interest:
            self._host.selector.register(connection.sock, interest, connection)
        elif not interest:
            self._host.selector.unregister(connection.sock)
        else:
            self._host.selector.modify(connection.sock, interest, connection)
        connection.interest = interest

    def _close(self, connection: _Connection, reason: str) -> None:
        if connection not in self._connections:
            return
        self._connections.discard(connection)
        self._await(connection, 0)
        connection.sock.close()
        self._host.dismiss(connection.number, connection.peer, connection.pump, reason)
