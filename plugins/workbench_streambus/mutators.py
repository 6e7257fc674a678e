"""What servers of streambus get wrong, for the fuzzer. Sections are those of SPECIFICATION.md.

Unless a change is about them, length and checksum of a message are right, so that it gets past the first tests.
"""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from workbench.api import Mutated, Mutator
from workbench_streambus.grammar import MAX_BATCH, MAX_LENGTH, MIN_LENGTH, REQUEST_TYPES

__all__ = ["MUTATORS"]

_HEADER = 16
"""Bytes of a request between its length and its payload, with the checksum left out."""
_EDGES = {4: (0, 1, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1), 8: (0, 1, 2**63 - 1, 2**63, 2**64 - 2, 2**64 - 1)}
"""Numbers at the borders of their types, by size in bytes."""
_NUMBERS = {"Fetch": ((0, 4), (4, 8), (12, 4)), "GetOffset": ((0, 4), (4, 8)), "Produce": ((0, 4), (4, 4)), "HealthCheck": ()}
"""Offset and size of the plain numbers of a payload (sections 4.1 to 4.4)."""
_TWINS = (1, 9, 63)
"""How often something is said again at once."""
_SMALL = 1024
"""Bytes of a message that may be said again often."""


@dataclass(frozen=True, slots=True)
class _Request:
    """A request (section 3); length and checksum are made."""

    number: int
    kind: int
    version: int
    flags: int
    payload: bytes

    @staticmethod
    def of(raw: bytes) -> "_Request | None":
        if len(raw) < 4 + _HEADER or int.from_bytes(raw[:4], "big") != len(raw) - 4:
            return None
        return _Request(int.from_bytes(raw[4:12], "big"), raw[12], raw[13], int.from_bytes(raw[14:16], "big"), raw[16:-4])

    def sealed(self, *, length: int | None = None, checksum: Callable[[bytes], int] = zlib.crc32) -> bytes:
        """Its bytes, with right numbers or these."""
        body = b"%b%c%c%b%b" % (
            self.number.to_bytes(8, "big"),
            self.kind,
            self.version,
            self.flags.to_bytes(2, "big"),
            self.payload,
        )
        size = len(body) + 4 if length is None else length
        head = size.to_bytes(4, "big") + body
        return head + checksum(head).to_bytes(4, "big")


_Edited = tuple[bytes, str]


def _editing(
    edit: Callable[[_Request, Random], _Edited | None], *kinds: str
) -> Callable[[Sequence[bytes], Random], Mutated | None]:
    """A change of one request, of these kinds or of any."""
    numbers = {REQUEST_TYPES[kind] for kind in kinds}

    def change(messages: Sequence[bytes], random: Random) -> Mutated | None:
        requests = [
            (at, found) for at, raw in enumerate(messages) if (found := _Request.of(raw)) and (not kinds or found.kind in numbers)
        ]
        if not requests:
            return None
        at, request = random.choice(requests)
        edited = edit(request, random)
        return Mutated.put(messages, at, *edited) if edited is not None else None

    return change


def _length(request: _Request, random: Random) -> _Edited:
    """Sections 2.1, 2.2."""
    right = len(request.payload) + _HEADER
    edges = (0, 1, MIN_LENGTH - 1, MIN_LENGTH, MAX_LENGTH, MAX_LENGTH + 1, 2**31, 2**32 - 1)
    length = random.choice((right - 1, right + 1, right - 4, right + 4, max(0, right - 100), *edges))
    return request.sealed(length=max(0, length)), f"a length of {length}, not {right}"


def _checksum(request: _Request, random: Random) -> _Edited:
    """Section 2.1."""
    what, checksum = random.choice(_CHECKSUMS)
    return request.sealed(checksum=checksum), f"a checksum that is {what}"


