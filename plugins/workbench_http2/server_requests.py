"""From a stream to the site and back: what is done with a request's head, its content, its end."""

from collections.abc import Callable, Mapping

from workbench.api import ServerOptions
from workbench_http.exchange import Request, Response, plain
from workbench_http.requests import headers_of, request_of
from workbench_http.websocket import EchoSocket, refusal
from workbench_http2.server_core import Core
from workbench_http2.server_sender import Sender
from workbench_http2.server_streams import Stream

__all__ = ["Requests"]

REQUESTS_HELD = 2
"""Largest requests that one connection may have under way, in sum, 503 beyond: a hundred streams must not hold a hundred of them."""

TUNNEL_HELD = 65_536
"""Bytes of answers that wait in one tunnel before its client gets no more window."""


class Requests:
    """All requests of one connection; `respond` is the site, `tell` the protocol's log."""

    def __init__(
        self, core: Core, sender: Sender, options: ServerOptions, respond: Callable[[Request], Response], connection: int
    ) -> None:
        self._core = core
        self._sender = sender
        self._options = options
        self._respond = respond
        self._connection = connection
        self._held = 0

    def begin(self, stream: Stream) -> None:
        """Its header fields are here and well-formed."""
        if stream.method == b"CONNECT":
            self._connect(stream)
        elif stream.declared is not None and stream.declared > self._options.max_request:
            self.refuse(stream, 413, "the content is too large\n")
        elif stream.arriving and (b"expect", b"100-continue") in stream.fields:
            self._sender.interim(stream, 100)

    def _connect(self, stream: Stream) -> None:
        if stream.pseudo.get(b":protocol") != b"websocket":
            self.refuse(stream, 501, "this is no proxy, and it knows websocket only\n")
        elif stream.pseudo[b":path"].partition(b"?")[0] != b"/ws":
            self.refuse(stream, 404, "there is no such resource\n")
        elif status := refusal(headers_of(stream.fields)):
            self.refuse(stream, status, "the version must be 13\n")
        else:
            stream.socket = EchoSocket()
            self._sender.open_tunnel(stream)

    def receive(self, stream: Stream, payload: bytes, counted: int) -> None:
        """Some content; `counted` bytes of it count against the windows (padding, too)."""
        if stream.socket is not None:
            stream.queue(stream.socket.receive(payload) if payload else b"")
            if stream.waiting > TUNNEL_HELD:
                stream.unread += counted
                return
        elif not stream.status:
            stream.body += payload
            self._held += len(payload)
            if len(stream.body) > self._options.max_request:
                self.refuse(stream, 413, "the content is too large\n")
            elif self._held > REQUESTS_HELD * self._options.max_request:
                self.refuse(stream, 503, "too much is under way\n")
        if counted:
            self._core.consumed(stream.number, counted)

    def complete(self, stream: Stream) -> None:
        """The client has ended its side."""
        if stream.socket is not None:
            stream.queue(stream.socket.receive(b""))
        elif not stream.status:
            self._sender.respond(stream, self._respond(_request(stream)))

    def leave(self, stream: Stream) -> None:
        """No new streams are taken: a tunnel that would never end is asked to."""
        if stream.socket is not None:
            stream.queue(stream.socket.leave())

    def refuse(self, stream: Stream, status: int, text: str) -> None:
        """Answer before the request is complete, or instead of acting on it."""
        self._free(stream)
        self._sender.respond(stream, plain(status, text))

    def drop(self, stream: Stream) -> None:
        """Nothing more is to be sent."""
        self._sender.drop(stream)

    def release(self, stream: Stream) -> None:
        """The stream is over, one way or another."""
        self._free(stream)
        if stream.unread:
            self._core.consumed(stream.number, stream.unread)
        if stream.status:
            self.tell({
                "event": "request", "stream": stream.number, "method": stream.method.decode("latin-1"),
                "target": stream.pseudo.get(b":path", b"").decode("latin-1"), "status": stream.status, "sent": stream.sent,
            })  # fmt: skip

    def tell(self, fact: Mapping[str, object]) -> None:
        """One line for the log."""
        self._options.tell({**fact, "connection": self._connection})

    def _free(self, stream: Stream) -> None:
        self._held -= len(stream.body)
        stream.body.clear()


def _request(stream: Stream) -> Request:
    return request_of(stream.method, stream.pseudo[b":path"], stream.fields, bytes(stream.body))
