"""All messages of a whole conversation as JSON text: the fast lane of `workbench dissect --format ndjson`.

Headers and checksums are read here, payloads in `payload_text`; what is said about a message is what `description` says about it, asked
once for all messages that differ only in request id and payload. Anything broken is left to the decoder.
"""

import struct
from collections.abc import Callable
from functools import lru_cache
from json import dumps
from json.encoder import encode_basestring_ascii as quoted
from typing import NamedTuple
from zlib import crc32

from construct import Container

from workbench.api import Dialogue, Direction, Field, Limits, Message, Skim, SkimmedSide
from workbench_streambus.description import NOT_KNOWN, check, details, label, outcome
from workbench_streambus.grammar import ERROR_CODE, MAX_LENGTH, MIN_LENGTH, REQUEST_TYPE, SMALLEST_WHOLE, STATUS
from workbench_streambus.payload_text import PayloadText, layout_of

__all__ = ["skim"]

MOST_KINDS = 16_384
"""Kinds of messages whose words are remembered; the length is part of a kind, since remarks name it."""

_MEMORY = Limits().memory
_AROUND = 16
"""Bytes of a message beside payload and what this file calls header: length, request id and checksum."""
_UP, _DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
_HEADER = struct.Struct(">IQB").unpack_from
_CRC = struct.Struct(">I").unpack_from

_Asked = tuple[int, int, int]
"""A request: where it ends, its id, its type."""
_TypeOf = Callable[[int, int], int]
"""(request id, end of the reply) to the type of the request."""


class _BrokenError(ValueError):
    """These bytes are no messages, or it takes the decoder's care to say what they are."""


class _Words(NamedTuple):
    """The text around what differs between messages of one kind: id, summary of a payload that fits, id, payload fields, checksum."""

    before_id: str
    before_details: str
    before_number: str
    before_payload: str
    after_crc: str


def skim(dialogue: Dialogue) -> Skim | None:
    """Rows of both directions; None where bytes are no sound messages, or ids are used twice at a time."""
    asked: list[_Asked] = []
    try:
        sides = (
            _side(_UP, dialogue.data[_UP], asked, None),
            _side(_DOWN, dialogue.data[_DOWN], asked, _types_asked(dialogue, asked)),
        )
    except (_BrokenError, struct.error):  # the latter where a stream ends inside a header
        return None
    return Skim(sides)


def _side(direction: Direction, data: bytes, asked: list[_Asked], type_of: _TypeOf | None) -> SkimmedSide:
    """One direction; see `grammar.lenient_frame` for where messages end. One loop, since it runs a million times.

    Requests are noted in `asked`; `type_of` tells for replies what they answer.
    """
    header = 16 if direction is _UP else 15
    ends: list[int] = []
    texts: list[str] = []
    layouts: dict[int, PayloadText | None] = {}
    known: dict[tuple[int, bytes, int, int, bool, bool], _Words] = {}
    start, size = 0, len(data)
    while start < size:
        length, number, first = _HEADER(data, start)
        end = start + length
        last = end - 4
        if not MIN_LENGTH <= length <= MAX_LENGTH or end > size:
            raise _BrokenError
        crc = crc32(data[start:last])
        if crc != _CRC(data, last)[0] or length < SMALLEST_WHOLE:
            crc = crc32(data[last:end], crc)
            last, end = end, end + 4
            if end > size or last < start + header or crc != _CRC(data, last)[0]:
                raise _BrokenError
        payload = data[start + header : last]
        if type_of is None:
            asked.append((end, number, first))
            kind = first
        else:
            kind = type_of(number, end)
        try:
            layout = layouts[kind << 8 | first]
        except KeyError:
            layouts[kind << 8 | first] = layout = layout_of(kind, None if direction is _UP else first)
        try:
            text = layout(payload) if layout is not None else None
        except (struct.error, ValueError):
            text = None
        key = length, data[start + 12 : start + header], end - start, kind, number == 0, text is not None
        words = known.get(key)
        if words is None:
            known[key] = words = _words(direction, *key)
        a, b, c, d, e = words
        fields, line = text or (f'"streambus.payload":"{payload.hex()}",', "")
        ends.append(end)
        texts.append(f'{a}{number}{b}{line}{c}{number}{d}{fields}"streambus.crc":{crc}{e}')
        start = end
    return SkimmedSide(ends, texts)


def _types_asked(dialogue: Dialogue, asked: list[_Asked]) -> _TypeOf:
    """For each reply in turn the type of its request, as `description.parameters` remembers it.

    `asked` are all requests. Raises `_BrokenError` where an id is used twice at a time.
    """
    packet_at = dialogue.packet_at
    waiting: dict[int, int] = {}
    # a request counts from the packet on that completed it
    requests = zip(dialogue.packets_at(_UP, [end for end, _, _ in asked]), asked, strict=True)
    nobody = 0, (0, 0, 0)
    following, (_, its_number, its_kind) = next(requests, nobody)

    def type_of(number: int, end: int) -> int:
        nonlocal following, its_number, its_kind
        found = waiting.pop(number, None)
        if found is not None:
            return found
        now = packet_at(_DOWN, end)
        while 0 < following < now:
            if its_number in waiting or len(waiting) >= _MEMORY:
                raise _BrokenError
            waiting[its_number] = its_kind
            following, (_, its_number, its_kind) = next(requests, nobody)
        return waiting.pop(number, NOT_KNOWN)

    return type_of


@lru_cache(maxsize=MOST_KINDS)
def _words(direction: Direction, length: int, header: bytes, size: int, kind: int, unnumbered: bool, fits: bool) -> _Words:
    """`header` is what stands between request id and payload, `size` that of the whole message, `kind` the type of the request."""
    payload = Container() if fits else bytes(size - _AROUND - len(header))
    number = 0 if unnumbered else 1
    code = int.from_bytes(header[-2:], "big")
    if direction is _UP:
        value = Container(request_id=number, type=REQUEST_TYPE.parse(header), version=header[1], flags=code, payload=payload)
        members = f',"streambus.type":{header[0]},"streambus.version":{header[1]},"streambus.flags":{code},'
    else:
        status, error = STATUS.parse(header), ERROR_CODE.parse(header[1:])
        value = Container(request_id=number, status=status, error_code=error, payload=payload)
        members = f',"streambus.status":{header[0]},"streambus.error_code":{code},'
    parameters = {"surplus": 4 if size == length else 0, "request_type": kind}
    root = Field("", 0, 0)
    message = Message(
        protocol="streambus", direction=direction, start=0, end=0, raw=b"", root=root, value=value, parameters=parameters
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
    return _Words(
        f'"protocol":"streambus","direction":"{direction.name.lower()}","label":{named},"summary":{named[:-1]} #',
        quoted(outcome(message) + ("" if fits else details(message)))[1:-1],
        f'","fields":{{"streambus.length":{length},"streambus.request_id":',
        members,
        f'}},"notes":{dumps(notes, separators=(",", ":"))}',
    )
