"""A client for HTTP/3: aioquic's QUIC and HTTP/3 over one UDP socket, one thing after another."""

import gzip
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from workbench.api import Endpoint

if TYPE_CHECKING:
    from aioquic.h3.connection import H3Connection
    from aioquic.quic.connection import QuicConnection

__all__ = ["Client"]

TIMEOUT_S = 10.0
"""A server that says nothing for so long is gone."""

DATAGRAM = 65_536
"""Bytes that one datagram may have."""

CANCELLED = 0x10C
"""H3_REQUEST_CANCELLED (RFC 9114 8.1)."""

Pairs = tuple[tuple[str, str], ...]


class Client:
    """One connection, open inside a `with` block. `_events` are those of streams that nobody has looked at."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        family = socket.AF_INET6 if ":" in endpoint.host else socket.AF_INET
        self._sock = socket.socket(family, socket.SOCK_DGRAM)
        self._sock.connect((endpoint.host, endpoint.port))
        self._events: list[Any] = []
        self._over = ""
        self._quic: QuicConnection
        self._http: H3Connection
        self._ready = False

    def __enter__(self) -> "Client":
        from aioquic.h3.connection import H3Connection
        from aioquic.quic.configuration import QuicConfiguration
        from aioquic.quic.connection import QuicConnection
        from aioquic.quic.events import HandshakeCompleted

        configuration = QuicConfiguration(
            is_client=True, alpn_protocols=["h3"], server_name="localhost", verify_mode=ssl.CERT_NONE
        )
        self._quic = QuicConnection(configuration=configuration)
        self._quic.connect((self._endpoint.host, self._endpoint.port), now=time.monotonic())
        try:
            self._wait(lambda event: isinstance(event, HandshakeCompleted))
        except OSError:
            self._sock.close()
            raise
        self._http = H3Connection(self._quic)
        self._ready = True
        return self

    def __exit__(self, *_: object) -> None:
        self._quic.close(error_code=0x100)  # H3_NO_ERROR
        self._flush()
        self._sock.close()

    def get(self, target: str, headers: Pairs = ()) -> str:
        """One request."""
        return self._line("GET", target, *self._answer(self._ask("GET", target, headers)))

    def together(self, *targets: str) -> Iterator[str]:
        """Requests side by side."""
        for target, stream in [(target, self._ask("GET", target)) for target in targets]:
            yield self._line("GET", target, *self._answer(stream))

    def send(self, method: str, target: str, content: bytes, headers: Pairs = ()) -> str:
        """A request with content, as fast as the server takes it."""
        stream = self._ask(method, target, (("content-length", str(len(content))), *headers), end=False)
        self._http.send_data(stream, content, end_stream=True)
        self._flush()
        return self._line(method, target, *self._answer(stream))

    def cancel(self, target: str) -> str:
        """A large download that nobody wants any more."""
        from aioquic.h3.events import HeadersReceived

        stream = self._ask("GET", target)
        self._wait(lambda event: isinstance(event, HeadersReceived) and event.stream_id == stream)
        self._quic.stop_stream(stream, CANCELLED)
        self._flush()
        return f"GET {target}: cancelled"

    def websocket(self, text: bytes, mask: bytes) -> str:
        """A message and its echo over extended CONNECT (RFC 9220)."""
        from aioquic.h3.events import DataReceived

        stream = self._ask("CONNECT", "/ws", (("sec-websocket-version", "13"),), end=False, protocol="websocket")
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(text))
        self._http.send_data(stream, bytes((0x81, 0x80 | len(text))) + mask + masked, end_stream=False)
        self._flush()
        echo = self._wait(lambda event: isinstance(event, DataReceived) and event.stream_id == stream)
        self._http.send_data(stream, b"\x88\x82" + mask + bytes((0x03 ^ mask[0], 0xE8 ^ mask[1])), end_stream=True)
        self._flush()
        self._answer(stream)
        return f"WebSocket: {'echo' if echo.data == bytes((0x81, len(text))) + text else 'no echo'} of {len(text)} bytes"

    def _ask(self, method: str, target: str, headers: Pairs = (), *, end: bool = True, protocol: str = "") -> int:
        stream = self._quic.get_next_available_stream_id()
        head = [(":method", method), *([(":protocol", protocol)] if protocol else [])]
        head += [(":scheme", "https"), (":authority", str(self._endpoint)), (":path", target)]
        head += [("user-agent", "workbench-workload"), *headers]
        self._http.send_headers(stream, [(name.encode(), value.encode()) for name, value in head], end_stream=end)
        self._flush()
        return stream

    def _answer(self, stream: int) -> tuple[str, bytes]:
        """Status and content, unpacked."""
        from aioquic.h3.events import DataReceived, HeadersReceived

        self._wait(lambda event: _ends(event, stream), keep=True)
        mine = [event for event in self._events if getattr(event, "stream_id", None) == stream]
        self._events = [event for event in self._events if getattr(event, "stream_id", None) != stream]
        heads = [dict(event.headers) for event in mine if isinstance(event, HeadersReceived)]
        final = next((head for head in heads if head.get(b":status", b"1")[:1] != b"1"), {})
        content = b"".join(event.data for event in mine if isinstance(event, DataReceived))
        if final.get(b"content-encoding") == b"gzip":
            content = gzip.decompress(content)
        return final.get(b":status", b"no status").decode(), content

    def _wait(self, wanted: Callable[[Any], bool], *, keep: bool = False) -> Any:
        """The first event that is wanted; raises `TimeoutError` when none comes in time, `ConnectionResetError` behind the end."""
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            found = next((event for event in self._events if wanted(event)), None)
            if found is not None:
                if not keep:
                    self._events.remove(found)
                return found
            if self._over:
                raise ConnectionResetError(f"the server ended the connection ({self._over})")
            if time.monotonic() > deadline:
                raise TimeoutError("the server says nothing")
            self._listen(deadline)

    def _listen(self, deadline: float) -> None:
        """Send what is to be sent, then wait for a datagram or a timer."""
        self._flush()
        timer = self._quic.get_timer()
        now = time.monotonic()
        self._sock.settimeout(max(0.001, min(deadline, deadline if timer is None else timer) - now))
        try:
            data = self._sock.recv(DATAGRAM)
        except TimeoutError:
            self._quic.handle_timer(now=time.monotonic())
        else:
            self._quic.receive_datagram(data, (self._endpoint.host, self._endpoint.port), now=time.monotonic())
        self._collect()
        self._flush()

    def _collect(self) -> None:
        from aioquic.quic.events import ConnectionTerminated, HandshakeCompleted, StreamReset

        while (event := self._quic.next_event()) is not None:
            if isinstance(event, ConnectionTerminated):
                self._over = event.reason_phrase or f"error {event.error_code:#x}"
            elif isinstance(event, HandshakeCompleted | StreamReset):
                self._events.append(event)
            if self._ready:
                self._events += self._http.handle_event(event)

    def _flush(self) -> None:
        for data, _ in self._quic.datagrams_to_send(now=time.monotonic()):
            self._sock.send(data)

    def _line(self, method: str, target: str, status: str, content: bytes) -> str:
        return f"{method} {target}: {status}, {len(content)} bytes"


def _ends(event: Any, stream: int) -> bool:
    """Whether this event is the last of a response."""
    from aioquic.h3.events import DataReceived, HeadersReceived
    from aioquic.quic.events import StreamReset

    if getattr(event, "stream_id", None) != stream:
        return False
    return isinstance(event, StreamReset) or (isinstance(event, DataReceived | HeadersReceived) and event.stream_ended)
