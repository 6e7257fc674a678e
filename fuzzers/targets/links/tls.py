"""TLS with real keys: what a case says is mutated first and protected then, so that the protocol inside TLS is what gets tested.

Sessions are resumed from one connection to the next wherever the server lets us, since a whole handshake costs more than most cases.
"""

import contextlib
import select
import socket
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fuzzers.targets.links.link import READ_SIZE
from fuzzers.targets.links.tcp import RESET, TcpDialer
from workbench.api import Endpoint, TargetError
from workbench.serving.tls_client import TlsLayer, client_context

__all__ = ["TlsDialer", "TlsFacts", "TlsLink"]

HANDSHAKE_S = 5.0
"""For a whole handshake, on a machine that is busy with others."""
PIECE = 65_536
"""Plain bytes that are protected at once: a few records, so that a server that does not read holds up little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFacts:
    """What is asked for in a handshake, and believed. `name` is for SNI and the certificate ("": the host), `ca` a PEM file of
    authorities (None: those of this machine), without `verify` any certificate will do. `keylog` takes the secrets of all sessions."""

    alpn: tuple[str, ...] = ()
    name: str = ""
    ca: Path | None = None
    verify: bool = True
    keylog: Path | None = None


class TlsDialer:
    """See `Dialer`. Raises `TargetError` where the very first handshake cannot be: that is no fault of any case."""

    kind: Literal["tcp", "udp"] = "tcp"

    def __init__(self, facts: TlsFacts) -> None:
        self._tcp = TcpDialer()
        self._facts = facts
        self._context = client_context(facts.alpn, facts.ca, verify=facts.verify, keylog=str(facts.keylog or ""))
        self._session: ssl.SSLSession | None = None
        self._met = False

    def dial(self, endpoint: Endpoint) -> "TlsLink":
        """See `Dialer`."""
        layer = TlsLayer(self._context, self._facts.name or endpoint.host, self._session)
        sock = self._tcp.connect(endpoint)
        try:
            _shake_hands(sock, layer)
        except BaseException as error:
            sock.close()
            if self._met and isinstance(error, ssl.SSLError):
                raise ConnectionAbortedError(f"the TLS handshake failed ({error.reason})") from error
            if self._met or not isinstance(error, OSError):
                raise
            raise TargetError(
                f"the TLS handshake failed ({_reason(error)})",
                place=str(endpoint),
                remedy="Name its authority (--ca), or take any certificate (--insecure)"
                if isinstance(error, ssl.SSLCertVerificationError)
                else "Is that a TLS server, with this ALPN?",
            ) from error
        self._met = True
        return TlsLink(sock, layer, self)

    def is_there(self, endpoint: Endpoint, patience_s: float) -> bool:
        """See `Dialer`."""
        return self._tcp.is_there(endpoint, patience_s)

    def learn(self, layer: TlsLayer) -> None:
        """Keep a session to resume. One that was resumed is good for more; where a server takes each ticket only once, the next connection
        has a whole handshake."""
        if not layer.resumed:  # asking for it costs as much as resuming one
            self._session = layer.session or self._session


class TlsLink:
    """See `Link`."""

    __slots__ = ("_dialer", "_layer", "_sock", "_told", "_unsent", "fileno")

    def __init__(self, sock: socket.socket, layer: TlsLayer, dialer: TlsDialer) -> None:
        self.fileno = sock.fileno
        self._sock = sock
        self._layer = layer
        self._dialer = dialer
        self._unsent = b""
        self._told = False

    @property
    def waiting(self) -> bool:
        """See `Link`: what came along with the end of the handshake, or an end that came along with something."""
        return self._layer.waiting or (self._layer.ended and not self._told)

    def send(self, data: memoryview) -> int:
        """See `Link`."""
        if not self._flushed():
            raise BlockingIOError
        piece = data[:PIECE]
        self._layer.write(piece)
        self._flushed()
        return len(piece)

    def receive(self) -> bytes:
        """See `Link`."""
        if not self.waiting:
            self._layer.from_wire(self._sock.recv(READ_SIZE))
        data = self._layer.read()
        if not data and not self._layer.ended:
            with contextlib.suppress(OSError):
                self._flushed()  # a KeyUpdate has its answer
            raise BlockingIOError
        self._told = not data
        return data

    def at_rest(self) -> bool:
        """See `Link`; a server that takes nothing more while it sleeps never will."""
        with contextlib.suppress(OSError):
            self._flushed()
        return True

    def finish(self) -> None:
        """See `Link`: close_notify, then the end of TCP."""
        self._layer.close()
        with contextlib.suppress(OSError):
            self._flushed()
            self._sock.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """See `Link`."""
        with contextlib.suppress(OSError):
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self._sock.close()

    def close(self) -> None:
        """See `Link`."""
        if self._sock.fileno() >= 0:
            self._dialer.learn(self._layer)
            self._sock.close()

    def _flushed(self) -> bool:
        """Send the records that wait; whether none are left."""
        self._unsent += self._layer.to_wire()
        while self._unsent:
            try:
                self._unsent = self._unsent[self._sock.send(self._unsent) :]
            except BlockingIOError:
                return False
        return True


def _shake_hands(sock: socket.socket, layer: TlsLayer) -> None:
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    deadline = time.monotonic() + HANDSHAKE_S
    while not layer.shake_hands():
        sock.send(layer.to_wire())  # a fresh socket takes a few hundred bytes
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise TimeoutError("the TLS handshake gets no answer")
        data = sock.recv(READ_SIZE)
        if not data:
            raise ConnectionResetError("hung up in the TLS handshake")
        layer.from_wire(data)
    sock.send(layer.to_wire())


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.lower().replace("_", " ")
    return error.strerror or str(error)
