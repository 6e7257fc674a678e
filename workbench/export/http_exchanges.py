"""HTTP requests with their responses, of versions 1, 2 and 3 alike: what HAR and Zeek's http.log are made of.

Messages of HTTP/1.1 are whole; those of HTTP/2 and HTTP/3 are frames, put together here by stream. An exchange is given when both sides
ended, or at the end of the capture: HTTP/3's frames do not say that they are the last.
"""

import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from captures.index import PacketIndex
from workbench.api import Direction, Message, Transport

__all__ = ["MOST_BYTES", "MOST_OPEN", "Half", "HttpExchange", "SocketMessage", "Values", "exchanges", "values_of"]

MOST_OPEN = 16_384
"""Exchanges that wait for their ends; the oldest is given as it is when there are more."""

MOST_BYTES = 256 << 20
"""Bytes of bodies that all of them may hold together, likewise."""

MOST_MESSAGES = 100_000
"""WebSocket messages kept of one connection."""

MOST_UNFOLDED = 32 << 20
"""Bytes that one compressed body may unfold to; what is beyond is left out."""

_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""zlib's words for the two containers."""

_TCP = 6
_SWITCHING = 101

Values = dict[str, list[Any]]
"""All values of a message by field name, bytes as bytes."""

Headers = list[tuple[str, str]]


@dataclass(slots=True)
class Half:
    """A request or a response. `body` is the content, codings undone where they could be, `sent` the bytes of it that travelled (-1: not
    known), `first` and `last` the packets that carried its first and last byte."""

    headers: Headers
    first: int
    last: int
    method: str = ""
    target: str = ""
    url: str = ""
    status: int = 0
    reason: str = ""
    body: bytes = b""
    sent: int = -1
    ended: bool = False

    def header(self, name: str) -> str:
        """The first value of a header, "" without one."""
        return next((value for key, value in self.headers if key.lower() == name), "")


@dataclass(frozen=True, slots=True)
class SocketMessage:
    """One WebSocket message."""

    from_client: bool
    packet: int
    opcode: int
    data: bytes | str


@dataclass(slots=True)
class HttpExchange:
    """One request and what answered it; either may be missing. `version` is "HTTP/1.1", "HTTP/2" or "HTTP/3"."""

    transport: Transport
    stream: int
    layer: tuple[str, ...]
    version: str
    request: Half | None = None
    response: Half | None = None
    messages: list[SocketMessage] = field(default_factory=list)

    @property
    def secure(self) -> bool:
        """Whether it travelled inside TLS or QUIC."""
        return any(name == "tls" or name.startswith("quic") for name in self.layer)

    @property
    def first(self) -> int:
        """The packet in which it began."""
        halves = [half.first for half in (self.request, self.response) if half]
        return min(halves)

    @property
    def size(self) -> int:
        """Bytes of content that it holds."""
        return sum(len(half.body) for half in (self.request, self.response) if half)


_Key = tuple[Transport, int, tuple[str, ...], Any]


def exchanges(messages: Iterable[Message], index: PacketIndex) -> Iterator[HttpExchange]:
    """All exchanges among `messages` (in the order of their completion), as they end."""
    pairing = _Pairing(index)
    for message in messages:
        take = _TAKERS.get(message.protocol)
        if take is not None:
            yield from take(pairing, message, values_of(message))
            yield from pairing.overflow()
    yield from pairing.rest()


def values_of(message: Message) -> Values:
    """The values of a message's named fields, in wire order."""
    found: Values = {}
    for _, node in message.root.walk():
        if node.abbrev and node.value is not None:
            found.setdefault(node.abbrev, []).append(node.value)
    return found


