"""The streambus wire format as constructs, and where a message ends. The specification says the same in words (SPECIFICATION.md).

What a payload looks like depends on the request type; a reply does not repeat the type of its request, so whoever parses or builds one
passes it as the parameter `request_type`. A payload that does not fit its layout stays opaque bytes: header and checksum are
still worth seeing, and a server still has to answer.
"""

import zlib
from typing import Any

from construct import (
    Array,
    Bytes,
    Check,
    Construct,
    Enum,
    FixedSized,
    GreedyBytes,
    IfThenElse,
    Int8ub,
    Int16ub,
    Int32ub,
    Int64ub,
    PascalString,
    Rebuild,
    Select,
    Struct,
    Switch,
    Terminated,
    len_,
    this,
)

from workbench.api import Crc, Framed, FrameError, PerDirection

__all__ = [
    "CRITICAL_FLAGS",
    "ERROR_CODE",
    "ERROR_CODES",
    "GRAMMAR",
    "HEALTH",
    "MAX_BATCH",
    "MAX_LENGTH",
    "MIN_LENGTH",
    "REQUEST",
    "REQUEST_TYPE",
    "REQUEST_TYPES",
    "RESPONSE",
    "SMALLEST_WHOLE",
    "STATUS",
    "STATUSES",
    "VERSION",
    "counts_itself",
    "frame",
    "lenient_frame",
]

VERSION = 1
CRITICAL_FLAGS = 0xFF00
"""Section 3.2: a receiver that does not know one of these flags must refuse the request; it ignores unknown lower ones."""
MAX_LENGTH = 8 * 1024 * 1024
"""Section 6: largest value of the length field; a batch of any size in use fits, a corrupt length does not stall a reader for long."""
MIN_LENGTH = 15
"""The length field of the shortest message, a reply without payload."""
MAX_BATCH = 1000
"""Section 6: most messages in one Produce or in one reply to Fetch; a peer is never busy for long with one request."""

REQUEST_TYPES = {"Produce": 1, "Fetch": 2, "GetOffset": 3, "CreateTopic": 4, "DeleteTopic": 5, "ListTopics": 6, "HealthCheck": 7}
STATUSES = {"ok": 0, "error": 1, "partial": 2}
ERROR_CODES = {
    "none": 0,
    "unknown_request": 1,
    "invalid_request": 2,
    "offset_out_of_range": 3,
    "corrupt_message": 4,
    "partition_not_found": 5,
    "request_timeout": 6,
    "storage_error": 7,
}
REQUEST_TYPE = Enum(Int8ub, **REQUEST_TYPES)
STATUS = Enum(Int8ub, **STATUSES)
ERROR_CODE = Enum(Int16ub, **ERROR_CODES)
HEALTH = Enum(Int8ub, serving=0, draining=1)

SMALLEST_WHOLE = 20
"""The shortest message of a peer whose length field counts the whole message (section 7.4)."""
_KEY_VALUE = (
    "key_length" / Rebuild(Int32ub, len_(this.key)),
    "key" / Bytes(this.key_length),
    "value_length" / Rebuild(Int32ub, len_(this.value)),
    "value" / Bytes(this.value_length),
    "timestamp" / Int64ub,
)
_NAME = PascalString(Int16ub, "utf8")


def _counted(name: str, element: Construct) -> tuple[Construct, ...]:
    """A u32 count and so many elements, none beyond the batch limit."""
    return (
        "count" / Rebuild(Int32ub, len_(this[name])),
        Check(this.count <= MAX_BATCH),
        name / Array(this.count, element),
    )


def _layout(*fields: Construct) -> Construct:
    """A payload of exactly these fields, or opaque bytes."""
    return Select(Struct(*fields, Terminated), GreedyBytes)


