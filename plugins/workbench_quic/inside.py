"""What frames carry for others: CRYPTO data for TLS, streams and datagrams for the application; and what they tell about the connection."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from workbench.api import Direction, Inner, Note, Severity
from workbench_quic.connection import SERVER, Connection
from workbench_quic.frame_items import Crypto, DatagramData, Item, NewConnectionId, Numbers, Stream
from workbench_quic.frame_types import Type
from workbench_quic.hellos import ENCRYPTED_EXTENSIONS, Hello
from workbench_quic.levels import Level
from workbench_quic.limits import MOST_HEARD
from workbench_quic.streams import Added

__all__ = ["Announced", "Inside"]

TLS = "tls-handshake"
"""The plugin that reads handshake messages without records."""

_LEVEL_NAMES = {Level.INITIAL: "initial", Level.EARLY: "0-rtt", Level.HANDSHAKE: "handshake", Level.ONE_RTT: "1-rtt"}

Announced = tuple[bytes, bytes]
"""A connection ID that its sender may be reached by (b"": none new), and the token that resets it (b"": none)."""


@dataclass(slots=True)
class Found:
    """What the frames of one packet led to."""

    inners: list[Inner] = field(default_factory=list)
    announced: list[Announced] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


class Inside:
    """The conversations inside the connections of one flow; `stream` is the flow's number."""

    def __init__(self, stream: int) -> None:
        self._stream = stream
        self._heard: dict[int, tuple[Connection, Direction]] = {}
        """Connections of which packets were opened here, by number, and the direction of their clients; the newest last."""
        self._first = -1
        """The connection whose channels need no other name."""

    def take(self, connection: Connection, role: Direction, way: Direction, level: Level, items: tuple[Item, ...]) -> Found:
        """What the frames of a packet of that role and level, which came in direction `way`, lead to."""
        if self._first < 0:
            self._first = connection.number
        if connection.number not in self._heard:
            self._heard[connection.number] = connection, way if role is not SERVER else way.opposite
            if len(self._heard) > MOST_HEARD:
                del self._heard[next(iter(self._heard))]
        connection.home = self._stream
        found = Found()
        for item in items:
            kind = item.kind
            if isinstance(item, Stream):
                added = connection.streams[role].add(item.stream, item.offset, item.data, item.fin)
                _contradicts(found, added, f"stream {item.stream}", "RFC 9000 2.2")
                self._runs(found, connection, way, f"stream {item.stream}", added, {"stream": item.stream, "offset": item.offset})
            elif isinstance(item, Crypto):
                self._crypto(found, connection, role, way, level, item)
            elif isinstance(item, NewConnectionId):
                found.announced.append((item.cid, item.token))
            elif isinstance(item, DatagramData):
                facts = connection.facts | {"datagrams": True}
                found.inners.append(
                    Inner(
                        direction=way,
                        data=item.data,
                        channel=self._channel(connection, "datagrams"),
                        protocol=connection.alpn or None,
                        facts=facts,
                    )
                )
            elif kind == Type.RESET_STREAM and isinstance(item, Numbers):
                self._reset(found, connection, role, way, item.values[0])
        return found

    def finish(self, way: Direction) -> Iterator[Inner]:
        """No more datagrams in a direction: what waited behind holes in connections that did not go on elsewhere."""
        for connection, client in self._heard.values():
            if connection.home != self._stream or connection.forgotten:
                continue
            role = way if client is Direction.TO_SERVER else way.opposite
            found = Found()
            for level, added in connection.finish_crypto(role):
                self._tls(found, connection, way, level, added)
            for stream, added in connection.streams[role].finish():
                self._runs(found, connection, way, f"stream {stream}", added, {"stream": stream})
            yield from found.inners

    def _channel(self, connection: Connection, name: str) -> str:
        return name if connection.number == self._first else f"connection {connection.number} {name}"

    def _crypto(self, found: Found, connection: Connection, role: Direction, way: Direction, level: Level, item: Crypto) -> None:
        added, hellos = connection.crypto(role, level, item.offset, item.data)
        _contradicts(found, added, "CRYPTO data", "RFC 9000 19.6")
        self._tls(found, connection, way, level, added)
        for hello in hellos:
            found.announced += _announced(hello, role)

    def _tls(self, found: Found, connection: Connection, way: Direction, level: Level, added: Added) -> None:
        name = _LEVEL_NAMES[level]
        self._runs(found, connection, way, f"crypto {name}", added, {"level": name}, protocol=TLS)

    def _reset(self, found: Found, connection: Connection, role: Direction, way: Direction, stream: int) -> None:
        """RESET_STREAM: nothing more comes in this direction of the stream."""
        if connection.streams[role].reset(stream):
            found.inners.append(
                Inner(
                    direction=way,
                    data=b"",
                    channel=self._channel(connection, f"stream {stream}"),
                    protocol=connection.alpn or None,
                    last=True,
                    facts=connection.facts | {"stream": stream},
                )
            )

    def _runs(
        self,
        found: Found,
        connection: Connection,
        way: Direction,
        name: str,
        added: Added,
        facts: dict[str, Any],
        *,
        protocol: str = "",
    ) -> None:
        """Bytes of one conversation that have become readable."""
        if not added.runs:
            return
        channel, known = self._channel(connection, name), connection.facts | facts
        for gap, data, last in added.runs:
            found.inners.append(
                Inner(
                    direction=way,
                    data=data,
                    channel=channel,
                    protocol=protocol or connection.alpn or None,
                    gap=gap,
                    last=last,
                    facts=known,
                )
            )


def _contradicts(found: Found, added: Added, what: str, section: str) -> None:
    if added.conflict >= 0:
        text = f"{what}: other bytes than before at offset {added.conflict} (PROTOCOL_VIOLATION)"
        found.notes.append(Note(Severity.ERROR, text, section=section))


def _announced(hello: Hello, role: Direction) -> Iterator[Announced]:
    """IDs and tokens in the transport parameters of a server (RFC 9000 18.2)."""
    if role is SERVER and hello.kind == ENCRYPTED_EXTENSIONS:
        if hello.token:
            yield b"", hello.token
        if hello.preferred[0]:
            yield hello.preferred
