"""The value of a frame: what a fuzzer or an editor changes, and the way back to bytes.

A value is made of dicts, lists, bytes, strings and ints. Every frame has `type`, `flags`, `r` and `streamid`; the rest is by type:

    DATA                data
    HEADERS             block, or fragment where the block goes on; exclusive, stream_dependency, weight with the PRIORITY flag
    PUSH_PROMISE        reserved, promised_stream_id, block or fragment
    CONTINUATION        fragment
    PRIORITY            exclusive, stream_dependency, weight
    RST_STREAM          error
    SETTINGS            settings: [{id, value}, …]
    PING                opaque
    GOAWAY              reserved, last_stream_id, error, addata
    WINDOW_UPDATE       reserved, window_size_increment
    ALTSVC              origin, field_value
    ORIGIN              origins: [bytes, …]
    PRIORITY_UPDATE     reserved, priority_update_stream_id, priority_update_field_value
    other types         unknown

`padding` where the PADDED flag says so. `block` is a list of header lines as `hpack.pack` takes them. The preface is {magic}. The length
is always made right.
"""

from collections.abc import Callable, Mapping
from typing import Any

from workbench.api import Message
from workbench_http2.hpack import pack
from workbench_http2.names import Type
from workbench_http2.payloads import PADDED, PRIORITY

__all__ = ["build", "encode"]

Value = Mapping[str, Any]


def _number(value: int, size: int) -> bytes:
    return int(value).to_bytes(size, "big")


def _word(value: Value, name: str) -> bytes:
    """A number of 31 bits behind a reserved one."""
    return _number(value[name] | value.get("reserved", 0) << 31, 4)


def _priority(value: Value) -> bytes:
    dependency = value.get("stream_dependency", 0) | bool(value.get("exclusive")) << 31
    return _number(dependency, 4) + _number(value.get("weight", 15), 1)


def _block(value: Value) -> bytes:
    return pack(value["block"]) if "block" in value else bytes(value["fragment"])


def _headers(value: Value) -> bytes:
    return (_priority(value) if value["flags"] & PRIORITY else b"") + _block(value)


def _settings(value: Value) -> bytes:
    return b"".join(_number(setting["id"], 2) + _number(setting["value"], 4) for setting in value["settings"])


def _altsvc(value: Value) -> bytes:
    return _number(len(value["origin"]), 2) + bytes(value["origin"]) + bytes(value["field_value"])


def _origins(value: Value) -> bytes:
    return b"".join(_number(len(origin), 2) + bytes(origin) for origin in value["origins"])


_BUILDERS: Mapping[int, Callable[[Value], bytes]] = {
    Type.DATA: lambda value: bytes(value["data"]),
    Type.HEADERS: _headers,
    Type.PRIORITY: _priority,
    Type.RST_STREAM: lambda value: _number(value["error"], 4),
    Type.SETTINGS: _settings,
    Type.PUSH_PROMISE: lambda value: _word(value, "promised_stream_id") + _block(value),
    Type.PING: lambda value: bytes(value["opaque"]),
    Type.GOAWAY: lambda value: _word(value, "last_stream_id") + _number(value["error"], 4) + bytes(value["addata"]),
    Type.WINDOW_UPDATE: lambda value: _word(value, "window_size_increment"),
    Type.CONTINUATION: _block,
    Type.ALTSVC: _altsvc,
    Type.ORIGIN: _origins,
    Type.PRIORITY_UPDATE: lambda value: _word(value, "priority_update_stream_id") + bytes(value["priority_update_field_value"]),
}

_PADDABLE = (Type.DATA, Type.HEADERS, Type.PUSH_PROMISE)


def build(value: Value) -> bytes:
    """The bytes of a frame (or of the preface). Raises KeyError, TypeError or OverflowError for a value that none has."""
    if "magic" in value:
        return bytes(value["magic"])
    kind, flags = value["type"], value["flags"]
    builder = _BUILDERS.get(kind)
    payload = builder(value) if builder is not None else bytes(value["unknown"])
    if kind in _PADDABLE and flags & PADDED:
        padding = bytes(value.get("padding", b""))
        payload = _number(len(padding), 1) + payload + padding
    stream = _number(value["streamid"] | value["r"] << 31, 4)
    return _number(len(payload), 3) + _number(kind, 1) + _number(flags, 1) + stream + payload


def encode(message: Message) -> bytes:
    """Bytes of `message` from its value. Raises ValueError where there is none."""
    if message.value is None:
        raise ValueError("a broken frame has no value to build from")
    return build(message.value)
