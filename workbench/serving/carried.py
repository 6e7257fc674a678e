"""The door of protocols that bring connections of their own over UDP (QUIC): one socket, a plugin's carrier behind it, and applications
behind that."""

import os
import socket
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from workbench.api import CarrierServer, CarrierSession, Endpoint, ServerConnection, ServerOptions, ServerSetup, UsageError
from workbench.serving.credentials import CredentialFiles
from workbench.serving.door import Host, endpoint_of
from workbench.serving.events import Renewed
from workbench.serving.pump import Pump
from workbench.serving.streams import READ, WRITE, Session
from workbench.serving.tls import TlsSettings
from workbench.serving.watch import Watch

__all__ = ["Carriage", "CarriedDoor"]

LARGEST = 65_535
READ_AT_ONCE = 64
"""Datagrams taken in one turn before time and shutdown get a look."""

SOCKET_BUFFER = 4 * 1024 * 1024
"""What we ask the kernel to keep of datagrams while we compute: a tenth of a second at full speed. It gives what it allows."""

REFRESH_NS = 1_000_000_000
"""How often the certificate files are looked at."""

REASONS = {"idle": "server", "error": "reset"}
"""What a carrier says about the end of a connection, in the words of `Disconnected`; other words are the same."""


@dataclass(frozen=True, slots=True)
class Carriage:
    """What carries the applications: a plugin's `Carrier.server`, and its own options as the user typed them."""

    start: Callable[[ServerSetup], CarrierServer]
    settings: Mapping[str, str] = field(default_factory=dict)


class _Counted:
    """An application's side of a connection, whose bytes are counted. See `ServerConnection`."""

    __slots__ = ("_connection", "_host", "closed", "number", "peer", "pump")

    def __init__(self, number: int, peer: Endpoint, pump: Pump, host: Host) -> None:
        self.number = number
        self.peer = peer
        self.pump = pump
        self._host = host
        self._connection = pump.connection
        self.closed = pump.connection.closed

    @property
    def stalled(self) -> Collection[int]:
        """See `CarriedConnection`; AttributeError where the application does not want to know."""
        stalled: Collection[int] = getattr(self._connection, "stalled")  # noqa: B009 - it is no member of all of them
        return stalled

    @stalled.setter
    def stalled(self, streams: Collection[int]) -> None:
        setattr(self._connection, "stalled", streams)  # noqa: B010

    @property
    def early(self) -> bool:
        """Likewise."""
        early: bool = getattr(self._connection, "early")  # noqa: B009
        return early

    @early.setter
    def early(self, value: bool) -> None:
        setattr(self._connection, "early", value)  # noqa: B010

    def receive(self, data: bytes) -> bytes:
        self.pump.received += len(data)
        self._host.counters.received += len(data)
        return self._said(self._connection.receive(data))

    def pull(self) -> bytes:
        return self._said(self._connection.pull())

    def wakeup(self, now_ns: int) -> bytes:
        return self._said(self._connection.wakeup(now_ns))

    def drain(self) -> bytes:
        return self._said(self._connection.drain())

    def _said(self, data: bytes) -> bytes:
        self.closed = self._connection.closed
        self.pump.sent += len(data)
        self._host.counters.sent += len(data)
        return data