_CHECKSUMS: tuple[tuple[str, Callable[[bytes], int]], ...] = (
    ("zero", lambda _: 0),
    ("all ones", lambda _: 2**32 - 1),
    ("one off", lambda data: zlib.crc32(data) ^ 1),
    ("turned around", lambda data: int.from_bytes(zlib.crc32(data).to_bytes(4, "big"), "little")),
    ("without the length", lambda data: zlib.crc32(data[4:])),
    ("not inverted", lambda data: zlib.crc32(data) ^ 0xFFFF_FFFF),
    ("Adler's", zlib.adler32),
)


def _flags(request: _Request, random: Random) -> _Edited:
    """Section 3.2: unknown flags below 0x0100 are ignored, others refused."""
    flags = random.choice((1 << random.randrange(16), 0x00FF, 0xFF00, 0xFFFF))
    return replace(request, flags=request.flags ^ flags).sealed(), f"flags {request.flags ^ flags:#06x}"


def _version(request: _Request, random: Random) -> _Edited:
    """Section 7.2."""
    version = random.choice((0, 2, 127, 128, 255))
    return replace(request, version=version).sealed(), f"version {version}"


def _kind(request: _Request, random: Random) -> _Edited:
    """Section 4: a payload under another type, known or not."""
    kind = random.choice([kind for kind in (0, *REQUEST_TYPES.values(), 8, 128, 255) if kind != request.kind])
    return replace(request, kind=kind).sealed(), f"type {kind} with the payload of type {request.kind}"


def _surplus(request: _Request, random: Random) -> _Edited:
    """Section 4: a payload is its fields, and ends with them."""
    if request.payload and random.random() < 0.5:
        cut = random.randrange(len(request.payload))
        return replace(request, payload=request.payload[:cut]).sealed(), f"the payload cut after {cut} bytes"
    more = random.choice((b"\0", bytes(4), b"\xff" * 8, b"x" * 300, b"x" * 66_000))
    return replace(request, payload=request.payload + more).sealed(), f"{len(more)} bytes behind the payload"


def _number(request: _Request, random: Random) -> _Edited | None:
    """Sections 4.1 to 4.4: offsets, times and sizes at the borders of their types."""
    name = next((name for name, number in REQUEST_TYPES.items() if number == request.kind), "")
    fields = [(at, size) for at, size in _NUMBERS.get(name, ()) if at + size <= len(request.payload)]
    if name == "CreateTopic" and len(request.payload) >= 4:
        fields = [(len(request.payload) - 4, 4)]
    if not fields:
        return None
    at, size = random.choice(fields)
    before = int.from_bytes(request.payload[at : at + size], "big")
    value = random.choice([edge for edge in _EDGES[size] if edge != before])
    payload = request.payload[:at] + value.to_bytes(size, "big") + request.payload[at + size :]
    return replace(request, payload=payload).sealed(), f"{value} at byte {at} of the payload"


def _batch(request: _Request, random: Random) -> _Edited:
    """Section 4.1: a count, and so many messages with two lengths each."""
    count, said = random.choice(
        ((0, 1), (1, 0), (MAX_BATCH, MAX_BATCH), (MAX_BATCH + 1, MAX_BATCH + 1), (2**32 - 1, 1), (2, 1), (1, 2))
    )
    key, value = random.choice(
        ((0, 0), (0, 5), (5, 0), (2**32 - 1, 0), (0, 2**32 - 1), (2**31, 5), (2**32 - 8, 8), (16, 16), (5, 6))
    )
    one = key.to_bytes(4, "big") + b"k" * min(key, 5) + value.to_bytes(4, "big") + b"v" * min(value, 5) + bytes(8)
    payload = request.payload[:4].ljust(4, b"\0") + count.to_bytes(4, "big") + one * said
    return replace(
        request, payload=payload
    ).sealed(), f"{said} messages counted as {count}, keys of {key} and values of {value} bytes"


