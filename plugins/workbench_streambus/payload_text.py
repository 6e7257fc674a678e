"""Payloads as text: the members that their fields have in a message's JSON object, and what of them stands in its summary.

The layouts are those of `grammar.py`, written once more for speed: a million messages are printed by these functions, and none is parsed.
A property test keeps both equal.
"""

import struct
from collections.abc import Callable, Sequence
from json.encoder import encode_basestring_ascii as quoted

from workbench_streambus.description import SHOWN
from workbench_streambus.grammar import HEALTH, MAX_BATCH, REQUEST_TYPES, STATUSES

__all__ = ["PayloadText", "layout_of"]

PayloadText = Callable[[bytes], tuple[str, str] | None]
"""Fields (each with a comma behind it) and summary of a payload, as JSON has them. Gives None, or raises `struct.error` or `ValueError`,
where the payload does not fit the layout."""

_U32 = struct.Struct(">I")
_KEY = "streambus.payload."


def _member(name: str, value: str) -> str:
    return f'"{_KEY}{name}":{value},'


def _words(*names: str) -> str:
    """A template for the summary; `{n}` is the n-th of the values called `names`."""
    return "".join(f" {name.replace('_', ' ')} {{{names.index(name)}}}" for name in SHOWN if name in names)


def _repeated(name: str, values: Sequence[str]) -> str:
    """A field that occurs once per item: nothing, a value or a list."""
    if not values:
        return ""
    return _member(name, values[0] if len(values) == 1 else f"[{','.join(values)}]")


def _numbers(code: str, *names: str) -> PayloadText:
    """Numbers and nothing else."""
    layout = struct.Struct(f">{code}")
    fields = "".join(_member(name, "%d") for name in names)
    words = _words(*names).format

    def read(payload: bytes) -> tuple[str, str] | None:
        if len(payload) != layout.size:
            return None
        values = layout.unpack(payload)
        return fields % values, words(*values)

    return read


def _text(payload: bytes, at: int) -> tuple[str, int]:
    """The string at an offset and where it ends; raises what slices and codecs raise."""
    start = at + 2
    end = start + int.from_bytes(payload[at:start], "big")
    if end > len(payload):
        raise ValueError("the string is longer than the payload")
    return payload[start:end].decode("utf-8"), end


def _named(first: str, code: str = "", *names: str) -> PayloadText:
    """A string, then numbers."""
    layout = struct.Struct(f">{code}")
    fields = "".join(_member(name, "%d") for name in names)
    words = _words(first, *names).format

    def read(payload: bytes) -> tuple[str, str] | None:
        if len(payload) < 2:
            return None
        name, end = _text(payload, 0)
        if end + layout.size != len(payload):
            return None
        values = layout.unpack_from(payload, end)
        text = quoted(name)
        return _member(first, text) + fields % values, words(text[1:-1], *values)

    return read


def _failure(payload: bytes) -> tuple[str, str] | None:
    if len(payload) < 2:
        return None
    detail, end = _text(payload, 0)
    text = quoted(detail)
    return (_member("detail", text), f": {text[1:-1]}") if end == len(payload) else None


def _nothing(payload: bytes) -> tuple[str, str] | None:
    return None if payload else ("", "")


def _question(payload: bytes) -> tuple[str, str] | None:
    """Of HealthCheck."""
    if len(payload) < 2:
        return None
    return _member("echo_length", str(int.from_bytes(payload[:2], "big"))) + _member("echo", f'"{payload[2:].hex()}"'), ""


def _health(payload: bytes) -> tuple[str, str] | None:
    if len(payload) < 3:
        return None
    state, oldest, newest = payload[:3]
    numbers = _member("state", str(state)) + _member("oldest_version", str(oldest)) + _member("newest_version", str(newest))
    return numbers + _member("echo", f'"{payload[3:].hex()}"'), f" state {HEALTH.decmapping.get(state, state)}"


def _records(code: str, *names: str, stored: bool) -> PayloadText:
    """Numbers, the last of them a count, then so many keys with values; `stored` ones begin with their offset."""
    layout = struct.Struct(f">{code}")
    fields = "".join(_member(name, "%d") for name in names)
    words = _words(*names).format
    columns = ("offset",) * stored + ("key_length", "key", "value_length", "value", "timestamp")
    head, tail = struct.Struct(">QI" if stored else ">I"), struct.Struct(">Q")

    def read(payload: bytes) -> tuple[str, str] | None:
        values = layout.unpack_from(payload)
        count, at = values[-1], layout.size
        if count > MAX_BATCH:
            return None
        rows = []
        for _ in range(count):
            *offset, length = head.unpack_from(payload, at)
            middle = at + head.size + length
            (size,) = _U32.unpack_from(payload, middle)
            end = middle + 4 + size
            (timestamp,) = tail.unpack_from(payload, end)
            key, value = payload[at + head.size : middle].hex(), payload[middle + 4 : end].hex()
            rows.append((*map(str, offset), str(length), f'"{key}"', str(size), f'"{value}"', str(timestamp)))
            at = end + 8
        if at != len(payload):
            return None
        texts = (
            (_repeated(f"messages.{name}", column) for name, column in zip(columns, zip(*rows, strict=True), strict=True))
            if rows
            else ()
        )
        return fields % values + "".join(texts), words(*values)

    return read


def _topics(payload: bytes) -> tuple[str, str] | None:
    (count,) = _U32.unpack_from(payload)
    if count > MAX_BATCH:
        return None
    names, firsts, partitions = [], [], []
    at = 4
    for _ in range(count):
        name, at = _text(payload, at)
        first, number = struct.unpack_from(">II", payload, at)
        names.append(quoted(name))
        firsts.append(str(first))
        partitions.append(str(number))
        at += 8
    if at != len(payload):
        return None
    columns = (
        _repeated("topics.name", names),
        _repeated("topics.first_partition", firsts),
        _repeated("topics.partitions", partitions),
    )
    return _member("count", str(count)) + "".join(columns), f" count {count}"


_REQUESTS: dict[str, PayloadText] = {
    "Produce": _records("II", "partition", "count", stored=False),
    "Fetch": _numbers("IQI", "partition", "offset", "max_bytes"),
    "GetOffset": _numbers("IQ", "partition", "timestamp"),
    "CreateTopic": _named("name", "I", "partitions"),
    "DeleteTopic": _named("name"),
    "ListTopics": _nothing,
    "HealthCheck": _question,
}
_REPLIES: dict[str, PayloadText] = {
    "Produce": _numbers("QI", "first_offset", "count"),
    "Fetch": _records("QI", "next_offset", "count", stored=True),
    "GetOffset": _numbers("Q", "offset"),
    "CreateTopic": _numbers("II", "first_partition", "partitions"),
    "DeleteTopic": _numbers("I", "partitions"),
    "ListTopics": _topics,
    "HealthCheck": _health,
}
_BY_TYPE = {REQUEST_TYPES[name]: (_REQUESTS[name], _REPLIES[name]) for name in REQUEST_TYPES}


def layout_of(kind: int, status: int | None) -> PayloadText | None:
    """How to read the payload of a request of type `kind` (`status` None) or of the reply to one; None where it is opaque bytes."""
    if status == STATUSES["error"]:
        return _failure
    layouts = _BY_TYPE.get(kind)
    return None if layouts is None else layouts[0] if status is None else layouts[1]
