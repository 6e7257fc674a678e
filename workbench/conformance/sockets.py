"""A peer that talks to a server over TCP, TLS or UDP; `carried.py` has the one for what travels in QUIC."""

import contextlib
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from workbench.api import CarrierClient, ClientSetup, Endpoint, Peer, TargetError, Transport
from workbench.conformance.budget import Budget
from workbench.conformance.target import PATIENCE_S
from workbench.conformance.transcript import Kind, Transcript
from workbench.serving.loopback import is_loopback
from workbench.serving.tls_client import TlsLayer, client_context

__all__ = ["CONNECT_S", "READ_AT_ONCE", "READ_SIZE", "RETURN_S", "SocketPeer", "SocketTarget"]

CONNECT_S = 5.0
"""For a connection and its TLS handshake: generous even for a busy machine far away."""

RETURN_S = 2.0
"""A server that refuses connections gets so long to come back: whoever watches over it may be starting it again."""

RETRY_S = 0.05
"""Between two attempts to connect meanwhile."""

UNREACHABLE_S = 0.2
"""For the answer that nobody is there: this machine gives it at once, others within a round trip."""

READ_SIZE = 65_536

READ_AT_ONCE = 256
"""Reads before the clock gets a look: a target that sends faster than we read, if only empty datagrams, must not hold us for ever."""

