"""What name servers get wrong, for the fuzzer: names that point in circles, counts and lengths that lie, records where none belong."""

from collections.abc import Callable, Sequence
from random import Random

from workbench.api import Mutated, Mutator
from workbench_dns.queries import framed, opt_record

__all__ = ["MUTATORS", "STREAM_MUTATORS"]

_HEADER = 12
_LONGEST = 65_535
"""Bytes of a message: what two bytes of length can say (RFC 1035 4.2.2)."""
_QTYPE, _QCLASS = 2, 2

_Edited = tuple[bytes, str]
_Edit = Callable[[bytes, Random], _Edited]


def _name_end(raw: bytes, at: int = _HEADER) -> int:
    """Where a name ends, as far as it can be read."""
    while at < len(raw):
        size = raw[at]
        if size >= 0xC0:
            return min(len(raw), at + 2)
        at += 1 + size
        if not size:
            return min(len(raw), at)
    return len(raw)


def _counted(raw: bytes, section: int, more: int) -> bytes:
    """The header with another count in a section: 0 questions, 1 answers, 2 authority, 3 additional."""
    at = 4 + 2 * section
    count = int.from_bytes(raw[at : at + 2], "big") + more
    return raw[:at] + (count & 0xFFFF).to_bytes(2, "big") + raw[at + 2 :]


def _renamed(raw: bytes, name: bytes) -> bytes:
    """Another name in the first question."""
    return raw[:_HEADER] + name + raw[_name_end(raw) :]


def _record(name: bytes, kind: int, data: bytes, *, klass: int = 1, ttl: int = 0, length: int | None = None) -> bytes:
    """A resource record, its length right or not (RFC 1035 3.2.1)."""
    size = len(data) if length is None else length
    numbers = kind.to_bytes(2, "big") + klass.to_bytes(2, "big") + ttl.to_bytes(4, "big") + (size & 0xFFFF).to_bytes(2, "big")
    return name + numbers + data


