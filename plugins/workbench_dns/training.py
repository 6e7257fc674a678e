"""A training target: the reference server with planted faults, to learn and to test fuzzing on. Never serve it to strangers.

`FAULTS` lists them (`workbench plugins show dns`), the functions that have them name them.
"""

import struct
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from workbench.api import Fault, FaultKind, ServerConnection, ServerOptions, Service
from workbench_dns.header import HEADER
from workbench_dns.message import Parsed, read_message
from workbench_dns.queries import framed, opt_record, query
from workbench_dns.records import Record
from workbench_dns.responder import Responder
from workbench_dns.server import DatagramConnection, StreamConnection, responder_of

__all__ = ["FAULTS", "STREAM_FAULTS", "FaultyResponder", "training_datagrams", "training_streams"]

_BUFFER = 200
_NOTIFY = 4
_ANY, _COOKIE, _PADDING = 255, 10, 12
_CLASSES = frozenset((0, 1, 2, 3, 4, 254, 255))
"""RFC 6895 3.2."""
_ZONE = "workbench.test."
_RECORD = b"\0\0\x01\0\x01\0\0\0\0\0\4\xc0\0\2\1"

FAULTS = (
    Fault(
        name="cookie",
        kind=FaultKind.MAGIC,
        trigger="a cookie shorter than 8 bytes",
        effect="`ValueError`: it is unpacked as a number of eight",
        oracles=("crash",),
        example=(query(_ZONE, records=[opt_record([(_COOKIE, b"1234")])]),),
    ),
    Fault(
        name="star",
        kind=FaultKind.MAGIC,
        trigger="a question for a name that begins with `*`",
        effect="`RecursionError`: the wildcard is expanded to itself",
        oracles=("crash",),
        example=(query(f"*.{_ZONE}"),),
    ),
    Fault(
        name="buffer",
        kind=FaultKind.OVERFLOW,
        trigger="a name of more than 200 bytes",
        effect="`IndexError`: labels are copied into a buffer of 200",
        oracles=("crash",),
        example=(query(f"{('a' * 60 + '.') * 3}{'b' * 30}.{_ZONE}"),),
    ),
    Fault(
        name="notified",
        kind=FaultKind.ORDER,
        trigger="a question behind a NOTIFY",
        effect="`KeyError`: the transfer that should have followed is looked up",
        oracles=("crash",),
        example=(query(_ZONE, "SOA", flags=0x2400), query(_ZONE)),
    ),
    Fault(
        name="pointers",
        kind=FaultKind.HANG,
        trigger="a name in the question that is a pointer to itself",
        effect="it is followed for ever",
        oracles=("hang",),
        example=(query(_ZONE)[:12] + b"\xc0\x0c\0\1\0\1",),
    ),
    Fault(
        name="classes",
        kind=FaultKind.GROWTH,
        trigger="a question in a class that nobody has",
        effect="256 KiB for it are kept for ever, whatever becomes of the service",
        oracles=("memory",),
        example=(query(_ZONE, klass=77),),
    ),
    Fault(
        name="padding",
        kind=FaultKind.LEAK,
        trigger="a Padding option of one to seven bytes",
        effect="the additional section ends with what was asked last, by anybody",
        oracles=("leak",),
        example=(query(_ZONE, records=[opt_record([(_PADDING, b"x")])]),),
    ),
    Fault(
        name="counts",
        kind=FaultKind.REPLY,
        trigger="more than 4 additional records",
        effect="the answer announces one record more than it has",
        oracles=("reply",),
        example=(query(_ZONE, records=[_RECORD] * 5),),
    ),
    Fault(
        name="other-id",
        kind=FaultKind.REPLY,
        trigger="a question for type ANY, not the first",
        effect="the answer has the id of the question before",
        oracles=("exchange", "state"),
        example=(query(_ZONE, number=8), query(_ZONE, "ANY", number=9)),
    ),
)
STREAM_FAULTS = tuple(replace(fault, example=tuple(map(framed, fault.example))) for fault in FAULTS)

