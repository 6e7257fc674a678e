"""The client's side of one QUIC connection, for checks, tests and workloads."""

import ssl

from aioquic.quic import events
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.packet import QuicErrorCode
from aioquic.tls import SessionTicket

from workbench.api import ClientSetup, ConnectionClosed, Endpoint, FrameReader
from workbench_quic.carrier.core import LARGEST_DATAGRAM, WINDOW, Core
from workbench_quic.carrier.frames import frame_of, say
from workbench_quic.carrier.identity import KeyLog
from workbench_quic.carrier.settings import read_client_settings

__all__ = ["QuicClient"]

IDLE_S = 30.0
"""A connection without a packet for so long is over: longer than any check is silent."""

_SECOND = 1_000_000_000

_SERVER = Endpoint("server", 443)
"""Where packets go: there is one socket, and it knows."""


class QuicClient:
    """See `CarrierClient`. Raises `UsageError` for settings that cannot be."""

    def __init__(self, setup: ClientSetup) -> None:
        settings = read_client_settings(setup.settings)
        self.ready = False
        self.ended = ""
        self.broken = False
        self.tickets: list[SessionTicket] = []
        self._said = FrameReader()
        self._heard = bytearray()
        self._started = False
        self._first = b""
        self.core = Core(
            configuration=QuicConfiguration(
                is_client=True,
                alpn_protocols=list(setup.alpn),
                server_name=setup.server_name,
                cadata=setup.cacert,
                verify_mode=ssl.CERT_REQUIRED if setup.verify else ssl.CERT_NONE,
                idle_timeout=IDLE_S,
                max_data=WINDOW,
                max_stream_data=WINDOW,
                max_datagram_frame_size=LARGEST_DATAGRAM,
                supported_versions=list(settings.versions),
                secrets_log_file=KeyLog(setup.keylog),  # type: ignore[arg-type]
            ),
            session_ticket_handler=self.tickets.append,
        )

    @property
    def unsent(self) -> int:
        """See `CarrierClient`."""
        return len(self._first) + self.core.unsent

    def receive(self, datagram: bytes, now_ns: int) -> None:
        """See `CarrierClient`."""
        token = self.core.peer_reset_token
        if token and datagram.endswith(token) and self.ready:
            if not self.ended:
                self.ended, self.broken = "reset by a server that does not know the connection", True
            return
        self.core.receive_datagram(datagram, _SERVER, now=now_ns / _SECOND)
        self._take()

    def outgoing(self, now_ns: int) -> list[bytes]:
        """See `CarrierClient`."""
        if not self._started:
            self._started = True
            self.core.connect(_SERVER, now=now_ns / _SECOND)
            self.send(b"")  # with a session ticket, what was said before is in the first flight
        found = [bytes(datagram) for datagram, _ in self.core.datagrams_to_send(now=now_ns / _SECOND)]
        self._take()
        return found

    def due_ns(self) -> int | None:
        """See `CarrierClient`."""
        at = self.core.get_timer() if self._started and not self.ended else None
        return None if at is None else int(at * _SECOND) + 1

    def wakeup(self, now_ns: int) -> None:
        """See `CarrierClient`."""
        due_ns = self.due_ns()
        if due_ns is not None and now_ns >= due_ns:
            self.core.handle_timer(now=now_ns / _SECOND)
            self._take()

    def send(self, data: bytes) -> None:
        """See `CarrierClient`."""
        if not self._started:
            self._first += data
            return
        data, self._first = self._first + data, b""
        for frame in self._said.receive(data):
            if self.core.ending is None:
                say(self.core, frame, self._close)

    def send_raw(self, data: bytes) -> None:
        """See `CarrierClient`."""
        if self.core.ending is None:
            self.core.send_raw(data)

    def read(self) -> bytes:
        """See `CarrierClient`."""
        found = bytes(self._heard)
        self._heard.clear()
        self.core.held = 0
        return found

    def _close(self, frame: ConnectionClosed) -> None:
        self.core.close(frame.code, None, frame.reason.decode("utf-8", "replace"))

    def _take(self) -> None:
        while (event := self.core.next_event()) is not None:
            if isinstance(event, events.HandshakeCompleted):
                self.ready = True
            frame = frame_of(event)
            if frame is not None:
                self._heard += bytes(frame)
        self.core.held = len(self._heard)
        ending = self.core.ending
        if ending is None or self.ended:
            return
        if ending.by_peer and ending.frame is None:
            self._heard += bytes(ConnectionClosed(ending.code, ending.reason.encode()))
        self.broken = ending.frame is not None
        who = "the server" if ending.by_peer else "the client"
        what = f"error {_code(ending.code)}" if ending.frame is not None else f"code {ending.code:#x}"
        self.ended = f"{who} closed it with {what}" + (f" ({ending.reason})" if ending.reason else "")


def _code(code: int) -> str:
    """The name of a transport error (RFC 9000 20.1)."""
    try:
        return QuicErrorCode(code).name
    except ValueError:
        return f"{code:#x}"
