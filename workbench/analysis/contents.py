"""The bytes that a layer of a stream carried, out of its messages: plain for TLS and QUIC, as tshark follows it for HTTP/2, payloads for
WebSocket."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from workbench.analysis.field_values import all_values, first_value
from workbench.api import Message, UsageError

__all__ = ["Content", "content_reader", "layer_names"]

_LAYER = re.compile(r"([a-z][a-z0-9 _-]*)(?::(\d{1,19}))?", re.ASCII)

_UNFOLDED = ("Decompressed", "Reassembled message", "Unmasked")
"""Views of WebSocket messages, the one that says most first."""

_FIRST_CONTROL_OPCODE = 8  # RFC 6455 5.2


@dataclass(frozen=True, slots=True)
class Content:
    """What one message carried; `missing` bytes before the end of it are not there."""

    data: bytes
    missing: int = 0


def content_reader(layer: str) -> Callable[[Message], Content | None]:
    """Reads messages for a layer: `tls`, `quic:0`, `http2:5`, `websocket`, or any other layer that messages name. What it gives is None
    for messages of other layers. Raises UsageError."""
    found = _LAYER.fullmatch(layer)
    if found is None:
        raise UsageError(f"{layer!r} is no layer", place="--layer", remedy="Write tls, http2:5, quic:0 or websocket")
    name, channel = found[1], found[2]
    if name == "http2":
        if channel is None:
            remedy = "Write http2:5 for its stream 5; for all of them follow what is around it"
            raise UsageError("HTTP/2 has many streams", place="--layer", remedy=remedy)
        number = int(channel)
        return lambda message: _http2(message, number)
    if name == "websocket":
        return _websocket
    wanted = name if channel is None else f"{name} stream {channel}"
    return lambda message: _plain(message) if message.layer and message.layer[-1] == wanted else None


def layer_names(message: Message) -> tuple[str, ...]:
    """The layers that this message belongs to, as `content_reader` takes them."""
    found = []
    if message.layer:
        name, _, channel = message.layer[-1].partition(" stream ")
        found.append(f"{name}:{channel}" if channel else name)
    if message.protocol == "http2":
        found += [f"http2:{number}" for number in all_values(message, "http2.streamid")]
    elif message.protocol == "websocket":
        found.append("websocket")
    return tuple(found)


def _plain(message: Message) -> Content:
    return Content(message.raw, max(0, message.end - message.start - len(message.raw)))


def _http2(message: Message, stream: int) -> Content | None:
    """Header fields unpacked, each name and value behind its length in four bytes; of other frames all bytes: what Wireshark follows."""
    if message.protocol != "http2" or stream not in all_values(message, "http2.streamid"):
        return None
    names, values = all_values(message, "http2.header.name"), all_values(message, "http2.header.value")
    if not names or len(names) != len(values):
        return Content(message.raw)
    return Content(b"".join(_counted(text) for pair in zip(names, values, strict=True) for text in pair))


def _counted(text: str) -> bytes:
    data = str(text).encode("latin-1", "replace")  # as the decoder made it from bytes
    return len(data).to_bytes(4, "big") + data


def _websocket(message: Message) -> Content | None:
    """Whole data messages, unmasked and unpacked; fragments come with their last one, control frames carry nothing."""
    if message.protocol != "websocket" or not first_value(message, "websocket.fin"):
        return None
    opcode, length = first_value(message, "websocket.opcode"), first_value(message, "websocket.payload_length")
    if not isinstance(opcode, int) or opcode >= _FIRST_CONTROL_OPCODE or not isinstance(length, int):
        return None
    views = {view.name: view.data for view in message.views}
    data = next((views[name] for name in _UNFOLDED if name in views), None)
    if data is None:
        data = message.raw[len(message.raw) - length :] if 0 < length <= len(message.raw) else b""
    return Content(data)
