"""What a person and a state machine want to know about a streambus message: its label, a line about it, remarks, who answers whom."""

import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from workbench.api import Confidence, Direction, FrameError, Memory, Message, Note, Severity
from workbench_streambus.grammar import (
    CRITICAL_FLAGS,
    ERROR_CODES,
    MIN_LENGTH,
    REQUEST_TYPES,
    STATUSES,
    VERSION,
    counts_itself,
    lenient_frame,
)

__all__ = ["NOT_KNOWN", "SHOWN", "STATES", "check", "details", "exchange", "label", "outcome", "parameters", "probe", "summary"]

_TYPE_NAMES = {number: name for name, number in REQUEST_TYPES.items()}
NOT_KNOWN = -1
"""Type of a request that was not seen; 0 is a number that a (broken) request can have."""
_SAME_ID = 64
"""Requests remembered under one id; only a broken client uses an id again while it waits."""
_HEADER = 16


def parameters(memory: Memory, direction: Direction, data: bytes) -> Mapping[str, Any]:
    """What the grammar needs to know about one message from elsewhere: see `REQUEST` and `RESPONSE`."""
    surplus = 4 if len(data) >= 4 and counts_itself(data) else 0
    number = data[4:12]
    if direction is Direction.TO_SERVER:
        if len(data) > 12:
            memory[number] = (*memory.get(number, ()), data[12])[-_SAME_ID:]
        return {"surplus": surplus}
    kind, *others = memory.pop(number, (NOT_KNOWN,))
    if others:
        memory[number] = tuple(others)
    return {"surplus": surplus, "request_type": kind}


def probe(data: bytes, direction: Direction) -> Confidence:
    """A right checksum is proof where the header makes sense too; alone it is only enough on the port: others frame like this."""
    try:
        size = lenient_frame(data)
    except FrameError:
        return Confidence.NO
    if len(data) < _HEADER:
        return Confidence.NEED_DATA
    if direction is Direction.TO_SERVER:
        plausible = data[12] in _TYPE_NAMES and data[13] == VERSION
    else:
        plausible = data[12] in STATUSES.values() and int.from_bytes(data[13:15], "big") in ERROR_CODES.values()
    if size is None:
        likely = Confidence.LIKELY if direction is Direction.TO_SERVER else Confidence.WEAK
        return likely if plausible else Confidence.NO
    right = zlib.crc32(data[: size - 4]) == int.from_bytes(data[size - 4 : size], "big")
    if right and plausible:
        return Confidence.CERTAIN
    return Confidence.WEAK if right or plausible else Confidence.NO


def label(message: Message) -> str:
    """Requests: their type. Replies: the request's type and the status; `Corrupt` and `Refusal` answer what was no request."""
    value = message.value
    if message.direction is Direction.TO_SERVER:
        return str(value.type) if value.type in REQUEST_TYPES else "Unknown"
    kind = message.parameters.get("request_type", NOT_KNOWN)
    if value.error_code == "corrupt_message":
        return "Corrupt"
    if value.request_id == 0 and value.status == "error" and kind == NOT_KNOWN:
        return "Refusal"
    if kind == NOT_KNOWN:
        return "Unasked"
    return f"{_TYPE_NAMES.get(kind, 'Unknown')} {value.status}"


def _states() -> dict[tuple[str, str], str]:
    requests = [*REQUEST_TYPES, "Unknown"]
    replies = [f"{name} {status}" for name in REQUEST_TYPES for status in ("ok", "error")] + ["Unknown error", "Fetch partial"]
    table = {(state, name): "open" for state in ("start", "open") for name in requests}
    table |= {("open", name): "open" for name in replies}
    table |= {(state, "Corrupt"): state for state in ("start", "open")}
    table |= {(state, "Refusal"): "closed" for state in ("start", "open")}
    return table | {("closed", name): "closed" for name in requests}


