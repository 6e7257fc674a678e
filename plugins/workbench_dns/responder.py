"""What an authoritative server says to a query: bytes in, bytes out, no state but its zone.

It speaks RFC 1035 with EDNS (RFC 6891), refuses what is not its own, gives minimal answers to ANY (RFC 8482), and transfers its zone over
streams (RFC 5936). It does not recurse, sign, or take updates.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from workbench_dns.header import HEADER
from workbench_dns.message import Parsed, read_message
from workbench_dns.presentation import Labels
from workbench_dns.records import Edns, Question, Record
from workbench_dns.vocabulary import OPT, TSIG
from workbench_dns.writer import Writer
from workbench_dns.zone import Found, Outcome, ResourceRecord, Zone

__all__ = ["PAYLOAD", "PLAIN", "TRANSFER_PIECE", "Responder"]

PAYLOAD = 1232
"""Bytes of a datagram that is sent and announced: it travels over IPv6 without fragments."""

PLAIN = 512
"""Bytes of a datagram for a client without EDNS (RFC 1035 4.2.1)."""

TRANSFER_PIECE = 16_384
"""Bytes of one message of a zone transfer, about: pointers reach no further (RFC 5936 2.2)."""

_PADDED = 468
"""Padded answers are multiples of it (RFC 8467 4.1)."""

_NOERROR, _FORMERR, _NXDOMAIN, _NOTIMP, _REFUSED, _YXDOMAIN, _BADVERS = 0, 1, 3, 4, 5, 6, 16
_QR, _AA, _TC, _RD = 0x8000, 0x0400, 0x0200, 0x0100
_A, _NS, _CNAME, _HINFO, _MX, _TXT, _AAAA, _SRV, _AXFR, _IXFR, _ANY = 1, 2, 5, 13, 15, 16, 28, 33, 252, 251, 255
_IN, _CH, _ANY_CLASS = 1, 3, 255

_NSID, _SUBNET, _COOKIE, _KEEPALIVE, _PADDING, _EXTENDED_ERROR = 3, 8, 10, 11, 12, 15

_IDENTITY = b"workbench"
_CHAOS: dict[tuple[bytes, ...], bytes] = {
    (b"version", b"bind"): b"workbench",
    (b"hostname", b"bind"): b"workbench",
    (b"id", b"server"): b"workbench",
}

_COOKIE_KEY = b"the reference server is deterministic, so its cookies are, too"

_MINIMAL = (bytes((7,)) + b"RFC8482" + b"\0",)
"""HINFO instead of everything (RFC 8482 4.2)."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What is to be said, before it is bytes."""

    rcode: int
    answers: Sequence[ResourceRecord] = ()
    authority: Sequence[ResourceRecord] = ()
    additional: Sequence[ResourceRecord] = ()
    authoritative: bool = False
    error: int | None = None
    """Extended DNS error (RFC 8914)."""


