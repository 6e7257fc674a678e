"""Lifelike traffic with h2 as the client: pages side by side, uploads, streams, ranges, pings, resets, a WebSocket, mistakes.

Equal randomness, equal requests.
"""

import gzip
from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING, Any

from workbench.api import Endpoint

if TYPE_CHECKING:
    import socket


__all__ = ["workload"]

ROUNDS = 10
"""Rounds of requests over one connection; a run has about a hundred of them and takes well under a second."""

TIMEOUT_S = 10.0
"""A server that says nothing for so long is gone."""

Pairs = tuple[tuple[str, str], ...]


def workload(endpoint: Endpoint, random: Random) -> Iterator[str]:
    """Drive the server at `endpoint`; yields a line per thing done. Raises `OSError` or h2's errors when it misbehaves."""
    import socket  # like h2, not at the start of every command

    with socket.create_connection((endpoint.host, endpoint.port), timeout=TIMEOUT_S) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = _Client(sock, str(endpoint))
        for number in range(ROUNDS):
            yield client.get("/")
            yield from client.together("/hello.txt", "/data.json", f"/bytes/{random.randrange(1, 100_000)}")
            yield client.get("/data.json", (("accept-encoding", "gzip"),))
            yield client.put(f"/store/item-{number}", random.randbytes(random.randrange(1, 90_000)))
            start = random.randrange(90_000)
            yield client.get("/bytes/100000", (("range", f"bytes={start}-{start + 999}"),))
            yield client.get(f"/stream?parts={random.randrange(1, 20)}", (("te", "trailers"),))
            yield client.get(random.choice(("/missing", "/status/503", "/echo", "/hints")))
            yield client.ping(random.randbytes(8))
            yield client.reset("/bytes/1000000")
            yield client.websocket(b"message %d" % random.randrange(1000), random.randbytes(4))
        client.close()


class _Client:
    """One connection, one thing after another. `_events` are those of streams that nobody has looked at."""

    def __init__(self, sock: "socket.socket", authority: str) -> None:
        from h2.config import H2Configuration
        from h2.connection import H2Connection

        self._sock = sock
        self._authority = authority
        self._h2: H2Connection = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self._h2.initiate_connection()
        self._events: list[Any] = []
        self._flush()

    def get(self, target: str, headers: Pairs = ()) -> str:
        """One request."""
        return self._line("GET", target, *self._answer(self._ask("GET", target, headers)))

    def together(self, *targets: str) -> Iterator[str]:
        """Requests side by side."""
        for target, stream in [(target, self._ask("GET", target)) for target in targets]:
            yield self._line("GET", target, *self._answer(stream))

    def put(self, target: str, content: bytes) -> str:
        """An upload within the server's windows."""
        stream = self._ask("PUT", target, (("content-length", str(len(content))),), end=False)
        while content:
            room = min(self._h2.local_flow_control_window(stream), self._h2.max_outbound_frame_size)
            if not room:
                self._listen()
                continue
            self._h2.send_data(stream, content[:room], end_stream=len(content) <= room)
            content = content[room:]
            self._flush()
        return self._line("PUT", target, *self._answer(stream))

    def ping(self, data: bytes) -> str:
        """There and back."""
        from h2.events import PingAckReceived

        self._h2.ping(data)
        self._flush()
        answer = self._wait(lambda event: isinstance(event, PingAckReceived))
        return f"PING: {'answered' if answer.ping_data == data else 'answered wrong'}"

    def reset(self, target: str) -> str:
        """A large download that nobody wants any more."""
        from h2.events import ResponseReceived

        stream = self._ask("GET", target)
        self._wait(lambda event: isinstance(event, ResponseReceived) and event.stream_id == stream)
        self._h2.reset_stream(stream, 8)
        self._flush()
        return f"GET {target}: cancelled"

    def websocket(self, text: bytes, mask: bytes) -> str:
        """A message and its echo over extended CONNECT (RFC 8441)."""
        from h2.events import DataReceived

        stream = self._ask("CONNECT", "/ws", (("sec-websocket-version", "13"),), end=False, protocol="websocket")
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(text))
        self._h2.send_data(stream, bytes((0x81, 0x80 | len(text))) + mask + masked)
        self._flush()
        echo = self._wait(lambda event: isinstance(event, DataReceived) and event.stream_id == stream)
        self._h2.send_data(stream, b"\x88\x82" + mask + bytes((0x03 ^ mask[0], 0xE8 ^ mask[1])), end_stream=True)
        self._flush()
        self._answer(stream)
        return f"WebSocket: {'echo' if echo.data == bytes((0x81, len(text))) + text else 'no echo'} of {len(text)} bytes"

    def close(self) -> None:
        """Say goodbye."""
        self._h2.close_connection()
        self._flush()

    def _ask(self, method: str, target: str, headers: Pairs = (), *, end: bool = True, protocol: str = "") -> int:
        stream = self._h2.get_next_available_stream_id()
        head = [(":method", method), *([(":protocol", protocol)] if protocol else [])]
        head += [
            (":scheme", "http"),
            (":path", target),
            (":authority", self._authority),
            ("user-agent", "workbench-workload"),
            *headers,
        ]
        self._h2.send_headers(stream, head, end_stream=end)
        self._flush()
        return stream

    def _answer(self, stream: int) -> tuple[str, bytes]:
        """Status and content, unpacked."""
        from h2.events import DataReceived, ResponseReceived, StreamEnded

        self._wait(lambda event: isinstance(event, StreamEnded) and event.stream_id == stream, keep=True)
        mine = [event for event in self._events if getattr(event, "stream_id", None) == stream]
        self._events = [event for event in self._events if getattr(event, "stream_id", None) != stream]
        heads = [event.headers for event in mine if isinstance(event, ResponseReceived)]
        head = {str(name): str(value) for name, value in heads[0]} if heads else {}
        content = b"".join(event.data for event in mine if isinstance(event, DataReceived))
        return head.get(":status", "no status"), gzip.decompress(content) if head.get("content-encoding") == "gzip" else content

    def _wait(self, wanted: Any, *, keep: bool = False) -> Any:
        while True:
            found = next((event for event in self._events if wanted(event)), None)
            if found is not None:
                if not keep:
                    self._events.remove(found)
                return found
            self._listen()

    def _listen(self) -> None:
        from h2.events import DataReceived

        data = self._sock.recv(65_536)
        if not data:
            raise ConnectionResetError("the server hung up")
        for event in self._h2.receive_data(data):
            self._events.append(event)
            if isinstance(event, DataReceived) and event.flow_controlled_length:
                self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        self._flush()

    def _flush(self) -> None:
        self._sock.sendall(self._h2.data_to_send())

    def _line(self, method: str, target: str, status: str, content: bytes) -> str:
        return f"{method} {target}: {status}, {len(content)} bytes"