STATES = _states()
"""Section 8: the server speaks only when it was asked, and says nothing after a refusal. Pipelining makes the rest free."""


def summary(message: Message) -> str:
    """One line for the packet list."""
    return f"{label(message)} #{message.value.request_id}{outcome(message)}{details(message)}"


def outcome(message: Message) -> str:
    """What went wrong, of a reply that says so."""
    value = message.value
    failed = message.direction is Direction.TO_CLIENT and value.status == "error"
    return f" {str(value.error_code).replace('_', ' ')}" if failed else ""


SHOWN = (
    "name",
    "partition",
    "offset",
    "first_offset",
    "next_offset",
    "max_bytes",
    "first_partition",
    "partitions",
    "count",
    "state",
)
"""Payload fields that fit into a line."""


def details(message: Message) -> str:
    """The numbers and names of a payload that fit into a line."""
    payload = message.value.payload
    if message.direction is Direction.TO_CLIENT and message.value.status == "error":
        return "" if isinstance(payload, bytes) else f": {payload.detail}"
    if isinstance(payload, bytes):
        return f" {len(payload)} bytes" if payload else ""
    return "".join(f" {name.replace('_', ' ')} {payload[name]}" for name in SHOWN if name in payload)


def exchange(message: Message) -> int | None:
    """A request and its reply share the request id; a refusal belongs to no request."""
    number: int = message.value.request_id
    return number or None


def check(message: Message) -> Iterator[Note]:
    """Remarks on a message that parsed, each with the section of the specification."""
    value = message.value
    if message.parameters.get("surplus"):
        yield Note(Severity.NOTE, "the length counts the whole message, as old peers have it", 0, 4, "streambus 7.4")
    if message.direction is Direction.TO_SERVER:
        yield from _check_request(value)
    else:
        yield from _check_response(value, message.parameters.get("request_type", NOT_KNOWN))


def _check_request(value: Any) -> Iterator[Note]:
    if value.type not in REQUEST_TYPES:
        yield Note(Severity.WARN, f"unknown request type {int(value.type)}", 12, 13, "streambus 4")
    elif isinstance(value.payload, bytes):
        yield Note(Severity.WARN, f"the payload is not that of {value.type}", 16, 16 + len(value.payload), "streambus 4")
    if value.version != VERSION and value.type != "HealthCheck":
        yield Note(Severity.WARN, f"unknown version {value.version}", 13, 14, "streambus 7.1")
    if value.flags & CRITICAL_FLAGS:
        yield Note(Severity.WARN, f"unknown critical flags {value.flags & CRITICAL_FLAGS:#06x}", 14, 16, "streambus 3.2")
    if value.request_id == 0:
        yield Note(Severity.WARN, "request id 0 is reserved", 4, 12, "streambus 3.1")


def _check_response(value: Any, kind: int) -> Iterator[Note]:
    known = value.error_code in ERROR_CODES and value.status in STATUSES
    if not known:
        yield Note(Severity.WARN, f"unknown status {value.status} or error code {value.error_code}", 12, 15, "streambus 5.1")
    elif (value.status == "error") != (value.error_code != "none"):
        yield Note(Severity.ERROR, f"status {value.status} with error code {value.error_code}", 12, 15, "streambus 5.1")
    elif value.status == "partial" and kind != NOT_KNOWN and _TYPE_NAMES.get(kind) != "Fetch":
        yield Note(Severity.ERROR, "only a reply to Fetch can be partial", 12, 13, "streambus 5.1")
    elif isinstance(value.payload, bytes) and (kind in _TYPE_NAMES or value.status == "error"):
        yield Note(
            Severity.ERROR,
            "the payload is not the one this reply has",
            MIN_LENGTH,
            MIN_LENGTH + len(value.payload),
            "streambus 4",
        )
    if kind == NOT_KNOWN and value.request_id:
        yield Note(Severity.NOTE, "no request with this id was seen", 4, 12, "streambus 3.1")
