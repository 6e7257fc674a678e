"""HAR 1.2: HTTP exchanges of all versions with bodies, cookies, and timings from the packets; WebSocket messages as Chromium adds them.

http://www.softwareishard.com/blog/har-12-spec/. Entries come in the order in which their requests began. Names with an underscore are
additions: `_webSocketMessages` and `_resourceType` Chromium's, `_packets` (first and last packet number) and `_encoding` ours.
"""

import base64
import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, urlsplit

import numpy as np

from captures.index import PacketIndex
from captures.segment import ACK, SYN
from workbench.export.http_exchanges import Half, HttpExchange, exchanges
from workbench.export.source import Source
from workbench.export.spool import Spool

__all__ = ["Connects", "entry", "write"]

_TCP = 6
_TEXTS = (
    "text/",
    "application/json",
    "application/javascript",
    "application/xml",
    "application/x-www-form-urlencoded",
    "image/svg+xml",
)
_FORM = "application/x-www-form-urlencoded"
_NOTHING_MEASURED = {"blocked": -1, "dns": -1, "connect": -1, "send": 0, "wait": 0, "receive": 0, "ssl": -1}
MOST_QUERY = 1_000
"""Parameters taken out of one URL or form."""


def write(source: Source, out: BinaryIO) -> int:
    """Write all exchanges of which a packet is selected; returns how many."""
    index = source.capture.index
    selected = np.zeros(len(index) + 1, np.bool_)
    selected[source.packets] = True

    def wanted(exchange: HttpExchange) -> bool:  # the file may have grown meanwhile
        return any(packet < len(selected) and selected[packet] for packet in _packets(exchange))

    connects = Connects(index)
    creator = {"name": "workbench", "version": "1"}
    count = 0
    with Spool() as spool:
        for exchange in exchanges(source.everything(), index):
            if exchange.request is not None and wanted(exchange):
                spool.add(exchange.first, json.dumps(entry(exchange, index, connects)).encode())
                count += 1
        head = json.dumps({"version": "1.2", "creator": creator, "browser": creator, "pages": []})
        out.write(b'{"log":' + head[:-1].encode() + b',"entries":[\n')
        for number, text in enumerate(spool.all()):
            out.write((b",\n" if number else b"") + text)
        out.write(b"\n]}}\n")
    return count


class Connects:
    """How long the TCP handshakes took: nanoseconds from the client's SYN to its first acknowledgment, by stream."""

    def __init__(self, index: PacketIndex) -> None:
        self._index = index
        asking = (index.ip_protocol == _TCP) & (index.stream >= 0) & (index.direction == 0)
        flags = index.tcp_flags
        self._took: dict[int, int] = {}
        self._begun = dict(zip(*_firsts(index, asking & (flags & (SYN | ACK) == SYN)), strict=True))
        for stream, row in zip(*_firsts(index, asking & (flags & (SYN | ACK) == ACK)), strict=True):
            if stream in self._begun and row > self._begun[stream]:
                self._took[stream] = int(index.time_ns[row] - index.time_ns[self._begun[stream]])

    def take(self, exchange: HttpExchange) -> int:
        """The handshake's time for the first exchange of a TCP stream, -1 for others."""
        return self._took.pop(exchange.stream, -1) if exchange.transport == "tcp" else -1


def _firsts(index: PacketIndex, mask: Any) -> tuple[list[int], list[int]]:
    rows = np.flatnonzero(mask)
    streams, first = np.unique(index.stream[rows], return_index=True)
    return streams.tolist(), rows[first].tolist()


def entry(exchange: HttpExchange, index: PacketIndex, connects: Connects) -> dict[str, Any]:
    """One entry; the exchange has a request."""
    request = exchange.request
    assert request is not None
    flow = index.flow(exchange.transport, exchange.stream)
    timings = _timings(exchange, index, connects)
    began = int(index.time_ns[request.first - 1])
    packets = _packets(exchange)
    found = {
        "startedDateTime": _moment(began),
        "time": round(sum(value for name, value in timings.items() if value > 0 and name != "ssl"), 6),
        "request": _request(exchange, request),
        "response": _response(exchange),
        "cache": {},
        "timings": timings,
        "serverIPAddress": flow.server.host,
        "connection": str(flow.client.port),
        "_packets": [min(packets), max(packets)],
    }
    if exchange.messages:
        found["_resourceType"] = "websocket"
        found["_webSocketMessages"] = [
            {
                "type": "send" if message.from_client else "receive",
                "time": int(index.time_ns[message.packet - 1]) / 1e9,
                "opcode": message.opcode,
                "data": _utf8(message.data) if isinstance(message.data, str) else base64.b64encode(message.data).decode(),
            }
            for message in exchange.messages
        ]
    return found


def _packets(exchange: HttpExchange) -> list[int]:
    halves = [half for half in (exchange.request, exchange.response) if half]
    return [packet for half in halves for packet in (half.first, half.last)] + [message.packet for message in exchange.messages]


