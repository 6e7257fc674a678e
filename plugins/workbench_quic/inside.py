"""What frames carry for others: CRYPTO data for TLS, streams and datagrams for the application; and what they tell about the connection."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from workbench.api import Direction, Inner, Note
from workbench_quic.connection import SERVER, Connection
from workbench_quic.frame_items import Crypto, DatagramData, NewConnectionId, Numbers, Stream
from workbench_quic.frame_types import Type
from workbench_quic.hellos import ENCRYPTED_EXTENSIONS, Hello
from workbench_quic.levels import Level
from workbench_quic.limits import MOST_HEARD
from workbench_quic.observed import Observed
from workbench_quic.rules import added_notes
from workbench_quic.streams import Added, OrderedBytes

__all__ = ["Announced", "Found", "Inside"]

TLS = "tls-handshake"
"""The plugin that reads handshake messages without records."""

_LEVEL_NAMES = {Level.INITIAL: "initial", Level.EARLY: "0-rtt", Level.HANDSHAKE: "handshake", Level.ONE_RTT: "1-rtt"}

Announced = tuple[bytes, bytes]
"""A connection ID that its sender may be reached by (b"": none new), and the token that resets it (b"": none)."""


@dataclass(slots=True)
class Found:
    """What the frames of one packet, which came in direction `way`, led to."""

    connection: Connection
    way: Direction
    prefix: str = ""
    """What the names of its channels begin with."""
    waits: bool = False
    """Whether something of it may wait behind a hole."""
    inners: list[Inner] = field(default_factory=list)
    announced: list[Announced] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    repeated: int = 0
    """Bytes of streams and CRYPTO data that had come before."""

    def runs(self, name: str, added: Added, facts: dict[str, Any], protocol: str = "") -> None:
        """Bytes of one conversation that have become readable."""
        for gap, data, last in added.runs:
            self.inner(name, data, facts, protocol, gap=gap, last=last)

    def inner(
        self,
        name: str,
        data: bytes,
        facts: dict[str, Any],
        protocol: str = "",
        *,
        gap: int = 0,
        last: bool = False,
        reset: bool = False,
    ) -> None:
        """Bytes of one conversation."""
        connection = self.connection
        self.inners.append(
            Inner(
                direction=self.way,
                data=data,
                channel=self.prefix + name,
                protocol=protocol or connection.alpn or None,
                gap=gap,
                last=last,
                facts=connection.facts | facts,
                reset=reset,
            )
        )


class StreamInside:
    """One direction of a stream as `workbench.api.KnownInner`."""

    __slots__ = ("_connection", "_role", "_stream", "_way", "channel", "flow")

    def __init__(
        self, flow: "Inside", connection: Connection, way: Direction, role: Direction, stream: int, channel: str
    ) -> None:
        self.flow = flow
        self._connection = connection
        self._way = way
        self._role = role
        self._stream = stream
        self.channel = channel

    def inner(self, data: bytes) -> Inner:
        """See `workbench.api.KnownInner`."""
        connection = self._connection
        place = connection.streams[self._role].place(self._stream) - len(data)
        facts = {**connection.facts, "stream_id": self._stream, "offset": place}
        return Inner(direction=self._way, data=data, channel=self.channel, protocol=connection.alpn or None, facts=facts)


class Inside:
    """The conversations inside the connections of one flow; `stream` is the flow's number."""

    def __init__(self, stream: int) -> None:
        self._stream = stream
        self._heard: dict[int, tuple[Connection, Direction]] = {}
        """Connections of which packets were opened here, by number, and the direction of their clients; the newest last."""
        self._first = -1
        """The connection whose channels need no other name."""

    def take(self, connection: Connection, way: Direction, packet: Observed) -> Found:
        """What the frames of a packet that came in direction `way` lead to."""
        if connection.number not in self._heard:
            self._hear(connection, way if packet.role is not SERVER else way.opposite)
        connection.home = self._stream
        found = Found(connection, way, self._prefix(connection))
        for item in packet.items:
            if isinstance(item, Stream):
                streams = connection.streams[packet.role]
                place = streams.place(item.stream)
                added = streams.add(item.stream, item.offset, item.data, item.fin)
                if added.conflict >= 0 or len(added.runs) != 1 or added.runs[0].gap:
                    found.notes += added_notes(item, added, packet.at)
                    found.waits = True
                found.repeated += added.repeated
                found.runs(f"stream {item.stream}", added, {"stream_id": item.stream, "offset": place})
            elif isinstance(item, Crypto):
                _crypto(found, packet, item)
            elif isinstance(item, NewConnectionId):
                found.announced.append((item.cid, item.token))
            elif isinstance(item, DatagramData):
                found.inner("datagrams", item.data, {"datagrams": True})
            elif item.kind == Type.RESET_STREAM and isinstance(item, Numbers):
                stream = item.values[0]
                if connection.streams[packet.role].reset(stream):
                    found.inner(f"stream {stream}", b"", {"stream_id": stream}, last=True, reset=True)
        return found

    def heard(self, connection: Connection) -> bool:
        """A packet of a connection was opened; whether one was before."""
        if connection.number not in self._heard:
            return False
        connection.home = self._stream
        return True

    def conversation(
        self, connection: Connection, way: Direction, role: Direction, stream: int, bytes_of: OrderedBytes
    ) -> StreamInside:
        """A stream of a role, which sends in direction `way`."""
        known: StreamInside | None = bytes_of.inside
        if known is None or known.flow is not self:
            name = f"{self._prefix(connection)}stream {stream}"
            known = bytes_of.inside = StreamInside(self, connection, way, role, stream, name)
        return known

    def finish(self, way: Direction) -> Iterator[Inner]:
        """No more datagrams in a direction: what waited behind holes in connections that did not go on elsewhere."""
        for connection, client in self._heard.values():
            if connection.home == self._stream and not connection.forgotten:
                role = way if client is Direction.TO_SERVER else way.opposite
                found = Found(connection, way, self._prefix(connection))
                for level, added in connection.finish_crypto(role):
                    _tls(found, level, added)
                streams = connection.streams[role]
                for stream, added in streams.finish():
                    place = streams.place(stream) - sum(run.gap + len(run.data) for run in added.runs)
                    found.runs(f"stream {stream}", added, {"stream_id": stream, "offset": place})
                yield from found.inners

    def _hear(self, connection: Connection, client: Direction) -> None:
        if self._first < 0:
            self._first = connection.number
        self._heard[connection.number] = connection, client
        if len(self._heard) > MOST_HEARD:
            del self._heard[next(iter(self._heard))]

    def _prefix(self, connection: Connection) -> str:
        return "" if connection.number == self._first else f"connection {connection.number} "


def _crypto(found: Found, packet: Observed, item: Crypto) -> None:
    added, hellos = found.connection.crypto(packet.role, packet.level, item.offset, item.data)
    found.notes += added_notes(item, added, packet.at)
    found.waits = True
    found.repeated += added.repeated
    _tls(found, packet.level, added)
    for hello in hellos:
        if packet.role is SERVER and hello.kind == ENCRYPTED_EXTENSIONS:
            found.announced += _announced(hello)


def _tls(found: Found, level: Level, added: Added) -> None:
    name = _LEVEL_NAMES[level]
    found.runs(f"crypto {name}", added, {"level": name}, TLS)


def _announced(hello: Hello) -> Iterator[Announced]:
    """IDs and tokens in the transport parameters of a server (RFC 9000 18.2)."""
    if hello.token:
        yield b"", hello.token
    if hello.preferred[0]:
        yield hello.preferred