class Responder:
    """`keepalive_ns` is what clients over streams are told about idle connections (RFC 7828)."""

    def __init__(self, zone: Zone, keepalive_ns: int = 0) -> None:
        self._zone = zone
        self._keepalive = min(keepalive_ns // 100_000_000, 0xFFFF)

    def respond(self, query: bytes, *, stream: bool) -> list[bytes]:
        """The messages that answer a query (more than one for transfers), none for what deserves no answer: no header, or a response."""
        if len(query) < HEADER or query[2] & 0x80:
            return []
        parsed = read_message(query)
        fault = _fault(parsed, len(query))
        if fault is not None:
            return [self._write(parsed, _Answer(fault), stream=stream, limit=PLAIN if not stream else 0xFFFF)]
        opt = parsed.opt.edns if parsed.opt is not None else None
        if opt is not None and opt.version:
            answer = _Answer(_BADVERS)
        elif parsed.opcode:
            answer = _Answer(_NOTIMP)
        else:
            asked = parsed.questions[0]
            if stream and asked.type == _AXFR and asked.klass == _IN and asked.name.labels and self._owns(asked):
                return self._transfer(parsed)
            answer = self._answer(asked)
        limit = 0xFFFF if stream else PLAIN if opt is None else max(PLAIN, min(opt.size, PAYLOAD))
        return [self._write(parsed, answer, stream=stream, limit=limit)]

    def _owns(self, asked: Question) -> bool:
        return tuple(map(bytes.lower, asked.name.labels)) == self._zone.origin

    def _answer(self, asked: Question) -> _Answer:
        if asked.klass == _CH:
            return _chaos(asked)
        if asked.type in (OPT, TSIG, 0):
            return _Answer(_FORMERR)
        if asked.klass not in (_IN, _ANY_CLASS) or asked.type in (_AXFR, _IXFR):
            return _Answer(_REFUSED, error=21)
        name = asked.name.labels
        found = self._zone.look_up(name, asked.type)
        if asked.type == _ANY:
            found = self._minimal(name)
        return _OUTCOMES[found.outcome](self, found)

    def _minimal(self, name: Labels) -> Found:
        """ANY: one made-up record for every name that has some (RFC 8482 4.2)."""
        found = self._zone.look_up(name, _HINFO)
        there = found.outcome in (Outcome.ANSWER, Outcome.NO_DATA) and self._has_records(name)
        if there and not any(it.type == _CNAME for it in found.answers):
            return Found(Outcome.ANSWER, [ResourceRecord(name, _HINFO, 3600, _MINIMAL)])
        return found

    def _has_records(self, name: Labels) -> bool:
        node = self._zone.nodes.get(tuple(map(bytes.lower, name)))
        return node is None or bool(node)  # None: a wildcard stands for it

    def _found(self, found: Found) -> _Answer:
        return _Answer(_NOERROR, found.answers, [], self._glue(found.answers), authoritative=True)

    def _nothing(self, found: Found) -> _Answer:
        soa = [ResourceRecord(it.name, it.type, self._zone.negative_ttl, it.data) for it in found.authority]
        rcode = _NXDOMAIN if found.outcome is Outcome.NO_NAME else _NOERROR
        return _Answer(rcode, found.answers, soa, authoritative=True)

    def _referral(self, found: Found) -> _Answer:
        """Another's zone: its servers, not as an authority (RFC 1034 4.3.2), unless an alias of ours led there."""
        return _Answer(_NOERROR, found.answers, found.authority, self._glue(found.authority), authoritative=bool(found.answers))

    def _outside(self, found: Found) -> _Answer:
        if found.answers:
            return _Answer(_NOERROR, found.answers, authoritative=True)
        return _Answer(_REFUSED, error=20)

    def _too_long(self, found: Found) -> _Answer:
        return _Answer(_YXDOMAIN, found.answers, authoritative=True)

    def _glue(self, records: Sequence[ResourceRecord]) -> list[ResourceRecord]:
        """Addresses of the names that these records send their reader to."""
        told: dict[Labels, None] = {}
        for record in records:
            if record.type in (_NS, _MX, _SRV):
                told[record.target] = None
        there = [(it.name, it.type) for it in records]
        found = [record for name in told for kind in (_A, _AAAA) for record in self._zone.records(name, kind)]
        return [record for record in found if (record.name, record.type) not in there]

    def _transfer(self, parsed: Parsed) -> list[bytes]:
        """The zone in messages of bounded size (RFC 5936 2.2); only the first repeats the question."""
        messages, piece, size = [], list[ResourceRecord](), 0
        records = list(self._zone.everything())
        for place, record in enumerate(records):
            piece.append(record)
            size += 300 if record.type == _TXT else 100
            if size >= TRANSFER_PIECE or place == len(records) - 1:
                answer = _Answer(_NOERROR, piece, authoritative=True)
                messages.append(self._write(parsed, answer, stream=True, limit=0xFFFF))
                piece, size = [], 0
        return messages

    def _write(self, parsed: Parsed, answer: _Answer, *, stream: bool, limit: int) -> bytes:
        """Bytes of an answer; one that is too long is cut down to its question, with TC (RFC 2181 9)."""
        whole = self._written(parsed, answer, stream=stream)
        if len(whole) <= limit:
            return whole
        slim = _Answer(answer.rcode, answer.answers, answer.authority, (), answer.authoritative, answer.error)
        if not slim.authority or answer.answers:
            slim = _Answer(answer.rcode, answer.answers, (), (), answer.authoritative, answer.error)
        whole = self._written(parsed, slim, stream=stream)
        if len(whole) <= limit:  # what is only helpful may be left out without a word
            return whole
        bare = _Answer(answer.rcode, authoritative=answer.authoritative, error=answer.error)
        return self._written(parsed, bare, stream=stream, truncated=True)

    def _written(self, parsed: Parsed, answer: _Answer, *, stream: bool, truncated: bool = False) -> bytes:
        writer = Writer()
        # CD is for resolvers, and not repeated (RFC 4035 3.1.6)
        flags = _QR | parsed.flags & (0x7800 | _RD) | (_TC if truncated else 0) | (_AA if answer.authoritative else 0)
        questions = [asked for asked in parsed.questions if not asked.error and not asked.name.error][:1]
        opt = parsed.opt
        sections = answer.answers, answer.authority, answer.additional
        counts = [len(questions), *map(len, sections)]
        counts[3] += opt is not None
        for number in (parsed.id, flags | answer.rcode & 15, *counts):
            writer.number(number, 2)
        for asked in questions:
            writer.name(asked.name.labels)
            writer.number(asked.type, 2)
            writer.number(asked.klass, 2)
        for section in sections:
            for record in section:
                _write_record(writer, record)
        if opt is not None and opt.edns is not None:
            self._write_opt(writer, opt, opt.edns, answer, stream=stream)
        return bytes(writer.data)

    def _write_opt(self, writer: Writer, opt: Record, edns: Edns, answer: _Answer, *, stream: bool) -> None:
        """OPT comes last, and says of each option only what was asked for (RFC 6891 6.1.2)."""
        writer.name(())
        writer.number(OPT, 2)
        writer.number(PAYLOAD, 2)
        writer.number((answer.rcode >> 4) << 24 | (0x8000 if edns.dnssec else 0), 4)
        at = len(writer.data)
        writer.number(0, 2)
        said = {} if answer.rcode == _FORMERR else _options_of(opt)  # what is broken is not repeated
        if _NSID in said:
            _write_option(writer, _NSID, _IDENTITY)
        if _SUBNET in said and len(said[_SUBNET]) >= 4:
            _write_option(writer, _SUBNET, said[_SUBNET][:3] + b"\0" + said[_SUBNET][4:])
        if _COOKIE in said:
            client = said[_COOKIE][:8]
            _write_option(writer, _COOKIE, client + hashlib.blake2s(client, key=_COOKIE_KEY[:32], digest_size=8).digest())
        if _KEEPALIVE in said and stream and self._keepalive:
            _write_option(writer, _KEEPALIVE, self._keepalive.to_bytes(2, "big"))
        if answer.error is not None:
            _write_option(writer, _EXTENDED_ERROR, answer.error.to_bytes(2, "big"))
        if _PADDING in said and stream:
            _write_option(writer, _PADDING, bytes(-(len(writer.data) + 4) % _PADDED))
        writer.measure(at)


_OUTCOMES: dict[Outcome, Callable[[Responder, Found], _Answer]] = {
    Outcome.ANSWER: Responder._found,
    Outcome.NO_DATA: Responder._nothing,
    Outcome.NO_NAME: Responder._nothing,
    Outcome.REFERRAL: Responder._referral,
    Outcome.OUTSIDE: Responder._outside,
    Outcome.TOO_LONG: Responder._too_long,
}


def _fault(parsed: Parsed, size: int) -> int | None:
    """The code for a query that cannot be understood, None for one that can."""
    if parsed.opcode not in (0, 4, 5):
        return _NOTIMP
    if parsed.error or parsed.end < size:
        return _FORMERR
    if any(asked.name.error for asked in parsed.questions) or any(
        name.error for it in parsed.records for name in (it.name, *it.names)
    ):
        return _FORMERR
    if any(len(it.labels) > 127 or it.wire_size > 255 for it in (asked.name for asked in parsed.questions)):
        return _FORMERR
    opts = [record for record in parsed.records if record.type == OPT]
    if len(opts) > 1 or any(it.section != 2 or it.name.labels or _broken(it) for it in opts):
        return _FORMERR
    return _FORMERR if not parsed.opcode and parsed.counts[0] != 1 else None  # RFC 9619 4


def _broken(opt: Record) -> bool:
    """Whether options do not fit into their record, or cookies and subnets are no such (RFC 7873 5.2.2, RFC 7871 7.1.2)."""
    return any(node.error for _, node in opt.field.walk()) or not _sound_options(_options_of(opt))


def _sound_options(options: dict[int, bytes]) -> bool:
    cookie = options.get(_COOKIE)
    if cookie is not None and len(cookie) != 8 and not 16 <= len(cookie) <= 40:
        return False
    subnet = options.get(_SUBNET)
    if subnet is None:
        return True
    bits = {1: 32, 2: 128}.get(int.from_bytes(subnet[:2], "big"))
    if bits is None or len(subnet) < 4 or subnet[2] > bits or subnet[3]:
        return False
    spare = -subnet[2] % 8
    address = subnet[4:]
    return len(address) == (subnet[2] + 7) // 8 and not (address and address[-1] & ((1 << spare) - 1))


def _options_of(opt: Record) -> dict[int, bytes]:
    """The first option of each code."""
    found: dict[int, bytes] = {}
    for node in opt.field.children:
        if node.abbrev == "dns.opt":
            parts = {child.abbrev: child.value for child in reversed(node.children)}
            found.setdefault(parts.get("dns.opt.code", -1), parts.get("dns.opt.data") or b"")
    return found


def _chaos(asked: Question) -> _Answer:
    """Names of the server itself (RFC 4892)."""
    said = _CHAOS.get(tuple(map(bytes.lower, asked.name.labels)))
    if said is None or asked.type not in (_TXT, _ANY):
        return _Answer(_REFUSED)
    record = ResourceRecord(asked.name.labels, _TXT, 0, (bytes((len(said),)) + said,), _CH)
    return _Answer(_NOERROR, [record], authoritative=True)


def _write_record(writer: Writer, record: ResourceRecord) -> None:
    writer.name(record.name)
    writer.number(record.type, 2)
    writer.number(record.klass, 2)
    writer.number(record.ttl, 4)
    at = len(writer.data)
    writer.number(0, 2)
    for piece in record.data:
        if isinstance(piece, bytes):
            writer.data += piece
        else:
            writer.name(piece[0], compress=piece[1])
    writer.measure(at)


def _write_option(writer: Writer, code: int, data: bytes) -> None:
    writer.number(code, 2)
    writer.number(len(data), 2)
    writer.data += data
