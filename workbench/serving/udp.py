"""The UDP door: one connection of the service per peer address, one datagram out for whatever one call returns."""

import selectors
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workbench.api import Endpoint
from workbench.serving.door import Host, endpoint_of
from workbench.serving.pump import Pump

__all__ = ["UdpDoor"]

LARGEST = 65_535
READ_AT_ONCE = 64
"""Datagrams taken in one turn before time and shutdown get a look."""


@dataclass(slots=True, eq=False)
class _Peer:
    number: int
    address: Any
    endpoint: Endpoint
    pump: Pump


class UdpDoor:
    """See `Door`; `sock` is a bound socket that belongs to the door from now on. Empty datagrams are ignored: they mean "no more" to
    a server."""

    def __init__(self, sock: socket.socket, host: Host) -> None:
        sock.setblocking(False)
        self.endpoint = endpoint_of(sock.getsockname())
        self._sock = sock
        self._host = host
        self._peers: dict[Any, _Peer] = {}
        self._draining = False
        host.selector.register(sock, selectors.EVENT_READ, self._ready)

    def _ready(self, events: int, now_ns: int) -> None:
        for _ in range(READ_AT_ONCE):
            try:
                datagram, address = self._sock.recvfrom(LARGEST)
            except BlockingIOError:
                return
            except OSError:
                continue  # an ICMP error for an earlier reply: that peer is gone, its idle time will tell
            if datagram and not self._draining:
                self._receive(datagram, address, now_ns)

    def due_ns(self) -> None:
        """See `Door`: its connections only want to be told the time now and then."""

    def tick(self, now_ns: int) -> None:
        """Tell every peer's connection the time."""
        for peer in list(self._peers.values()):
            self._run(peer, peer.pump.wakeup, now_ns)

    def drain(self, now_ns: int) -> None:
        """Take no more datagrams; every connection says its last words."""
        self._draining = True
        for peer in list(self._peers.values()):
            self._run(peer, peer.pump.drain)

    def busy(self) -> bool:
        """Datagrams are sent at once, so nothing is ever left to wait for."""
        return False

    def close(self, now_ns: int) -> None:
        """Forget all peers and close the socket."""
        for peer in list(self._peers.values()):
            self._forget(peer, "server")
        self._host.selector.unregister(self._sock)
        self._sock.close()

    def _receive(self, datagram: bytes, address: Any, now_ns: int) -> None:
        peer = self._peers.get(address)
        if peer is None:
            peer = self._welcome(address)
            if peer is None:
                return
        self._host.counters.received += len(datagram)
        self._run(peer, peer.pump.receive, datagram, now_ns)

    def _welcome(self, address: Any) -> _Peer | None:
        endpoint = endpoint_of(address)
        number = self._host.admit(endpoint)
        if number is None:
            return None
        pump = self._host.begin(number, endpoint)
        if pump is None:
            self._host.dismiss(number, endpoint, None, "crash")
            return None
        peer = self._peers[address] = _Peer(number, address, endpoint, pump)
        self._host.owners[id(pump.connection)] = lambda _: self._run(peer, pump.refill)
        return peer

    def _run(self, peer: _Peer, step: Callable[..., None], *values: object) -> None:
        if not self._tried(peer, step, *values):
            return
        while peer.pump.outgoing:
            reply = bytes(peer.pump.outgoing)
            try:
                self._sock.sendto(reply, peer.address)
                self._host.counters.sent += len(reply)
            except OSError as error:  # too long for a datagram, or the buffer is full: datagrams may be lost
                self._host.refuse(peer.endpoint, f"reply of {len(reply)} bytes: {error.strerror}")
            if not self._tried(peer, peer.pump.taken, len(reply)):
                return
        if peer.pump.finished:
            self._forget(peer, "server")

    def _tried(self, peer: _Peer, step: Callable[..., None], *values: object) -> bool:
        """Protocol code; False when it crashed."""
        try:
            step(*values)
        except Exception:
            self._host.crashed(peer.number, peer.endpoint)
            self._forget(peer, "crash")
            return False
        return True

    def _forget(self, peer: _Peer, reason: str) -> None:
        if self._peers.pop(peer.address, None) is not None:
            del self._host.owners[id(peer.pump.connection)]
            self._host.dismiss(peer.number, peer.endpoint, peer.pump, reason)