def _appended(raw: bytes, record: bytes, section: int = 3, times: int = 1) -> bytes:
    """More records at the end, counted in a section."""
    times = min(times, (_LONGEST - len(raw)) // max(1, len(record)))
    return _counted(raw, section, times) + record * times


def _counts(raw: bytes, random: Random) -> _Edited:
    """RFC 1035 4.1.1."""
    section = random.randrange(4)
    count = random.choice((0, 1, 2, 3, 255, 256, 32_768, 65_535))
    at = 4 + 2 * section
    return raw[:at] + count.to_bytes(2, "big") + raw[at + 2 :], f"{count} records in section {section}"


def _pointers(raw: bytes, random: Random) -> _Edited:
    """RFC 1035 4.1.4: a pointer leads to a prior place; who follows without counting goes round for ever."""
    end = len(raw)
    name, what = random.choice(
        (
            (b"\xc0\x0c", "to itself"),
            (b"\xc0\x0e\xc0\x0c", "to the next one, which leads back"),
            (b"\x01a\xc0\x0c", "behind a label, back to that label"),
            (b"\xc0\x00", "into the header"),
            (b"\xc0\x04", "to the counts"),
            (b"\xff\xff", "beyond every message"),
            (b"\xc0" + bytes((min(255, end),)), "to the end"),
            (b"\xc0\x0d", "into its own second byte"),
            (b"\xc0", "of one byte"),
            (
                b"".join((0xC000 + _HEADER + 2 * place + 2).to_bytes(2, "big") for place in range(200)) + b"\0",
                "to the next of 200",
            ),
            (b"\x3f" + b"a" * 63 + b"\xc0\x0c", "that makes a name longer and longer"),
        )
    )
    return _renamed(raw, name), f"a pointer {what}"


_NAMES = (
    b"\x40" + b"a" * 64 + b"\0", b"\x80a\0", b"\x41\x08\xff\0", b"\x3f" + b"a" * 63 + b"\0", b"\x3f" + b"a" * 20,
    (b"\x3f" + b"a" * 63) * 4 + b"\0", (b"\x3f" + b"a" * 63) * 3 + b"\x3d" + b"a" * 61 + b"\0",
    (b"\x3f" + b"a" * 63) * 3 + b"\x3e" + b"a" * 62 + b"\0", b"\x01a" * 127 + b"\0", b"\x01a" * 128 + b"\0",
    b"\x01a" * 5_000 + b"\0", b"\0", b"\x01\0\0", b"\x03a\0b\0", b"\x02\r\n\0", b"\x01.\0", b"\x04\xff\xff\xff\xff\0",
    b"\x01*\0", b"\x01a", b"\x09_udp..txt\0", b"\x0bxn--\xff\xff\xff\xff\xff\xff\xff\0",
)  # fmt: skip


def _names(raw: bytes, random: Random) -> _Edited:
    """RFC 1035 2.3.4, 3.1: labels of 63 bytes, names of 255, and a zero at the end."""
    name = random.choice(_NAMES)
    return _renamed(raw, name), f"a name of {len(name)} bytes, beginning with {name[:6].hex()}"


_OPTIONS = (
    (8, b""), (8, b"\0\1\xff\0"), (8, b"\0\3\x10\0ab"), (8, b"\0\1\x18\0abcd"), (8, b"\0\1\x21\0abcde"),
    (8, b"\0\2\x80\x80" + bytes(16)), (8, b"\0\0\0\0"), (9, b""), (10, b"1234567"), (10, b"12345678"),
    (10, b"12345678" + b"s" * 8), (10, b"12345678" + b"s" * 33), (10, b""), (11, b"\xff\xff"), (11, b"\0"), (12, bytes(400)),
    (13, b"\x01a\xc0\x0c"), (13, b""), (15, b"\0"), (15, b"\0\0" + b"\xff" * 200), (3, b"x" * 1_000), (65_535, b""), (0, b""),
    (5, b"\0" * 255),
)  # fmt: skip


def _edns(raw: bytes, random: Random) -> _Edited:
    """RFC 6891 6.1: one OPT, of the root, among the additional records; its numbers mean other things than those of records."""
    option = random.choice(_OPTIONS)
    pick = random.randrange(6)
    if pick == 0:
        return _appended(raw, opt_record([option]), times=2), "two OPT records"
    if pick == 1:
        return _appended(raw, opt_record([option]), random.choice((1, 2))), "OPT in another section"
    if pick == 2:
        return _appended(raw, b"\x01a" + opt_record([option])), "OPT of another name than the root"
    if pick == 3:
        size, version, flags = (
            random.choice((0, 1, 511, 65_535)),
            random.choice((0, 0, 1, 255)),
            random.choice((0, 0x7FFF, 0xFF00_0000 >> 16)),
        )
        return _appended(
            raw, opt_record([option], size=size, version=version, flags=flags & 0x7FFF)
        ), f"EDNS version {version} with {size} bytes"
    if pick == 4:
        record = opt_record([option])
        length = random.choice((0, 1, 3, len(record) - 11 + 1, 65_535))
        data = record[11:]
        lie = random.choice((b"", b"\0\x0a\xff\xff", b"\0\x0a\0\x08abc"))
        return _appended(
            raw, record[:9] + length.to_bytes(2, "big") + (lie or data)
        ), f"an OPT record said to have {length} bytes"
    times = min(random.choice((1, 2, 200)), _LONGEST // (4 + len(option[1])))
    return _appended(raw, opt_record([option] * times)), f"option {option[0]} with {len(option[1])} bytes, {times} times"


def _kinds(raw: bytes, random: Random) -> _Edited:
    """RFC 1035 3.2.2 to 3.2.5: types and classes that are only asked for, or never."""
    kind = random.choice((0, 41, 249, 250, 251, 252, 253, 254, 255, 256, 65_280, 65_535, 6, 46, 47, 12, 35, 64))
    klass = random.choice((1, 1, 0, 2, 3, 4, 254, 255, 0x8001, 65_535))
    end = _name_end(raw)
    return raw[:end] + kind.to_bytes(2, "big") + klass.to_bytes(2, "big") + raw[
        end + _QTYPE + _QCLASS :
    ], f"type {kind}, class {klass}"


def _flags(raw: bytes, random: Random) -> _Edited:
    """RFC 1035 4.1.1, RFC 6895 2: opcodes of other kinds of messages, an answer in the place of a question, bits that must be zero."""
    before = int.from_bytes(raw[2:4], "big")
    flags = random.choice(
        (before ^ 1 << random.randrange(16), before & 0x87FF | random.randrange(16) << 11, 0xFFFF, 0x8180, 0x0040)
    )
    return raw[:2] + flags.to_bytes(2, "big") + raw[4:], f"flags {flags:#06x}"


_RECORDS = (
    _record(b"\xc0\x0c", 1, b"abc"), _record(b"\xc0\x0c", 1, b"abcd", length=5), _record(b"\xc0\x0c", 28, b"abcd"),
    _record(b"\xc0\x0c", 5, b"\xc0\x0c"), _record(b"\xc0\x0c", 16, b"\xffabc"), _record(b"\xc0\x0c", 16, b""),
    _record(b"\xc0\x0c", 15, b"\0"), _record(b"\xc0\x0c", 6, b"\xc0\x0c\xc0\x0c" + bytes(19)),
    _record(b"\xc0\x0c", 33, b"\0\0\0\0\0\0\xff"), _record(b"\xc0\x0c", 46, b"\0" * 18),
    _record(b"\xc0\x0c", 47, b"\0\0\xff" + bytes(32)), _record(b"\xc0\x0c", 43, b"\0\1\2"),
    _record(b"\xc0\x0c", 50, b"\1\0\xff\xff\xff" + b"s" * 40), _record(b"\xc0\x0c", 64, b"\0\1\0\0\0\xff\xff"),
    _record(b"\xc0\x0c", 257, b"\0\xffissue"), _record(b"\xc0\x0c", 1, b"", length=65_535),
    _record(b"\0", 250, b"\x08hmac-md5\0" + bytes(6) + b"\x01\x2c\xff\xffmac" + bytes(6), klass=255),
    _record(b"\0", 250, b"", klass=255), _record(b"\0", 24, bytes(18), klass=255), _record(b"\xc0\x0c", 13, b"\xffa"),
    _record(b"\xc0\x0c", 35, b"\0\0\0\0\1a\1b\xff"), _record(b"\xc0\x0c", 29, b"\1" * 16),
    _record(b"\xc0\x0c", 249, b"\0" * 10), _record(b"\xc0\x0c", 99, b"x" * 2_000), _record(b"\xff\xff", 1, b"abcd"),
    _record(b"\xc0\x0c", 65_535, b"x", ttl=2**32 - 1),
)  # fmt: skip


def _records(raw: bytes, random: Random) -> _Edited:
    """RFC 1035 3.2.1, RFC 8945 4: records in a query, and data that do not fit their type."""
    record = random.choice(_RECORDS)
    section, times = random.choice((1, 2, 3, 3)), random.choice((1, 1, 1, 2, 50, 1_000))
    after = _appended(raw, record, section, times)
    count = (len(after) - len(raw)) // len(record)
    return after, f"{count} records in section {section}, beginning with {record[:12].hex()}"


def _questions(raw: bytes, random: Random) -> _Edited:
    """RFC 9619 4: more than one question is an error by now; who answers each lets others make it work."""
    question = raw[_HEADER : _name_end(raw) + _QTYPE + _QCLASS]
    times = min(random.choice((1, 2, 100, 1_000)), (_LONGEST - len(raw)) // max(1, len(question)))
    pointing = b"\xc0\x0c\0\1\0\1"
    more = random.choice((question, pointing)) * times
    at = _HEADER + len(question)
    return _counted(raw[:at] + more + raw[at:], 0, times), f"{times} more questions"


def _ends(raw: bytes, random: Random) -> _Edited:
    """RFC 1035 4.1: a message is its header and its sections, and nothing behind."""
    if random.random() < 0.6:
        cut = random.choice((1, 2, 3, 11, _HEADER, min(len(raw) - 1, _HEADER + 1), len(raw) - 1, len(raw) - 2, len(raw) // 2))
        return raw[: max(1, cut)], f"cut after {max(1, cut)} bytes"
    more = random.choice((b"\0", bytes(100), b"\xff" * 11, b"x" * 4_000))
    return raw + more, f"{len(more)} bytes behind the message"


def _updates(raw: bytes, random: Random) -> _Edited:
    """RFC 2136 2, RFC 1996 3, RFC 1995 3: other kinds of messages made of the same parts, for a zone that is ours or not."""
    opcode = random.choice((4, 5, 5, 5, 2, 6, 15))
    end = _name_end(raw)
    zone = (
        raw[:2]
        + (opcode << 11).to_bytes(2, "big")
        + raw[4:end]
        + b"\0\6"
        + random.choice((b"\0\1", b"\0\xff", b"\0\xfe"))
        + raw[end + 4 :]
    )
    klass, length = random.choice(((255, 0), (254, 0), (1, 0), (255, 5), (3, 0))), random.choice((None, None, 1))
    record = _record(
        b"\xc0\x0c", random.choice((255, 1, 6, 0, 252)), b"x" * klass[1], klass=klass[0], ttl=random.choice((0, 1)), length=length
    )
    return _appended(zone, record, random.choice((1, 2))), f"opcode {opcode} with a record of class {klass[0]}"


def _same_ids(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """RFC 5452 4.3: the same question again and again, with the same number or with another."""
    queries = [raw for raw in messages if len(raw) >= _HEADER]
    if not queries:
        return None
    one = random.choice(queries)
    count = min(random.choice((2, 10, 60)), 1 + _LONGEST // len(one))
    same = random.random() < 0.5
    said = [one if same else number.to_bytes(2, "big") + one[2:] for number in range(count)]
    return Mutated.added(
        messages, len(messages), said, f"a question {count} times more, with {'one number' if same else 'other numbers'}"
    )


_EDITS: tuple[tuple[str, str, _Edit], ...] = (
    ("count", "RFC 1035 4.1.1", _counts),
    ("pointer", "RFC 1035 4.1.4", _pointers),
    ("name", "RFC 1035 3.1", _names),
    ("edns", "RFC 6891 6.1", _edns),
    ("type", "RFC 1035 3.2", _kinds),
    ("flags", "RFC 6895 2", _flags),
    ("record", "RFC 1035 3.2.1", _records),
    ("questions", "RFC 9619 4", _questions),
    ("end", "RFC 1035 4.1", _ends),
    ("opcode", "RFC 2136 2", _updates),
)


def _editing(edit: _Edit) -> Callable[[Sequence[bytes], Random], Mutated | None]:
    """A change of one message."""

    def change(messages: Sequence[bytes], random: Random) -> Mutated | None:
        places = [place for place, raw in enumerate(messages) if _HEADER < len(raw) <= _LONGEST]
        if not places:
            return None
        at = random.choice(places)
        return Mutated.put(messages, at, *edit(messages[at], random))

    return change


def _framed_edit(edit: _Edit) -> _Edit:
    """The same change inside of a message with its length before it, made right again."""

    def framed_edit(raw: bytes, random: Random) -> _Edited:
        inner, what = edit(raw[2:] if len(raw) > _HEADER + 2 else raw, random)
        return framed(inner[:_LONGEST]), what

    return framed_edit


def _prefixes(raw: bytes, random: Random) -> _Edited:
    """RFC 7766 8: the length comes with the message, may come alone, and may lie."""
    body = raw[2:]
    length = random.choice((0, 1, 11, _HEADER, len(body) - 1, len(body) + 1, 65_535, 2 * len(body)))
    length = min(length, _LONGEST)
    return length.to_bytes(2, "big") + body, f"a length of {length} for {len(body)} bytes"


def _pipelined(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """RFC 7766 6.2.1: many questions at once, answered in any order; some of them empty."""
    whole = [raw for raw in messages if 2 < len(raw) < 1_000]
    if not whole:
        return None
    count = random.choice((2, 10, 100))
    said = [random.choice((*whole, whole[0], b"\0\0")) for _ in range(count)]
    return Mutated.put(messages, messages.index(whole[0]), b"".join(said), f"{count} questions at once")


MUTATORS = (
    *(Mutator(name, rule, _editing(edit)) for name, rule, edit in _EDITS),
    Mutator("again", "RFC 5452 4.3", _same_ids),
)
"""For datagrams."""

STREAM_MUTATORS = (
    *(Mutator(name, rule, _editing(_framed_edit(edit))) for name, rule, edit in _EDITS),
    Mutator("prefix", "RFC 7766 8", _editing(_prefixes)),
    Mutator("pipelined", "RFC 7766 6.2.1", _pipelined),
)
"""For messages with their length before them."""
