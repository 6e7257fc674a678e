"""From a stream to the site and back: what is done with a request's head, its content, its end."""

from collections.abc import Callable, Mapping

from workbench.api import Datagram, ServerOptions, varint
from workbench_http.exchange import Headers, Request, Response, plain
from workbench_http.requests import headers_of, request_of
from workbench_http.websocket import EchoSocket, refusal
from workbench_http3.server_budgets import Budgets
from workbench_http3.server_datagrams import UdpEcho, udp_refusal
from workbench_http3.server_faults import StreamFault
from workbench_http3.server_frames import ErrorCode
from workbench_http3.server_sender import Sender
from workbench_http3.server_streams import Stream, Tunnel

__all__ = ["REQUESTS_HELD", "Requests"]

REQUESTS_HELD = 2
"""Largest requests that one connection may have under way, in sum, 503 beyond: a hundred streams must not hold a hundred of them."""

MAX_TUNNELS = 16
"""Tunnels of one connection, 503 beyond: each may hold a message of a megabyte that is not complete, and a page has one or two."""

TUNNELS_HELD = 4 * 1024 * 1024
"""Bytes of answers that wait in all tunnels of a connection before one is given up. What a client may send is up to the transport, which
knows nothing of answers that nobody takes; one that reads has never more than its window under way."""

SAFE = frozenset((b"GET", b"HEAD", b"OPTIONS", b"TRACE"))
"""Methods that may be answered twice without harm (RFC 9110 9.2.1)."""


class Requests:
    """All requests of one connection; `respond` is the site, `tell` the protocol's log."""

    def __init__(
        self, sender: Sender, budgets: Budgets, options: ServerOptions, respond: Callable[[Request], Response], connection: int
    ) -> None:
        self._sender = sender
        self._budgets = budgets
        self._options = options
        self._respond = respond
        self._connection = connection
        self.early = False
        """Whether requests that begin now may be replays: the client has not finished its handshake."""
        self._held = 0
        self._tunnels: list[Stream] = []

    @property
    def room(self) -> int:
        """Bytes that this connection's requests may still hold."""
        return REQUESTS_HELD * self._options.max_request - self._held

    def begin(self, stream: Stream, more: bool) -> None:
        """Its header fields are here and well-formed; `more` may follow."""
        if self.early and stream.method not in SAFE:
            self.refuse(stream, 425, "not in early data: send it again, the handshake will be done\n")  # RFC 8470 5.2
        elif stream.method == b"CONNECT":
            self._connect(stream)
        elif stream.declared is not None and stream.declared > self._options.max_request:
            self.refuse(stream, 413, "the content is too large\n")
        elif more and (b"expect", b"100-continue") in stream.fields:
            self._sender.interim(stream, 100)

    def _connect(self, stream: Stream) -> None:
        """CONNECT and extended CONNECT (RFC 9114 4.4, RFC 9220 3, RFC 9298 3)."""
        protocol, path = stream.pseudo.get(b":protocol"), stream.pseudo.get(b":path", b"")
        if protocol == b"connect-udp":
            status = udp_refusal(path)
            if status:
                self.refuse(stream, status, "there is only the echo service of this host\n")
                return
            self._open(stream, UdpEcho(), (("capsule-protocol", "?1"),))
        elif protocol != b"websocket":
            self.refuse(stream, 501, "this is no proxy, and it knows websocket and connect-udp only\n")
        elif path.partition(b"?")[0] != b"/ws":
            self.refuse(stream, 404, "there is no such resource\n")
        elif status := refusal(headers_of(stream.fields)):
            self.refuse(stream, status, "the version must be 13\n")
        else:
            self._open(stream, EchoSocket(), ())

    def _open(self, stream: Stream, tunnel: Tunnel, fields: Headers) -> None:
        if len(self._tunnels) >= MAX_TUNNELS:
            self.refuse(stream, 503, "too many tunnels\n")
            return
        stream.tunnel = tunnel
        self._tunnels.append(stream)
        self._sender.open_tunnel(stream, fields)

    def receive(self, stream: Stream, payload: bytes) -> None:
        """Some content."""
        if stream.tunnel is not None:
            stream.queue(stream.tunnel.receive(payload) if payload else b"")
            if sum(tunnel.waiting for tunnel in self._tunnels) > TUNNELS_HELD:
                raise StreamFault(ErrorCode.H3_EXCESSIVE_LOAD, "answers that nobody takes")
        elif not stream.status:
            stream.body += payload
            self._held += len(payload)
            if len(stream.body) > self._options.max_request:
                self.refuse(stream, 413, "the content is too large\n")
            elif self.room < 0:
                self.refuse(stream, 503, "too much is under way\n")

    def datagram(self, stream: Stream, payload: bytes) -> None:
        """An HTTP datagram; only some tunnels know what to do with one (RFC 9297 2)."""
        if not isinstance(stream.tunnel, UdpEcho):
            raise StreamFault(ErrorCode.H3_DATAGRAM_ERROR, "this request has no use for datagrams (RFC 9297 2)")
        answer = stream.tunnel.datagram(payload)
        if answer is not None and self._budgets.afford("datagrams"):
            self._sender.put(Datagram(varint(stream.number // 4) + answer))

    def complete(self, stream: Stream) -> None:
        """The client has ended its side."""
        if stream.tunnel is not None:
            stream.queue(stream.tunnel.receive(b""))
        elif not stream.status:
            self._sender.respond(stream, self._respond(_request(stream)))

    def leave(self, stream: Stream) -> None:
        """No new requests are taken: a tunnel that would never end is asked to."""
        if stream.tunnel is not None:
            stream.queue(stream.tunnel.leave())

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
        if stream.tunnel is not None:
            self._tunnels.remove(stream)
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
