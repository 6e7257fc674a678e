"""How the checks talk: requests made by hand, byte for byte as the specification has them, and replies that are looked at closely.

No grammar on purpose: what checks a server should not share its mistakes. Topics are called `check-…` after their checks and removed again.
"""

import struct
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from workbench.api import Check, CheckFailed, Peer

__all__ = [
    "CREATE",
    "DELETE",
    "FETCH",
    "GET_OFFSET",
    "HEALTH",
    "LIST",
    "PRODUCE",
    "Bus",
    "Reply",
    "answered",
    "fetched",
    "must",
    "record",
    "records",
    "request",
    "rule",
    "sealed",
    "string",
    "with_topic",
]

PRODUCE, FETCH, GET_OFFSET, CREATE, DELETE, LIST, HEALTH = range(1, 8)

SHORTEST, LONGEST = 15, 8_388_608
"""Values of the length field that can be believed (section 2.2)."""


def sealed(body: bytes) -> bytes:
    """A message: its length, `body`, its checksum (section 2.1)."""
    data = struct.pack(">I", len(body) + 4) + body
    return data + struct.pack(">I", zlib.crc32(data))


def request(number: int, kind: int, payload: bytes = b"", *, version: int = 1, flags: int = 0) -> bytes:
    """A request (section 3)."""
    return sealed(struct.pack(">QBBH", number, kind, version, flags) + payload)


def string(text: bytes) -> bytes:
    """Section 1."""
    return struct.pack(">H", len(text)) + text


def record(value: bytes, key: bytes = b"", timestamp: int = 0) -> bytes:
    """A message to produce (section 4.1)."""
    return struct.pack(">I", len(key)) + key + struct.pack(">I", len(value)) + value + struct.pack(">Q", timestamp)


def records(partition: int, items: Sequence[bytes], count: int | None = None) -> bytes:
    """The payload of Produce; `count` is the truth where it is left out."""
    return struct.pack(">II", partition, len(items) if count is None else count) + b"".join(items)


@dataclass(frozen=True, slots=True)
class Reply:
    """Section 5."""

    number: int
    status: int
    code: int
    payload: bytes

    def unpack(self, layout: str) -> tuple[int, ...]:
        """The payload, which must have exactly this layout."""
        if struct.calcsize(layout) != len(self.payload):
            raise CheckFailed(f"expected a payload of {struct.calcsize(layout)} bytes, got {len(self.payload)}")
        return struct.unpack(layout, self.payload)