def _timings(exchange: HttpExchange, index: PacketIndex, connects: Connects) -> dict[str, float]:
    """Milliseconds; what the packets do not tell is -1, as the specification has it."""
    found: dict[str, float] = dict(_NOTHING_MEASURED)
    request, response = exchange.request, exchange.response
    assert request is not None

    def between(first: int, last: int) -> float:
        return round(max(0, int(index.time_ns[last - 1]) - int(index.time_ns[first - 1])) / 1e6, 6)

    connect = connects.take(exchange)
    found["connect"] = round(connect / 1e6, 6) if connect >= 0 else -1
    found["send"] = between(request.first, request.last)
    if response is not None:
        found["wait"] = between(request.last, response.first)
        found["receive"] = between(response.first, response.last)
    return found


def _request(exchange: HttpExchange, request: Half) -> dict[str, Any]:
    url = _url(exchange, request)
    try:
        query = parse_qsl(urlsplit(url).query, keep_blank_values=True, max_num_fields=MOST_QUERY)
    except ValueError:
        query = []  # no URL, or one of a thousand parameters
    found = {
        "method": _utf8(request.method),
        "url": url,
        "httpVersion": _utf8(exchange.version),
        "cookies": [
            {"name": name.strip(), "value": value}
            for name, _, value in (part.partition("=") for part in _utf8(request.header("cookie")).split(";"))
            if name.strip()
        ],
        "headers": _headers(request),
        "queryString": [{"name": _utf8(name), "value": _utf8(value)} for name, value in query],
        "headersSize": -1,
        "bodySize": request.sent,
    }
    if request.body:
        found["postData"] = _posted(request)
    return found


def _url(exchange: HttpExchange, request: Half) -> str:
    secure = exchange.secure
    scheme = ("wss" if secure else "ws") if exchange.messages else ("https" if secure else "http")
    url = request.url or (f"{scheme}://{request.header('host')}{request.target}" if request.target[:1] == "/" else request.target)
    for plain in ("http://", "https://"):
        if url.startswith(plain):
            url = f"{scheme}://{url[len(plain) :]}"
            break
    return _utf8(url)


def _posted(request: Half) -> dict[str, Any]:
    kind = _utf8(request.header("content-type"))
    text, encoding = _shown(request.body, "text/")
    found: dict[str, Any] = {"mimeType": kind, "text": text}
    if encoding:
        found["_encoding"] = encoding
    if kind.startswith(_FORM) and not encoding:
        try:
            pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_QUERY)
        except ValueError:
            pairs = []
        found["params"] = [{"name": _utf8(name), "value": _utf8(value)} for name, value in pairs]
    return found


def _response(exchange: HttpExchange) -> dict[str, Any]:
    """Without a response, what Chromium writes of a request that failed."""
    response = exchange.response or Half([], 0, 0)
    kind = _utf8(response.header("content-type")) or "x-unknown"
    content: dict[str, Any] = {"size": len(response.body), "mimeType": kind}
    if response.body:
        content["text"], encoding = _shown(response.body, kind)
        content.update({"encoding": encoding} if encoding else {})
        if response.sent >= 0 and response.header("content-encoding"):
            content["compression"] = len(response.body) - response.sent
    found = {
        "status": response.status,
        "statusText": _utf8(response.reason),
        "httpVersion": _utf8(exchange.version) if exchange.response else "",
        "cookies": [_cookie(_utf8(value)) for name, value in response.headers if name.lower() == "set-cookie"],
        "headers": _headers(response),
        "content": content,
        "redirectURL": _utf8(response.header("location")),
        "headersSize": -1,
        "bodySize": response.sent,
    }
    return found if exchange.response else {**found, "_error": "there is no response in the capture"}


def _headers(half: Half) -> list[dict[str, str]]:
    return [{"name": _utf8(name), "value": _utf8(value)} for name, value in half.headers]


def _cookie(text: str) -> dict[str, Any]:
    """A Set-Cookie header (RFC 6265 section 5.2), as far as HAR has a place for it."""
    pair, *attributes = text.split(";")
    name, _, value = pair.partition("=")
    found: dict[str, Any] = {"name": name.strip(), "value": value.strip(), "httpOnly": False, "secure": False}
    for key, _, said in (part.partition("=") for part in attributes):
        word = key.strip().lower()
        if word in ("path", "domain"):
            found[word] = said.strip()
        elif word in ("httponly", "secure"):
            found["httpOnly" if word == "httponly" else word] = True
        elif word == "expires" and (moment := _date(said)):
            found["expires"] = moment
    return found


def _date(text: str) -> str:
    try:
        return parsedate_to_datetime(text.strip()).astimezone(UTC).isoformat()
    except (ValueError, TypeError, OverflowError):
        return ""


def _shown(body: bytes, kind: str) -> tuple[str, str]:
    """A body as text and its encoding: "" where it is text in UTF-8 and said to be, else "base64"."""
    if kind.lower().startswith(_TEXTS):
        try:
            return body.decode(), ""
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), "base64"


def _moment(time_ns: int) -> str:
    seconds, rest = divmod(max(0, time_ns), 1_000_000_000)
    return f"{datetime.fromtimestamp(min(seconds, 253_402_300_799), UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def _utf8(text: str) -> str:
    """`text` as UTF-8 can hold it: what came from the wire may have lone surrogates."""
    return text.encode("utf-8", "backslashreplace").decode()