_REQUEST_PAYLOADS = {
    "Produce": _layout("partition" / Int32ub, *_counted("messages", "message" / Struct(*_KEY_VALUE))),
    "Fetch": _layout("partition" / Int32ub, "offset" / Int64ub, "max_bytes" / Int32ub),
    "GetOffset": _layout("partition" / Int32ub, "timestamp" / Int64ub),
    "CreateTopic": _layout("name" / _NAME, "partitions" / Int32ub),
    "DeleteTopic": _layout("name" / _NAME),
    "ListTopics": _layout(),
    "HealthCheck": _layout("echo_length" / Int16ub, "echo" / GreedyBytes),
}
_RESPONSE_PAYLOADS = {
    "Produce": _layout("first_offset" / Int64ub, "count" / Int32ub),
    "Fetch": _layout("next_offset" / Int64ub, *_counted("messages", "message" / Struct("offset" / Int64ub, *_KEY_VALUE))),
    "GetOffset": _layout("offset" / Int64ub),
    "CreateTopic": _layout("first_partition" / Int32ub, "partitions" / Int32ub),
    "DeleteTopic": _layout("partitions" / Int32ub),
    "ListTopics": _layout(
        *_counted("topics", "topic" / Struct("name" / _NAME, "first_partition" / Int32ub, "partitions" / Int32ub))
    ),
    "HealthCheck": _layout(
        "state" / HEALTH,
        "oldest_version" / Int8ub,
        "newest_version" / Int8ub,
        "echo" / GreedyBytes,
    ),
}
_ERROR_PAYLOAD = _layout("detail" / _NAME)


def _by_name_and_number(layouts: dict[str, Construct]) -> dict[Any, Construct]:
    """Cases for a parsed type (an enum name) as well as for one that somebody builds by number."""
    return layouts | {REQUEST_TYPES[name]: layout for name, layout in layouts.items()}


def _payload(header: int, layout: Construct) -> Construct:
    """The payload takes what the length field leaves; when building, the length follows from the payload instead."""
    return IfThenElse(this._parsing, FixedSized(this.length - header - this._params.surplus, layout), layout)


REQUEST = Framed(
    "length",
    "length" / Int32ub,
    "request_id" / Int64ub,
    "type" / REQUEST_TYPE,
    "version" / Int8ub,
    "flags" / Int16ub,
    "payload" / _payload(16, Switch(this.type, _by_name_and_number(_REQUEST_PAYLOADS), default=GreedyBytes)),
    "crc" / Crc(Int32ub, zlib.crc32),
)
"""A request (sections 3 and 4). Parameter: `surplus`, 0 for messages of the specification, 4 where `counts_itself` holds."""

RESPONSE = Framed(
    "length",
    "length" / Int32ub,
    "request_id" / Int64ub,
    "status" / STATUS,
    "error_code" / ERROR_CODE,
    "payload"
    / _payload(
        15,
        Switch(
            this.status,
            {"error": _ERROR_PAYLOAD, STATUSES["error"]: _ERROR_PAYLOAD},
            default=Switch(this._params.request_type, _by_name_and_number(_RESPONSE_PAYLOADS), default=GreedyBytes),
        ),
    ),
    "crc" / Crc(Int32ub, zlib.crc32),
)
"""A reply (sections 3 and 5). Parameters: `surplus` as for requests, `request_type` (number or name; 0 when it is not known)."""

GRAMMAR = PerDirection(REQUEST, RESPONSE)


def frame(data: bytes) -> int | None:
    """The framer of the specification: the length field counts the bytes after itself. Raises `FrameError` outside the limits."""
    if len(data) < 4:
        return None
    length = int.from_bytes(data[:4], "big")
    if not MIN_LENGTH <= length <= MAX_LENGTH:
        raise FrameError(f"the length field says {length}, outside {MIN_LENGTH}..{MAX_LENGTH}")
    return 4 + length if len(data) >= 4 + length else None


def counts_itself(data: bytes) -> bool:
    """Whether the first message was written by one of the old peers whose length field counts the whole message (section 7.4).

    The checksum tells: it stands four bytes earlier than the length field makes it. Chance finds it there once in 2^32 messages.
    """
    length = int.from_bytes(data[:4], "big")
    if len(data) < length or length < SMALLEST_WHOLE:
        return False
    return zlib.crc32(memoryview(data)[: length - 4]) == int.from_bytes(data[length - 4 : length], "big")


def lenient_frame(data: bytes) -> int | None:
    """The framer for looking at traffic: accepts what `frame` does and messages of old peers (section 7.4)."""
    size = frame(data)
    if len(data) >= 4 and counts_itself(data):
        return int.from_bytes(data[:4], "big")
    return size