class Bus:
    """One connection, and the topics that a check has made over it."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self._last = 0
        self._waiting = b""

    def number(self) -> int:
        """An id that was not used on this connection."""
        self._last += 1
        return self._last

    def maybe_reply(self, patience_s: float | None = None) -> Reply | None:
        """The next reply; None where none comes. Raises `CheckFailed` for what is no message of the specification."""

        def there(more: bytes) -> bool:
            return _size(self._waiting + more) is not None

        if not there(b""):
            self._waiting += self.peer.receive(there, patience_s)
        size = _size(self._waiting)
        if size is None:
            if self._waiting and self.peer.ended:
                raise CheckFailed(f"the reply breaks off after {len(self._waiting)} bytes")
            return None
        data, self._waiting = self._waiting[:size], self._waiting[size:]
        if zlib.crc32(data[:-4]) != int.from_bytes(data[-4:], "big"):
            raise CheckFailed(f"the checksum of a reply is wrong: {data[:40].hex()}")
        number, status, code = struct.unpack(">QBH", data[4:15])
        return _sound(Reply(number, status, code, data[15:-4]))

    def reply(self) -> Reply:
        """The next reply; raises `CheckFailed` where none comes."""
        reply = self.maybe_reply()
        if reply is None:
            ending = "a reset" if self.peer.reset else "the end of the connection" if self.peer.ended else "nothing"
            raise CheckFailed(f"expected a reply, got {ending}")
        return reply

    def ask(self, kind: int, payload: bytes = b"", *, version: int = 1, flags: int = 0) -> Reply:
        """One request and its reply, which must have its id."""
        number = self.number()
        self.peer.send(request(number, kind, payload, version=version, flags=flags))
        reply = self.reply()
        if reply.number != number:
            raise CheckFailed(f"expected a reply to request {number}, got one to {reply.number}")
        return reply

    def good(self, kind: int, payload: bytes = b"", *, version: int = 1, flags: int = 0) -> Reply:
        """The same for a request that must succeed."""
        return must(self.ask(kind, payload, version=version, flags=flags), 0)

    def topic(self, name: str, partitions: int = 1) -> int:
        """Make a topic of that name, anew where it exists; gives its first partition."""
        self.drop(name)
        return self.good(CREATE, string(name.encode()) + struct.pack(">I", partitions)).unpack(">II")[0]

    def drop(self, name: str) -> None:
        """Remove a topic, if it is there."""
        self.ask(DELETE, string(name.encode()))

    def produce(self, partition: int, values: Iterable[bytes], timestamps: Sequence[int] = ()) -> int:
        """Append messages; gives the offset of the first."""
        items = [record(value, timestamp=timestamps[at] if timestamps else 0) for at, value in enumerate(values)]
        return self.good(PRODUCE, records(partition, items)).unpack(">QI")[0]

    def fetch(self, partition: int, offset: int, max_bytes: int = 1 << 20) -> Reply:
        """Ask for messages."""
        return self.ask(FETCH, struct.pack(">IQI", partition, offset, max_bytes))

    def is_quiet(self) -> bool:
        """Whether no further reply is there."""
        return self.maybe_reply(0.2) is None

    def closes(self) -> bool:
        """Whether the server closes, without another word."""
        if not self.peer.ended:
            self._waiting += self.peer.receive(lambda _: True)
        return self.peer.ended and not self._waiting


def _size(data: bytes) -> int | None:
    if len(data) < 4:
        return None
    length = int.from_bytes(data[:4], "big")
    if not SHORTEST <= length <= LONGEST:
        raise CheckFailed(f"a reply says its length is {length}, outside {SHORTEST} to {LONGEST}")
    return 4 + length if len(data) >= 4 + length else None


def _sound(reply: Reply) -> Reply:
    """Section 5.1: status and code belong together, and errors say something."""
    if reply.status not in (0, 1, 2):
        raise CheckFailed(f"expected status 0, 1 or 2, got {reply.status}")
    if (reply.status == 1) != (reply.code != 0):
        raise CheckFailed(f"status {reply.status} does not go with error code {reply.code}")
    if reply.status == 1 and (len(reply.payload) < 2 or int.from_bytes(reply.payload[:2], "big") != len(reply.payload) - 2):
        raise CheckFailed(f"expected a string as the payload of an error, got {reply.payload[:40].hex()}")
    return reply


def must(reply: Reply, *codes: int) -> Reply:
    """Raise `CheckFailed` unless the reply's error code is one of these (0: none)."""
    if reply.code not in codes:
        wanted = " or ".join(map(str, codes))
        said = reply.payload[2:].decode("utf-8", "replace") if reply.code else ""
        raise CheckFailed(f"expected error code {wanted}, got {reply.code}" + (f" ({said[:80]!r})" if said else ""))
    return reply


def fetched(reply: Reply) -> tuple[int, list[tuple[int, bytes, bytes, int]]]:
    """next_offset and the messages (offset, key, value, timestamp) of a good reply to Fetch."""
    data = reply.payload
    try:
        following, count = struct.unpack_from(">QI", data)
        at, found = 12, []
        for _ in range(count):
            offset, size = struct.unpack_from(">QI", data, at)
            key = data[at + 12 : at + 12 + size]
            at += 12 + size
            (size,) = struct.unpack_from(">I", data, at)
            value = data[at + 4 : at + 4 + size]
            (timestamp,) = struct.unpack_from(">Q", data, at + 4 + size)
            at += 12 + size
            found.append((offset, key, value, timestamp))
    except struct.error:
        raise CheckFailed(f"the payload of a reply to Fetch breaks off: {data[:40].hex()}") from None
    if at != len(data):
        raise CheckFailed(f"{len(data) - at} bytes are left over in a reply to Fetch")
    return following, found


def answered(kind: int, payload: bytes, *codes: int, version: int = 1, flags: int = 0) -> Callable[[Peer], None]:
    """A check: this request is answered with one of these codes, and the connection goes on."""

    def run(peer: Peer) -> None:
        bus = Bus(peer)
        must(bus.ask(kind, payload, version=version, flags=flags), *codes)
        bus.good(HEALTH, b"\0\0")

    return run


def with_topic(name: str, run: Callable[[Bus, int], None], partitions: int = 1) -> Callable[[Peer], None]:
    """A check on a fresh topic, of which `run` gets the first partition."""

    def prepared(peer: Peer) -> None:
        bus = Bus(peer)
        run(bus, bus.topic(name, partitions))
        Bus(peer.again()).drop(name)

    return prepared


def rule(name: str, section: str, text: str, run: Callable[[Peer], None]) -> Check:
    """A check of level MUST; the specification's other sentences are not checked."""
    return Check(name=name, section=f"streambus {section}", rule=text, run=run)