MOST_RECEIVED = 64 * 1024 * 1024
"""Bytes that one `receive` gives at most: a reply without end must not take all memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketTarget:
    """See `Target`: a server that runs somewhere, with all that earlier checks have done to it.

    With `tls` or `carry` the connection is TLS and offers `alpn`. The certificate must be one that `cacert` (a PEM file) vouches for, or
    without one the machine's authorities; on loopback without `cacert` any certificate will do.
    """

    host: str
    port: int
    transport: Transport = "tcp"
    tls: bool = False
    carry: Callable[[ClientSetup], CarrierClient] | None = None
    """What carries the protocol over UDP, where something does; it brings its own TLS, and `tls` says nothing."""
    alpn: tuple[str, ...] = ()
    cacert: Path | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    patience_s: float = PATIENCE_S

    @contextmanager
    def session(self, transcript: Transcript, budget: Budget) -> Iterator[Peer]:
        """See `Target`."""
        opened: list[SocketPeer] = []
        try:
            yield self._peer_kind(self, transcript, budget, opened)
        finally:
            for peer in opened:
                peer.close()

    def require(self) -> None:
        """Raise `TargetError` where nobody takes connections now: that is no result of a check."""
        with self.session(Transcript(), Budget.of(2 * CONNECT_S)):
            pass
        if self.transport == "udp" and self.carry is None:
            self._require_port()

    def _require_port(self) -> None:
        """Connecting over UDP asks nobody; a port without a server refuses the first datagram, an empty one says nothing to a server."""
        with contextlib.closing(self.connect()) as sock:
            try:
                sock.send(b"")
                select.select([sock], [], [], UNREACHABLE_S)
                sock.recv(READ_SIZE)
            except BlockingIOError:
                return  # nobody says no
            except OSError as error:
                raise TargetError("nobody listens there", place=self.place) from error

    def connect(self) -> socket.socket:
        """A fresh socket; waits a little for a server that is being started again. Raises `TargetError`."""
        kind = socket.SOCK_STREAM if self.transport == "tcp" else socket.SOCK_DGRAM
        deadline = time.monotonic() + RETURN_S
        while True:
            try:
                family, _, _, _, address = socket.getaddrinfo(self.host, self.port, type=kind)[0]
                sock = socket.socket(family, kind)
            except (OSError, UnicodeError) as error:
                raise TargetError(f"no such host ({error})", place=self.place) from error
            try:
                sock.settimeout(CONNECT_S)
                sock.connect(address)
                sock.setblocking(False)
                if self.transport == "tcp":
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return sock
            except OSError as error:
                sock.close()
                if not isinstance(error, ConnectionRefusedError) or time.monotonic() > deadline:
                    raise TargetError(f"it takes no connections ({error.strerror or error})", place=self.place) from error
            select.select([], [], [], RETRY_S)

    @property
    def _peer_kind(self) -> "type[SocketPeer]":
        if self.carry is None:
            return SocketPeer
        from workbench.conformance.carried import CarriedPeer

        return CarriedPeer

    @property
    def verify(self) -> bool:
        """Whether the certificate is looked at."""
        return self.cacert is not None or not is_loopback(self.host, self.port)

    def layer(self) -> TlsLayer | None:
        """TLS for a fresh connection."""
        if not self.tls:
            return None
        return TlsLayer(client_context(self.alpn, self.cacert, verify=self.verify), self.host)

    @property
    def place(self) -> str:
        """The address, for messages."""
        return str(Endpoint(self.host, self.port))


class SocketPeer:
    """See `workbench.api.Peer`. All that were opened for a check are in `opened`, so that they can be closed."""

    def __init__(self, target: SocketTarget, transcript: Transcript, budget: Budget, opened: "list[SocketPeer]") -> None:
        self.host, self.port, self.tls, self.options = target.host, target.port, target.tls, target.options
        self.transcript = transcript
        self.ended = self.reset = False
        self._target = target
        self._budget = budget
        self._opened = opened
        self._waiting: list[bytes] = []
        self._size = 0
        self._eof = self._broken = self._deaf = False
        self._sock = target.connect()
        self._began_ns: int = opened[0]._began_ns if opened else time.monotonic_ns()
        self._number = transcript.open()
        opened.append(self)
        self._layer: TlsLayer | None = None
        self._begin()

    def _begin(self) -> None:
        """What comes between connecting and talking."""
        self._layer = self._target.layer()
        if self._layer is not None:
            self._shake_hands(self._layer)

    def again(self) -> "SocketPeer":
        """See `Peer`; raises `TargetError` where the target takes no more connections."""
        return type(self)(self._target, self.transcript, self._budget, self._opened)

    def close(self) -> None:
        """Give the socket back."""
        self._sock.close()

    def send(self, data: bytes) -> None:
        """See `Peer`. What the target sends meanwhile is kept, so that neither waits for the other to read."""
        self._budget.left()
        if not data:
            return
        self._note("sent", data)
        if self._layer is not None:
            self._layer.write(data)
            data = self._layer.to_wire()
        self._push(data)

    def finish(self) -> None:
        """See `Peer`; over TLS with a close_notify before."""
        if self._deaf:
            return
        self._note("finished")
        if self._layer is not None:
            self._layer.close()
            self._push(self._layer.to_wire())
        self._deaf = True
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)

    def receive(self, enough: Callable[[bytes], bool] | None = None, patience_s: float | None = None) -> bytes:
        """See `Peer`."""
        satisfied = enough or bool
        return b"".join(self._pieces(lambda pieces: satisfied(b"".join(pieces)), patience_s))

    def receive_datagrams(
        self, enough: Callable[[list[bytes]], bool] | None = None, patience_s: float | None = None
    ) -> list[bytes]:
        """See `Peer`."""
        return self._pieces(enough or bool, patience_s)

    def _pieces(self, enough: Callable[[list[bytes]], bool], patience_s: float | None) -> list[bytes]:
        patience = self._target.patience_s if patience_s is None else patience_s
        deadline = time.monotonic() + min(patience, self._budget.left())
        found: list[bytes] = []
        size = 0
        while True:
            self._absorb()
            taken, size = self._waiting, size + self._size
            self._waiting, self._size = [], 0
            for piece in taken:
                self._note("received", piece)
            found += taken
            if (taken and enough(found)) or size >= MOST_RECEIVED:
                break
            if self._eof:
                self._end()
                break
            left = deadline - time.monotonic()
            if left <= 0:
                break
            self._wait(select.POLLIN, left)
        return found

    def _keep(self, data: bytes) -> None:
        """What is to be received: bytes, or one datagram."""
        if data:
            self._waiting.append(data)
            self._size += len(data)

    def _note(self, kind: Kind, data: bytes = b"") -> None:
        self.transcript.note(self._number, kind, time.monotonic_ns() - self._began_ns, data)

    def _end(self) -> None:
        if not self.ended:
            self.ended, self.reset = True, self._broken
            self._note("reset" if self.reset else "closed")

    def _wait(self, events: int, seconds: float) -> int:
        poll = select.poll()
        poll.register(self._sock, events)
        ready = poll.poll(max(0.0, seconds) * 1000)
        return ready[0][1] if ready else 0

    def _push(self, data: bytes) -> None:
        """Send all of it, unless the target ends or does not read for longer than patience."""
        view = memoryview(data)
        until = time.monotonic() + self._target.patience_s
        while view and not self._deaf:
            reading = 0 if self._eof or self._size >= MOST_RECEIVED else select.POLLIN
            ready = self._wait(select.POLLOUT | reading, until - time.monotonic())
            if ready & ~select.POLLOUT and reading:
                self._absorb()
            if not ready & select.POLLOUT and time.monotonic() >= until:
                return
            try:
                view = view[self._sock.send(view) :]
                until = time.monotonic() + self._target.patience_s
            except BlockingIOError:
                continue
            except OSError:  # closed or reset: what came before that is still to be read
                self._deaf = True

    def _absorb(self) -> None:
        """Take what has arrived, without waiting; not all of it where there is much."""
        for _ in range(READ_AT_ONCE):
            if self._eof or self._size >= MOST_RECEIVED:
                return
            try:
                data = self._sock.recv(READ_SIZE)
            except BlockingIOError:
                return
            except OSError:
                data, self._broken = b"", True
            if not data and self._target.transport == "udp" and not self._broken:
                continue  # an empty datagram
            self._eof = not data
            if self._layer is None:
                self._keep(data)
                continue
            self._layer.from_wire(data)
            self._keep(self._layer.read())
            self._eof = self._eof or self._layer.ended
            self._push(self._layer.to_wire())

    def _shake_hands(self, layer: TlsLayer) -> None:
        deadline = time.monotonic() + CONNECT_S
        try:
            while not layer.shake_hands():
                self._push(layer.to_wire())
                if not self._wait(select.POLLIN, deadline - time.monotonic()):
                    raise TargetError("the TLS handshake gets no answer", place=self._target.place)
                layer.from_wire(self._sock.recv(READ_SIZE))
        except OSError as error:  # ssl.SSLError is one
            what = error.reason if isinstance(error, ssl.SSLError) else error.strerror
            remedy = "Name the authority with --cacert" if isinstance(error, ssl.SSLCertVerificationError) else ""
            raise TargetError(f"the TLS handshake failed ({what or error})", place=self._target.place, remedy=remedy) from error
        self._push(layer.to_wire())
        self._keep(layer.read())