class _Pairing:
    """Exchanges that are not over."""

    def __init__(self, index: PacketIndex) -> None:
        self._index = index
        self._open: OrderedDict[_Key, HttpExchange] = OrderedDict()
        self._sockets: dict[tuple[Transport, int, tuple[str, ...]], HttpExchange] = {}
        self._held = 0

    def transport(self, message: Message) -> Transport:
        return "tcp" if self._index.ip_protocol[message.packet - 1] == _TCP else "udp"

    def get(self, message: Message, number: Any, version: str) -> HttpExchange:
        """The exchange with that number in the message's conversation, a new one where there is none."""
        transport = self.transport(message)
        key = transport, message.stream, message.layer, number
        found = self._open.get(key)
        if found is None:
            found = self._open[key] = HttpExchange(transport, message.stream, message.layer, version)
        return found

    def end(self, message: Message, number: Any) -> Iterator[HttpExchange]:
        """The exchange is over."""
        found = self._open.pop((self.transport(message), message.stream, message.layer, number), None)
        if found is not None:
            self._held -= found.size
            yield _unfolded(found)

    def hold(self, half: Half, data: bytes) -> None:
        """More content of a half."""
        self._held += len(data) - len(half.body)
        half.body = data

    def socket(self, message: Message, exchange: HttpExchange, channel: str = "") -> None:
        """What travels behind this exchange is WebSocket's."""
        layer = (*message.layer, channel) if channel else message.layer
        self._sockets[self.transport(message), message.stream, layer] = exchange

    def behind(self, message: Message) -> HttpExchange | None:
        """The exchange that opened the WebSocket of a message."""
        return self._sockets.get((self.transport(message), message.stream, message.layer))

    def overflow(self) -> Iterator[HttpExchange]:
        while self._open and (len(self._open) > MOST_OPEN or self._held > MOST_BYTES):
            _, oldest = self._open.popitem(last=False)
            self._held -= oldest.size
            yield _unfolded(oldest)

    def rest(self) -> Iterator[HttpExchange]:
        yield from map(_unfolded, self._open.values())


def _unfolded(exchange: HttpExchange) -> HttpExchange:
    """Undo gzip and deflate where no decoder has: it does not know that a body is over when nothing says so."""
    for half in (exchange.request, exchange.response):
        if half is not None and half.body and len(half.body) == half.sent:
            window = _WINDOWS.get(half.header("content-encoding").strip().lower())
            if window is not None:
                with suppress(zlib.error):
                    half.body = zlib.decompressobj(window).decompress(half.body, MOST_UNFOLDED)
    return exchange


def _first(values: Values, name: str, default: Any = "") -> Any:
    found = values.get(name)
    return found[0] if found else default


def _http1(pairing: _Pairing, message: Message, values: Values) -> Iterator[HttpExchange]:
    if message.exchange is None or message.label == "interim":
        return
    exchange = pairing.get(message, message.exchange, "HTTP/1.1")
    kind = "request" if message.direction is Direction.TO_SERVER else "response"
    half = Half(_lines(values.get(f"http.{kind}.line", [])), message.packets[0], message.packets[-1], ended=True)
    exchange.version = str(_first(values, f"http.{kind}.version", exchange.version))
    body = _first(values, "http.file_data", b"")
    pairing.hold(half, body if isinstance(body, bytes) else str(body).encode())
    unchunked = [len(view.data) for view in message.views if view.name == "dechunked"]
    half.sent = unchunked[0] if unchunked else int(_first(values, "http.content_length", len(half.body)))
    if kind == "request":
        half.method, half.target = str(_first(values, "http.request.method")), str(_first(values, "http.request.uri"))
        half.url = str(_first(values, "http.request.full_uri"))
        exchange.request = half
        if exchange.response is not None:  # a refusal may come before the request is over
            yield from pairing.end(message, message.exchange)
        return
    half.status, half.reason = int(_first(values, "http.response.code", 0)), str(_first(values, "http.response.phrase"))
    exchange.response = half
    if half.status == _SWITCHING:
        pairing.socket(message, exchange)
    elif exchange.request is not None:
        yield from pairing.end(message, message.exchange)


def _lines(lines: Iterable[str]) -> Headers:
    pairs = (str(line).rstrip("\r\n").partition(":") for line in lines)
    return [(name, value.strip(" \t")) for name, _, value in pairs]