KEPT = b"\1" * 262_144
"""What `classes` keeps each time: enough to be seen at once."""
_kept: list[bytearray] = []


class FaultyResponder(Responder):
    """The reference responder with the faults. Its connections share what was asked last."""

    _last = b""
    _asked = b""
    _notified = False
    _transfers: Mapping[int, list[int]] = MappingProxyType({})

    def respond(self, query: bytes, *, stream: bool) -> list[bytes]:
        """See `Responder`."""
        if len(query) < HEADER or query[2] & 0x80:
            return super().respond(query, stream=stream)
        _follow(query)
        parsed = read_message(query)
        self._look(parsed)
        _read_cookie(_option(query, parsed.opt, _COOKIE))
        answers = super().respond(query, stream=stream)
        if answers:
            answers[0] = self._spoilt(answers[0], query, parsed)
        self._last, self._asked = query[:2], query[HEADER:] + self._asked[:_BUFFER]
        return answers

    def _look(self, parsed: Parsed) -> None:
        """`notified`, `buffer`, `star` and `classes`."""
        if self._notified and not parsed.opcode:
            self._transfers[parsed.id].append(parsed.counts[0])  # `notified`
        self._notified = parsed.opcode == _NOTIFY
        for asked in parsed.questions:
            _copied(asked.name.labels)
            if asked.name.labels[:1] == (b"*",):
                _expanded(asked.name.labels)
            if asked.klass not in _CLASSES:
                _kept.append(bytearray(KEPT))

    def _spoilt(self, answer: bytes, query: bytes, parsed: Parsed) -> bytes:
        """`counts`, `other-id` and `padding`."""
        if parsed.counts[3] > 4:
            answer = answer[:10] + (int.from_bytes(answer[10:12], "big") + 1).to_bytes(2, "big") + answer[12:]
        if parsed.questions and parsed.questions[0].type == _ANY and self._last:
            answer = self._last + answer[2:]
        padding = _option(query, parsed.opt, _PADDING)
        return answer + self._asked if padding is not None and 0 < len(padding) < 8 else answer


def _follow(query: bytes) -> None:
    """`pointers`."""
    at = HEADER
    while at + 1 < len(query) and query[at] >= 0xC0:
        at = (query[at] & 0x3F) << 8 | query[at + 1]


def _copied(labels: tuple[bytes, ...]) -> None:
    """`buffer`."""
    buffer = bytearray(_BUFFER)
    at = 0
    for label in labels:
        for byte in label:
            buffer[at] = byte
            at += 1


def _expanded(labels: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """`star`."""
    return _expanded(labels) if labels[0] == b"*" else labels


def _option(query: bytes, opt: Record | None, wanted: int) -> bytes | None:
    """The first EDNS option of a kind (RFC 6891 6.1.2)."""
    at = opt.data if opt is not None else 0
    while opt is not None and at + 4 <= opt.end:
        code, size = struct.unpack_from("!HH", query, at)
        if code == wanted:
            return query[at + 4 : at + 4 + size]
        at += 4 + size
    return None


def _read_cookie(cookie: bytes | None) -> None:
    """`cookie`."""
    if cookie is not None:
        try:
            struct.unpack("!Q", cookie[:8])
        except struct.error as error:
            raise ValueError("a cookie has eight bytes") from error


def training_datagrams(options: ServerOptions) -> Service:
    """Start a faulty server for UDP; the `training` slot of dns."""
    responder = responder_of(options, FaultyResponder)

    def accept() -> ServerConnection:
        return DatagramConnection(responder)

    return accept


def training_streams(options: ServerOptions) -> Service:
    """The same over TCP."""
    responder = responder_of(options, FaultyResponder)

    def accept() -> ServerConnection:
        return StreamConnection(responder, options.idle_ns)

    return accept
