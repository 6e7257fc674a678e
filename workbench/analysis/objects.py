"""Bodies of HTTP/1.1, HTTP/2 and HTTP/3 messages as objects: content-decoded, with what is known of each. Writing them is `collecting`."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from workbench.analysis.field_values import first_value
from workbench.api import Direction, Message

__all__ = ["HttpObject", "ObjectFinder"]

MOST_OPEN = 4_096
"""Bodies whose end was not seen yet; the oldest is given as it is. Connections have a few hundred streams at once."""

MOST_OPEN_BYTES = 256 << 20
"""Bytes of all of them together."""

_END_STREAM = 0x1  # RFC 9113 6.1

_FieldNames = tuple[str, str, str, str, str]
_FRAMED: dict[str, _FieldNames] = {
    "http2": (
        "http2.data.data",
        "http2.headers.path",
        "http2.headers.authority",
        "http2.headers.content_type",
        "http2.headers.status",
    ),
    "http3": (
        "http3.data",
        "http3.headers.path",
        "http3.headers.authority",
        "http3.headers.content_type",
        "http3.headers.status",
    ),
}

_Key = tuple[str, int, tuple[str, ...], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpObject:
    """`packet` completed it; `request_packet` is 0 where the request was not captured. `whole` is false where its end was not seen or
    bytes are missing. `status` is 0 for the body of a request. `span` says where in the bytes of its direction all of it lies, when the
    message kept only its beginning; None otherwise, and where it was coded."""

    protocol: str
    stream: int
    packet: int
    request_packet: int
    direction: Direction
    uri: str
    host: str
    content_type: str
    status: int
    data: bytes = field(repr=False)
    whole: bool = True
    span: tuple[int, int] | None = None


@dataclass(slots=True)
class _Asked:
    uri: str
    host: str
    packet: int


@dataclass(slots=True)
class _Open:
    message: Message
    content_type: str = ""
    status: int = 0
    data: bytearray = field(default_factory=bytearray)


class ObjectFinder:
    """Takes messages in the order of their completion, gives objects."""

    def __init__(self) -> None:
        self._asked: OrderedDict[_Key, _Asked] = OrderedDict()
        self._open: OrderedDict[tuple[_Key, Direction], _Open] = OrderedDict()
        self._bytes = 0

    def add(self, message: Message) -> Iterator[HttpObject]:
        """The objects that this message completes."""
        names = _FRAMED.get(message.protocol)
        if message.protocol == "http1":
            yield from self._http1(message)
        elif names is not None:
            yield from self._framed(message, names)
        while len(self._open) > MOST_OPEN or (self._bytes > MOST_OPEN_BYTES and self._open):
            yield from self._close(next(iter(self._open)), whole=False)

    def finish(self) -> Iterator[HttpObject]:
        """No more messages: bodies whose end nothing marked."""
        while self._open:
            yield from self._close(next(iter(self._open)), whole=True)

    def _http1(self, message: Message) -> Iterator[HttpObject]:
        key = message.protocol, message.stream, message.layer, message.exchange
        if message.direction is Direction.TO_SERVER:
            uri, host = first_value(message, "http.request.uri"), first_value(message, "http.host")
            self._ask(key, uri, host, message.packet)
        body = message.root.find("http.file_data")
        if body is None or not isinstance(body.value, bytes | str) or not body.value:
            return
        data = body.value if isinstance(body.value, bytes) else message.bytes_of(body)
        asked = self._asked.get(key)
        status = first_value(message, "http.response.code")
        cut = len(message.raw) < message.end - message.start
        plain = cut and not message.layer and body.view == 0
        yield HttpObject(
            protocol=message.protocol,
            stream=message.stream,
            packet=message.packet,
            request_packet=asked.packet if asked else 0,
            direction=message.direction,
            uri=asked.uri if asked else "",
            host=asked.host if asked else "",
            content_type=_text(first_value(message, "http.content_type")),
            status=status if isinstance(status, int) else 0,
            data=data,
            whole=not message.errors and not cut,
            span=(message.start + body.start, message.end) if plain else None,
        )

    def _framed(self, message: Message, names: _FieldNames) -> Iterator[HttpObject]:
        content, path, authority, kind, code = names
        number = first_value(message, "http2.streamid") if message.protocol == "http2" else None
        key = message.protocol, message.stream, message.layer, number
        place = key, message.direction
        uri = first_value(message, path)
        if uri is not None and (promised := _promised(message)) is not None:
            # the request of a response to come; the promise itself belongs to another one
            self._ask((*key[:3], promised), uri, first_value(message, authority), message.packet)
            return
        if uri is not None:
            self._ask(key, uri, first_value(message, authority), message.packet)
        known = self._open.get(place)
        status, said = first_value(message, code), first_value(message, kind)
        if known is None and (status is not None or said is not None or uri is not None):
            known = self._open[place] = _Open(message)
        if known is None and first_value(message, content) is None:
            return
        if known is None:  # its header fields were not captured
            known = self._open[place] = _Open(message)
        if isinstance(status, int):
            known.status = status
        known.content_type = _text(said) or known.content_type
        self._gather(known, message, content)
        views = {view.name: view.data for view in message.views}
        # what decoders put together has a limit; what was gathered here is all of it
        cut = len(views.get("body", known.data)) < len(known.data)
        decoded = [data for name, data in views.items() if name.endswith(" decoded")]
        if decoded:
            self._bytes += len(decoded[-1]) - len(known.data)
            known.data = bytearray(decoded[-1])
        if decoded or "body" in views or _ends(message):
            yield from self._close(place, whole=not (decoded and cut))

    def _gather(self, known: _Open, message: Message, content: str) -> None:
        known.message = message
        for _, node in message.root.walk():
            if node.abbrev == content:
                data = message.bytes_of(node)
                known.data += data
                self._bytes += len(data)

    def _ask(self, key: _Key, uri: object, host: object, packet: int) -> None:
        self._asked[key] = _Asked(_text(uri), _text(host), packet)
        if len(self._asked) > MOST_OPEN:
            self._asked.popitem(last=False)

    def _close(self, place: tuple[_Key, Direction], *, whole: bool) -> Iterator[HttpObject]:
        known = self._open.pop(place)
        self._bytes -= len(known.data)
        if not known.data:
            return
        asked = self._asked.get(place[0])
        yield HttpObject(
            protocol=known.message.protocol,
            stream=known.message.stream,
            packet=known.message.packet,
            request_packet=asked.packet if asked else 0,
            direction=place[1],
            uri=asked.uri if asked else "",
            host=asked.host if asked else "",
            content_type=known.content_type,
            status=known.status,
            data=bytes(known.data),
            whole=whole,
        )


def _ends(message: Message) -> bool:
    """Whether HTTP/2 says that nothing follows. HTTP/3 says it by the end of its stream, which no message shows."""
    flags = first_value(message, "http2.flags")
    return message.protocol == "http2" and isinstance(flags, int) and bool(flags & _END_STREAM) and _has_flag(message)


def _has_flag(message: Message) -> bool:
    """DATA and HEADERS have END_STREAM; in other frames the bit means something else."""
    return first_value(message, "http2.type") in (0, 1)


def _promised(message: Message) -> str | int | None:
    """The stream that a PUSH_PROMISE reserves (RFC 9113 6.6). In HTTP/3 nothing ties it to a stream, so a name is given that none has."""
    if message.protocol == "http2":
        number = first_value(message, "http2.push_promise.promised_stream_id")
        return number if isinstance(number, int) else None
    return None if first_value(message, "http3.push_id") is None else "push"


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)
