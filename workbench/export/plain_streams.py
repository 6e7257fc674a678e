"""What encrypted conversations carried, as TCP connections in the clear: collected by packet, then given out packet by packet.

A TLS connection becomes one connection of the same two parties, each stream of a QUIC connection one of its own. Only what was decrypted is
there: a conversation whose secrets nobody knows is none of these.
"""

import struct
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field

from captures.index import PacketIndex
from captures.synthesis import TcpConversation
from workbench.api import Direction, Endpoint, FlowKey, Message
from workbench.export.source import Stream
from workbench.export.spool import Spool

__all__ = ["PlainStreams"]

LARGEST_HOLE = 1 << 30
"""Lost bytes that a connection may skip: sequence numbers tell old from new only within 2^31 (RFC 9293 3.4)."""

_PLAIN_PORTS = {"http1": 80, "http2": 80, "dns-tcp": 53}
"""Where readers expect in the clear what TLS carried; other protocols keep their port."""

_TLS_PORT, _NEUTRAL_PORT = 443, 4433
"""On the port of HTTPS readers expect TLS and nothing else."""

_FIRST_PORT, _LAST_PORT = 10_000, 65_535
"""Client ports of QUIC's streams count up from the first, and begin again."""

_TCP = 6
_PIECE = struct.Struct("<IBQ")
"""Number of the conversation, direction, offset in it; the bytes follow."""


@dataclass(slots=True)
class _Plain:
    """One conversation in the clear."""

    stream: Stream
    layer: tuple[str, ...]
    protocol: str
    connection: TcpConversation | None = None
    sent: dict[Direction, int] = field(default_factory=lambda: dict.fromkeys(Direction, 0))


class PlainStreams:
    """First `collect`, then `frames` of each packet in order."""

    def __init__(self, index: PacketIndex, spool: Spool) -> None:
        self._index = index
        self._spool = spool
        self._numbers: dict[tuple[Stream, tuple[str, ...]], int] = {}
        self._plains: list[_Plain] = []
        self._of: dict[Stream, list[_Plain]] = {}
        self._used: set[tuple[Endpoint, Endpoint]] = set()
        self._port = _FIRST_PORT

    @property
    def streams(self) -> Set[Stream]:
        """Those of the capture that were decrypted."""
        return self._of.keys()

    def collect(self, messages: Iterable[Message], wanted: Set[Stream]) -> None:
        """Take the plain bytes of wanted streams: they are those of the messages directly inside TLS or a QUIC stream."""
        for message in messages:
            if not message.raw or not message.layer or not _is_plain(message.layer):
                continue
            stream: Stream = ("tcp" if self._index.ip_protocol[message.packet - 1] == _TCP else "udp", message.stream)
            if stream not in wanted:
                continue
            key = stream, message.layer
            number = self._numbers.setdefault(key, len(self._plains))
            if number == len(self._plains):
                self._plains.append(_Plain(stream, message.layer, message.protocol))
                self._of.setdefault(stream, []).append(self._plains[-1])
            self._spool.add(message.packet, _PIECE.pack(number, message.direction, message.start) + message.raw)

    def frames(self, packet: int) -> Iterator[tuple[bytes, str]]:
        """What takes the place of a packet: Ethernet frames, each with what should be said about it (or "")."""
        for text in self._spool.of(packet):
            number, way, start = _PIECE.unpack_from(text)
            plain, direction = self._plains[number], Direction(way)
            connection = plain.connection
            if connection is None:
                flow = self._flow(plain)
                connection = plain.connection = TcpConversation(flow.client, flow.server)
                told = f"{plain.stream[0]}.stream {plain.stream[1]}, what was inside {', '.join(plain.layer)}: {plain.protocol}"
                for frame in connection.open():
                    yield frame, told
                    told = ""
            hole = start - plain.sent[direction]
            if 0 < hole <= LARGEST_HOLE:
                connection.lose(direction, hole)
            plain.sent[direction] = start + len(text) - _PIECE.size
            yield from ((frame, "") for frame in connection.send(direction, text[_PIECE.size :]))

    def end(self, stream: Stream) -> Iterator[tuple[bytes, str]]:
        """The frames that close what was inside a stream."""
        for plain in self._of.get(stream, ()):
            if plain.connection is not None:
                for direction in Direction:
                    yield from ((frame, "") for frame in plain.connection.close(direction))

    def _flow(self, plain: _Plain) -> FlowKey:
        """Between whom the connection is: the parties of before, on ports that say what they speak, as long as nobody else has those."""
        flow = self._index.flow(*plain.stream)
        port = flow.server.port
        if plain.stream[0] == "udp":
            client = Endpoint(flow.client.host, self._port)
            self._port = self._port + 1 if self._port < _LAST_PORT else _FIRST_PORT
            server = Endpoint(flow.server.host, _NEUTRAL_PORT if port == _TLS_PORT else port)
        else:
            client = flow.client
            server = Endpoint(flow.server.host, _PLAIN_PORTS.get(plain.protocol, _NEUTRAL_PORT if port == _TLS_PORT else port))
            if (client, server) in self._used:
                server = flow.server
        self._used.add((client, server))
        return FlowKey("tcp", client, server)


def _is_plain(layer: tuple[str, ...]) -> bool:
    """Whether bytes in that layer are what the outermost encryption protected."""
    encrypted = [name for name in layer if name == "tls" or name.startswith("quic stream")]
    return len(encrypted) == 1 and layer[-1] == encrypted[0]
