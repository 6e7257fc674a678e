"""All messages of a whole conversation as JSON text: the fast lane of `workbench dissect --format ndjson`.

Headers and checksums are read here, payloads in `payload_text`; what is said about a message is what `description` says about it, asked
once for all messages that differ only in request id and payload. Anything broken is left to the decoder.
"""

import struct
from functools import lru_cache
from json import dumps
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, NamedTuple
from zlib import crc32

from construct import Container

from workbench.api import Dialogue, Direction, Field, Limits, Message, Skim, SkimmedRow
from workbench_streambus.description import NOT_KNOWN, check, label, outcome
from workbench_streambus.grammar import ERROR_CODE, MAX_LENGTH, MIN_LENGTH, REQUEST_TYPE, SMALLEST_WHOLE, STATUS, STATUSES
from workbench_streambus.payload_text import payload_text

__all__ = ["skim"]

MOST_KINDS = 16_384
"""Kinds of messages whose words are remembered; the size of an opaque payload is part of a kind, since remarks name it."""

_REQUEST = struct.Struct(">IQBBH").unpack_from
_REPLY = struct.Struct(">IQBH").unpack_from
_CRC = struct.Struct(">I").unpack_from
_UP, _DOWN = Direction.TO_SERVER, Direction.TO_CLIENT


class _Words(NamedTuple):
    """The text around what differs between messages of one kind: id, summary of the payload, id, payload fields, checksum."""

    before_id: str
    before_details: str
    before_number: str
    before_payload: str
    after_crc: str


class _Frame(NamedTuple):
    """A message with a right checksum; `facts` is what its kind goes by."""

    start: int
    end: int
    number: int
    payload: bytes
    crc: int
    facts: tuple[Any, ...]


def skim(dialogue: Dialogue) -> Skim | None:
    """Rows of both directions; None where bytes are no sound messages, or it takes the decoder's care to say which reply is whose."""
    try:
        requests = _frames(dialogue.data[_UP], _UP)
        replies = _frames(dialogue.data[_DOWN], _DOWN)
    except struct.error:  # the stream ends inside a header
        return None
    if requests is None or replies is None:
        return None
    kinds = _types_asked(dialogue, requests, replies)
    if kinds is None:
        return None
    rows = [_row(_UP, frame, frame.facts[2], None) for frame in requests]
    rows += [_row(_DOWN, frame, kind, frame.facts[2]) for frame, kind in zip(replies, kinds, strict=True)]
    return Skim(rows)


def _frames(data: bytes, direction: Direction) -> list[_Frame] | None:
    """The messages that a stream consists of, or None; see `grammar.lenient_frame`."""
    header, read = (16, _REQUEST) if direction is _UP else (15, _REPLY)
    frames = []
    at, size = 0, len(data)
    while at < size:
        length, number, *rest = read(data, at)
        if not MIN_LENGTH <= length <= MAX_LENGTH:
            return None
        end = at + length
        last = end - 4
        if end > size:
            return None
        crc = crc32(data[at:last])
        (found,) = _CRC(data, last)
        surplus = 4 if crc == found and length >= SMALLEST_WHOLE else 0
        if not surplus:
            last, end = end, end + 4
            if end > size or last < at + header:
                return None
            crc = crc32(data[last - 4 : last], crc)
            if _CRC(data, last)[0] != crc:
                return None
        frames.append(_Frame(at, end, number, data[at + header : last], crc, (length, surplus, *rest)))
        at = end
    return frames


def _types_asked(dialogue: Dialogue, requests: list[_Frame], replies: list[_Frame]) -> list[int] | None:
    """For each reply the type of its request, as `description.parameters` remembers it; None where ids are used twice at a time."""
    packet_at = dialogue.packet_at
    waiting: dict[int, int] = {}
    kinds = []
    asked = 0
    for reply in replies:
        kind = waiting.pop(reply.number, None)
        if kind is None:
            # requests count from the packet on that completed them
            now = packet_at(_DOWN, reply.end)
            while asked < len(requests) and packet_at(_UP, requests[asked].end) < now:
                request = requests[asked]
                if request.number in waiting or len(waiting) >= _MEMORY:
                    return None
                waiting[request.number] = request.facts[2]
                asked += 1
            kind = waiting.pop(reply.number, NOT_KNOWN)
        kinds.append(kind)
    return kinds


_MEMORY = Limits().memory


def _row(direction: Direction, frame: _Frame, kind: int, status: int | None) -> SkimmedRow:
    start, end, number, payload, crc, facts = frame
    text = payload_text(payload, kind, status)
    if text is None:
        size = len(payload)
        words = _words(direction, kind, not number, size, facts)
        failed = status == STATUSES["error"]
        details = f" {size} bytes" if size and not failed else ""
        fields = f'"streambus.payload":"{payload.hex()}",'
    else:
        words = _words(direction, kind, not number, None, facts)
        fields, plain = text
        details = quoted(plain)[1:-1] if plain else ""
    a, b, c, d, e = words
    return direction, start, end, f'{a}{number}{b}{details}{c}{number}{d}{fields}"streambus.crc":{crc}{e}'


@lru_cache(maxsize=MOST_KINDS)
def _words(direction: Direction, kind: int, unnumbered: bool, opaque: int | None, facts: tuple[Any, ...]) -> _Words:
    """What all messages of one kind have in common; `opaque` is the size of a payload that fits no layout."""
    length, surplus, *rest = facts
    number = 0 if unnumbered else 1
    payload = Container() if opaque is None else bytes(opaque)
    if direction is _UP:
        value = Container(
            request_id=number, type=REQUEST_TYPE.parse(bytes(rest[:1])), version=rest[1], flags=rest[2], payload=payload
        )
        names: tuple[str, ...] = ("type", "version", "flags")
    else:
        status, code = STATUS.parse(bytes(rest[:1])), ERROR_CODE.parse(rest[1].to_bytes(2, "big"))
        value = Container(request_id=number, status=status, error_code=code, payload=payload)
        names = ("status", "error_code")
    message = Message(
        protocol="streambus",
        direction=direction,
        start=0,
        end=0,
        raw=b"",
        root=Field("", 0, 0),
        value=value,
        parameters={"surplus": surplus, "request_type": kind},
    )
    named = quoted(label(message))
    notes = [
        {
            "severity": note.severity.name.lower(),
            "text": note.text,
            "start": note.start,
            "end": note.end,
            "section": note.section,
        }
        for note in check(message)
    ]
    members = "".join(f'"streambus.{name}":{number},' for name, number in zip(names, rest, strict=True))
    return _Words(
        f'"protocol":"streambus","direction":"{direction.name.lower()}","label":{named},"summary":{named[:-1]} #',
        quoted(outcome(message))[1:-1],
        f'","fields":{{"streambus.length":{length},"streambus.request_id":',
        f",{members}",
        f'}},"notes":{dumps(notes, separators=(",", ":"))}',
    )
