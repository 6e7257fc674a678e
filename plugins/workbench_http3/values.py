"""Values of messages: what a fuzzer or an editor changes, and the way back to bytes.

A value is made of dicts, lists, bytes, strings, ints and booleans. A piece of a stream is one of

    frame               type, and by type: data; encoded, sign, delta, lines (see `qpack.pack`) or section; push_id; id;
                        settings: [{id, value}, …]; element_id, field_value; payload for all others
    stream head         stream_type, with push_id or session where the type has one
    WebTransport signal signal, session
    QPACK instruction   kind, and what `qpack_instructions.pack_instruction` takes
    other bytes         data

A frame that carries pieces is {carried: "stream", stream, end, pieces}; others are {carried: "reset", stream, code, size},
{carried: "stop", stream, code}, {carried: "datagram", quarter_stream_id, payload} and {carried: "close", code, reason}. What has another
form on the wire than it would be built in is {raw}. Lengths are always made right.
"""

from collections.abc import Callable, Mapping
from typing import Any

from workbench.api import ConnectionClosed, Datagram, Message, StopSending, StreamData, StreamReset, varint
from workbench_http3.names import Type
from workbench_http3.qpack import pack
from workbench_http3.qpack_instructions import pack_instruction

__all__ = ["build", "build_piece", "encode"]

Value = Mapping[str, Any]


def _section(value: Value) -> bytes:
    if "lines" not in value:
        return bytes(value["section"])
    return pack(value["lines"], encoded=value.get("encoded", 0), sign=bool(value.get("sign")), delta=value.get("delta", 0))


def _settings(value: Value) -> bytes:
    return b"".join(varint(setting["id"]) + varint(setting["value"]) for setting in value["settings"])


def _priority(value: Value) -> bytes:
    return varint(value["element_id"]) + bytes(value["field_value"])


_PAYLOADS: Mapping[int, Callable[[Value], bytes]] = {
    Type.DATA: lambda value: bytes(value["data"]),
    Type.HEADERS: _section,
    Type.CANCEL_PUSH: lambda value: varint(value["push_id"]),
    Type.SETTINGS: _settings,
    Type.PUSH_PROMISE: lambda value: varint(value["push_id"]) + _section(value),
    Type.GOAWAY: lambda value: varint(value["id"]),
    Type.MAX_PUSH_ID: lambda value: varint(value["push_id"]),
    Type.PRIORITY_UPDATE: _priority,
    Type.PRIORITY_UPDATE_PUSH: _priority,
}
_KEYS: Mapping[int, str] = {
    Type.DATA: "data",
    Type.CANCEL_PUSH: "push_id",
    Type.SETTINGS: "settings",
    Type.PUSH_PROMISE: "push_id",
    Type.GOAWAY: "id",
    Type.MAX_PUSH_ID: "push_id",
    Type.PRIORITY_UPDATE: "element_id",
    Type.PRIORITY_UPDATE_PUSH: "element_id",
}
"""What a frame of the type says where it says what it should; a payload otherwise, as when a mutator changed the type alone."""


def _frame(value: Value) -> bytes:
    kind = value["type"]
    builder = _PAYLOADS.get(kind)
    fitting = "lines" in value or "section" in value if kind == Type.HEADERS else _KEYS.get(kind) in value
    if builder is not None and fitting:
        payload = builder(value)
    else:
        payload = bytes(value["payload"]) if "payload" in value else _first(value)
    return varint(kind) + varint(len(payload)) + payload


def _first(value: Value) -> bytes:
    """The payload that the value was made for, whatever type it has now."""
    for kind, builder in _PAYLOADS.items():
        if ("lines" in value or "section" in value) if kind == Type.HEADERS else _KEYS[kind] in value:
            return builder(value)
    raise KeyError("payload")


def build_piece(value: Value) -> bytes:
    """The bytes of a piece of a stream. Raises KeyError, TypeError or ValueError for a value that none has."""
    if "type" in value:
        return _frame(value)
    if "kind" in value:
        return pack_instruction(value)
    for first in ("stream_type", "signal"):
        if first in value:
            return varint(value[first]) + b"".join(varint(value[name]) for name in ("push_id", "session") if name in value)
    return bytes(value["data"])


def build(value: Value) -> bytes:
    """The bytes of a message, carried or as a piece of its stream. Raises KeyError, TypeError or ValueError for a value that none has."""
    if "raw" in value:
        return bytes(value["raw"])
    carried = value.get("carried")
    if carried is None:
        return build_piece(value)
    if carried == "stream":
        return bytes(StreamData(value["stream"], b"".join(map(build_piece, value["pieces"])), bool(value["end"])))
    if carried == "reset":
        return bytes(StreamReset(value["stream"], value["code"], value["size"]))
    if carried == "stop":
        return bytes(StopSending(value["stream"], value["code"]))
    if carried == "close":
        return bytes(ConnectionClosed(value["code"], bytes(value["reason"])))
    quarter = varint(value["quarter_stream_id"]) if "quarter_stream_id" in value else b""
    return bytes(Datagram(quarter + bytes(value["payload"])))


def encode(message: Message) -> bytes:
    """Bytes of `message` from its value. Raises ValueError where there is none."""
    if message.value is None:
        raise ValueError("a broken message has no value to build from")
    return build(message.value)