_ODD_NAMES = (
    b"", b"\0", b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"..", b"/", b"a" * 255, b"a" * 256, b"a" * 65_535, b"%n%s",
    "é".encode() * 125, b" ",
)  # fmt: skip


def _name(request: _Request, random: Random) -> _Edited:
    """Section 4.4: a name has 1 to 255 letters, digits and marks, behind their number."""
    name = random.choice(_ODD_NAMES)
    length = random.choice((len(name), len(name), 0, 65_535, (len(name) + 1) & 0xFFFF))
    rest = (1).to_bytes(4, "big") if request.kind == REQUEST_TYPES["CreateTopic"] else b""
    return replace(
        request, payload=length.to_bytes(2, "big") + name + rest
    ).sealed(), f"a name of {len(name)} bytes said to have {length}"


def _echo(request: _Request, random: Random) -> _Edited:
    """Section 4.7: who believes the number more than the bytes gives away what is behind them."""
    echo = random.choice((request.payload[2:34], b"", b"x"))
    length = random.choice((len(echo) + 1, len(echo) + 64, 65_535, 0, 32_768))
    return replace(request, payload=length.to_bytes(2, "big") + echo).sealed(), f"{len(echo)} bytes said to be {length}"


def _same_ids(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """Section 3.1: the id is the client's own business, also when it is always the same."""
    number = random.choice((0, 1, 2**63, 2**64 - 1))
    changed = [replace(found, number=number).sealed() if (found := _Request.of(raw)) else raw for raw in messages]
    return Mutated(tuple(changed), 0, f"all requests have the id {number}") if changed != list(messages) else None


def _at_once(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """Section 3.1: requests may be sent before earlier ones are answered."""
    whole = [raw for raw in messages if len(raw) <= _SMALL]
    if not whole:
        return None
    said = whole if random.random() < 0.5 and len(whole) > 1 else [random.choice(whole)] * (1 + random.choice(_TWINS))
    at = messages.index(said[0])
    return Mutated.put(messages, at, b"".join(said), f"{len(said)} requests at once")


def _again(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """Sections 6.4, 8: the same request again, later; a topic is deleted twice, a batch written twice."""
    if not messages:
        return None
    at = random.randrange(len(messages))
    later = random.randint(at + 1, len(messages))
    found = _Request.of(messages[at])
    times = random.choice((1, 1, 2)) if len(messages[at]) <= _SMALL else 1
    copies = [
        replace(found, number=found.number + 1000 + place).sealed() if found and found.number < 2**63 else messages[at]
        for place in range(times)
    ]
    return Mutated.added(messages, later, copies, f"message {at} again, {len(copies)} times")


def _old_peer(request: _Request, random: Random) -> _Edited:
    """Section 7.4: old peers count the length field, too."""
    more = random.choice((20, 20, 24, 16))
    return request.sealed(length=len(request.payload) + more), f"a length of {more} and the payload's"


MUTATORS = (
    Mutator("length", "section 2.2", _editing(_length)),
    Mutator("checksum", "section 2.1", _editing(_checksum)),
    Mutator("flags", "section 3.2", _editing(_flags)),
    Mutator("version", "section 7.2", _editing(_version)),
    Mutator("type", "section 4", _editing(_kind)),
    Mutator("surplus", "section 4", _editing(_surplus)),
    Mutator("number", "sections 4.1 to 4.4", _editing(_number, "Produce", "Fetch", "GetOffset", "CreateTopic")),
    Mutator("batch", "section 4.1", _editing(_batch, "Produce")),
    Mutator("name", "section 4.4", _editing(_name, "CreateTopic", "DeleteTopic")),
    Mutator("echo-length", "section 4.7", _editing(_echo, "HealthCheck")),
    Mutator("same-ids", "section 3.1", _same_ids),
    Mutator("at-once", "section 3.1", _at_once),
    Mutator("again", "section 6.4", _again),
    Mutator("old-peer", "section 7.4", _editing(_old_peer)),
)