def _http2(pairing: _Pairing, message: Message, values: Values) -> Iterator[HttpExchange]:
    number = _first(values, "http2.push_promise.promised_stream_id", None) or _first(values, "http2.streamid", 0)
    names = values.get("http2.header.name", [])
    if not number or not (names or "http2.data.data" in values or _first(values, "http2.flags.end_stream", 0)):
        return
    exchange = pairing.get(message, number, "HTTP/2")
    pushed = "push_promise" in message.label
    half = _half(exchange, message, request=message.direction is Direction.TO_SERVER or pushed)
    if names:
        _headers(half, list(zip(map(str, names), map(str, values.get("http2.header.value", [])), strict=False)))
        half.url = half.url or str(_first(values, "http2.request.full_uri"))
    _content(pairing, half, values, "http2.data.data", "http2.body.reassembled.data")
    half.ended = half.ended or pushed or bool(_first(values, "http2.flags.end_stream", 0))
    pairing.socket(message, exchange, f"http2 stream {number}")
    if exchange.request and exchange.response and exchange.request.ended and exchange.response.ended:
        yield from pairing.end(message, number)


def _http3(pairing: _Pairing, message: Message, values: Values) -> Iterator[HttpExchange]:
    names = values.get("http3.headers.header.name", [])
    if not names and "http3.data" not in values:
        return
    exchange = pairing.get(message, message.layer[-1:], "HTTP/3")
    half = _half(exchange, message, request=message.direction is Direction.TO_SERVER)
    if names:
        _headers(half, list(zip(map(str, names), map(str, values.get("http3.headers.header.value", [])), strict=False)))
        half.url = half.url or str(_first(values, "http3.request.full_uri"))
    _content(pairing, half, values, "http3.data", "http3.body.reassembled.data")
    yield from ()


def _half(exchange: HttpExchange, message: Message, *, request: bool) -> Half:
    half = exchange.request if request else exchange.response
    if half is None:
        half = Half([], message.packets[0], message.packets[-1], sent=0)
        if request:
            exchange.request = half
        else:
            exchange.response = half
    half.first, half.last = min(half.first, message.packets[0]), max(half.last, message.packets[-1])
    return half


def _headers(half: Half, headers: Headers) -> None:
    """A header section: the first one decides; interim responses come before it, trailers behind it (RFC 9113 8.1)."""
    pseudo = {name: value for name, value in headers if name.startswith(":")}
    status = pseudo.get(":status", "")
    if status.isdecimal() and half.status < 200:
        half.headers = []
        half.status = int(status)
    half.headers += [(name, value) for name, value in headers if not name.startswith(":")]
    half.method = half.method or pseudo.get(":method", "")
    half.target = half.target or pseudo.get(":path", pseudo.get(":authority", ""))
    if ":authority" in pseudo and not half.header("host"):
        half.headers.append(("host", pseudo[":authority"]))


def _content(pairing: _Pairing, half: Half, values: Values, frame: str, whole: str) -> None:
    """Content as it comes; where the decoder put the body together and undid its coding, that."""
    data = b"".join(value for value in values.get(frame, []) if isinstance(value, bytes))
    half.sent += len(data)
    finished = _first(values, whole, None)
    pairing.hold(half, finished if isinstance(finished, bytes) else half.body + data)


def _websocket(pairing: _Pairing, message: Message, values: Values) -> Iterator[HttpExchange]:
    exchange = pairing.behind(message)
    if exchange is not None and _first(values, "websocket.fin", False) and len(exchange.messages) < MOST_MESSAGES:
        for opcode, name in ((1, "websocket.payload.text"), (2, "websocket.payload.binary")):
            if name in values:
                data = values[name][0]
                from_client = message.direction is Direction.TO_SERVER
                exchange.messages.append(SocketMessage(from_client, message.packet, opcode, data))
    yield from ()


_TAKERS: dict[str, Callable[[_Pairing, Message, Values], Iterator[HttpExchange]]] = {
    "http1": _http1,
    "http2": _http2,
    "http3": _http3,
    "websocket": _websocket,
}