class CarriedDoor:
    """See `Door`; `sock` is a bound UDP socket that belongs to the door from now on. Raises `UsageError` for unusable certificates and
    settings."""

    def __init__(self, sock: socket.socket, host: Host, carriage: Carriage, tls: TlsSettings, options: ServerOptions) -> None:
        if tls.client_authority is not None or "1.3" not in tls.versions:
            what = (
                "clients cannot be asked for certificates here" if tls.client_authority is not None else "it speaks TLS 1.3 only"
            )
            raise UsageError(what, place="QUIC", remedy="Leave that out, or serve over TCP")
        self.endpoint = endpoint_of(sock.getsockname())
        self._sock = sock
        self._host = host
        self._files = CredentialFiles(tls)
        self._next_look_ns = 0
        self._unsent: deque[tuple[bytes, Endpoint]] = deque()
        self._keylog: IO[str] | None = None
        self._server = carriage.start(
            ServerSetup(
                applications=tls.alpn,
                accept=self._accept,
                over=self._over,
                failed=lambda peer, why: host.insecure(0, peer, why),
                refused=host.refuse,
                crashed=self._crashed,
                credentials=self._files.of,
                idle_ns=options.idle_ns,
                connections=host.limits.connections,
                buffered=host.limits.buffered,
                settings=carriage.settings,
                keylog=self._log_key,
                tell=host.tell,
            )
        )
        self._keylog = _opened(tls.keylog)  # once nothing else can be wrong: whoever is not made closes nothing
        for buffer in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            sock.setsockopt(socket.SOL_SOCKET, buffer, SOCKET_BUFFER)
        sock.setblocking(False)
        self._watch = Watch(host.selector, sock, self._ready)
        self._watch.wait_for(READ)

    def due_ns(self) -> int | None:
        """See `Door`."""
        # what cannot be sent now will not be sent sooner because time passes
        return None if self._unsent else self._server.due_ns()

    def tick(self, now_ns: int) -> None:
        """See `Door`; also looks for new certificates."""
        if now_ns >= self._next_look_ns:
            self._next_look_ns = now_ns + REFRESH_NS
            self._refresh()
        self._server.wakeup(now_ns)
        self._send(now_ns)

    def drain(self, now_ns: int) -> None:
        """Refuse new connections, let the others finish."""
        self._server.drain(now_ns)
        self._send(now_ns)

    def busy(self) -> bool:
        """Whether a connection is open."""
        return bool(self._server.open or self._unsent)

    def close(self, now_ns: int) -> None:
        """Close everything; unfinished connections count as cut."""
        self._server.close(now_ns)
        self._send(now_ns)
        self._watch.drop()
        self._sock.close()
        if self._keylog is not None:
            self._keylog.close()

    # the socket

    def _ready(self, events: int, now_ns: int) -> None:
        if events & READ:
            self._read(now_ns)
        self._send(now_ns)

    def _read(self, now_ns: int) -> None:
        for _ in range(READ_AT_ONCE):
            try:
                datagram, address = self._sock.recvfrom(LARGEST)
            except BlockingIOError:
                return
            except OSError:
                continue  # an ICMP error for an earlier answer: that peer is gone, its idle time will tell
            self._server.receive(datagram, endpoint_of(address), now_ns)

    def _send(self, now_ns: int) -> None:
        """All that can be sent; the rest waits for the socket, and nothing more is asked for before."""
        if not self._unsent:
            self._unsent.extend(self._server.outgoing(now_ns))
        while self._unsent:
            datagram, peer = self._unsent[0]
            try:
                self._sock.sendto(datagram, (peer.host, peer.port))
            except BlockingIOError:
                break
            except OSError:
                pass  # nobody can be reached there: for the carrier the datagram is lost
            self._unsent.popleft()
        self._watch.wait_for(READ | WRITE if self._unsent else READ)

    # what the carrier says

    def _accept(self, peer: Endpoint, session: CarrierSession) -> ServerConnection | None:
        number = self._host.admit(peer)
        if number is None:
            return None
        agreed = Session(
            session.version, session.cipher, session.alpn, session.server_name, session.resumed, client="", early=session.early
        )
        pump = self._host.begin(number, peer, agreed)
        if pump is None:
            self._host.dismiss(number, peer, None, "crash")
            return None
        connection = _Counted(number, peer, pump, self._host)
        self._host.owners[id(pump.connection)] = lambda now_ns: self._woken(connection, now_ns)
        return connection

    def _woken(self, connection: _Counted, now_ns: int) -> None:
        self._server.wake(connection, now_ns)
        self._send(now_ns)

    def _over(self, connection: ServerConnection, reason: str) -> None:
        assert isinstance(connection, _Counted), "they are all ours"
        del self._host.owners[id(connection.pump.connection)]
        self._host.dismiss(connection.number, connection.peer, connection.pump, REASONS.get(reason, reason))

    def _crashed(self, peer: Endpoint, connection: ServerConnection | None) -> None:
        self._host.crashed(connection.number if isinstance(connection, _Counted) else 0, peer)

    def _log_key(self, line: str) -> None:
        if self._keylog is not None:
            self._keylog.write(line + "\n")
            self._keylog.flush()

    def _refresh(self) -> None:
        problem = ""
        try:
            if not self._files.refresh():
                return
        except UsageError as error:  # perhaps one of two files was replaced so far: the next look may find both
            problem = str(error)
        self._host.listen(Renewed(time_ns=self._host.wall_clock(), problem=problem))


def _opened(path: Path | None) -> IO[str] | None:
    """The key log, readable by its owner only."""
    if path is None:
        return None
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="ascii")  # noqa: PTH123 - the mode matters
