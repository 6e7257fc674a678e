"""A capture that is made up row by row: as many packets as wanted, real field trees and messages, no file.

Looks like `workbench.session.Session` to screens; what it says about a packet follows from the packet's number alone.
"""

from dataclasses import dataclass, field

import numpy as np

from captures import Conversation, Stream
from workbench.api import Chunk, Direction, Endpoint, Field, FlowKey, Message, Note, Packet, Severity, View
from workbench.registry import Registry
from workbench.rows import PacketRow
from workbench.session import StreamView

BEGIN_NS = 1_700_000_000_000_000_000
HEADERS = 54
ESCAPES = b"GET /\x1b[31mred\x1b[0m/[bold]x[/bold]/\x9b2J HTTP/1.1\r\n\r\n"


@dataclass
class Interface:
    """The one interface."""

    name: str = "made-up"
    dropped: int = 0


class Index:
    """As much of a packet index as screens ask for."""

    def __init__(self, session: "SyntheticSession") -> None:
        self._session = session

    def __len__(self) -> int:
        return self._session.there

    @property
    def payload_offset(self):
        return np.full(len(self), HEADERS)

    @property
    def payload_length(self):
        return np.array([len(self._session.payload(number)) for number in range(1, len(self) + 1)])

    @property
    def seq(self):
        return np.zeros(len(self), dtype=np.uint32)

    @property
    def tcp_flags(self):
        return np.zeros(len(self), dtype=np.uint16)

    @property
    def direction(self):
        return np.arange(len(self)) % 2

    def packets_of(self, transport: str, stream: int):
        return np.arange(1 + stream, len(self) + 1, self._session.streams)

    def stream_count(self, transport: str) -> int:
        return self._session.streams if transport == "tcp" else 0

    def flow(self, transport: str, stream: int) -> FlowKey:
        return FlowKey("tcp", Endpoint("10.0.0.1", 40_000 + stream), Endpoint("10.1.0.1", 80))


@dataclass
class MadeUpCapture:
    """As much of a capture as screens ask for."""

    session: "SyntheticSession"
    at_end: bool = False
    warnings: list[str] = field(default_factory=list)
    interfaces: list[Interface] = field(default_factory=lambda: [Interface()])

    def __post_init__(self) -> None:
        self.index = Index(self.session)

    def packet(self, number: int) -> Packet:
        data = bytes(range(HEADERS)) + self.session.payload(number)
        return Packet(number, BEGIN_NS + number * 1000, data, len(data), 1)


class SyntheticSession:
    """`total` packets, of which `there` are indexed so far; packets of `hostile` carry escape sequences and markup."""

    def __init__(self, total: int, *, streams: int = 4, hostile: frozenset[int] = frozenset()) -> None:
        self.total = total
        self.there = 0
        self.streams = streams
        self.hostile = hostile
        self.closed = False
        self.asked: list[int] = []
        self.capture = MadeUpCapture(self)
        self.registry = Registry(())
        self.keylog = None
        self.secrets = 0

    def learn(self) -> int:
        return self.secrets

    def __len__(self) -> int:
        return self.there

    def grow(self, packets: int | None = None) -> int:
        added = min(self.total - self.there, self.total if packets is None else packets)
        self.there += added
        self.capture.at_end = self.there == self.total
        return added

    def payload(self, number: int) -> bytes:
        if number in self.hostile:
            return ESCAPES
        return b"GET /item/%d HTTP/1.1\r\n\r\n" % number

    def row(self, number: int) -> PacketRow:
        host = ("10.0.0.1", "10.1.0.1")
        back = number % 2
        info = f"{40_000 + number % self.streams} → 80 [PSH, ACK] Seq={number * 100} Len={len(self.payload(number))}"
        if number in self.hostile:
            info = self.payload(number).decode("latin-1")
        return PacketRow(number, BEGIN_NS + number * 1000, host[1 - back], host[back], "TCP", HEADERS + 30, info)

    def packet_stream(self, number: int):
        return "tcp", (number - 1) % self.streams

    def layers(self, number: int):
        ports = (
            Field("Source Port", 34, 36, 40_000, abbrev="tcp.srcport"),
            Field("Destination Port", 36, 38, 80, abbrev="tcp.dstport"),
        )
        address = (
            Field("Source Address", 26, 30, "10.0.0.1", abbrev="ip.src"),
            Field("Destination Address", 30, 34, "10.1.0.1", abbrev="ip.dst"),
        )
        return (
            Field("Ethernet II", 0, 14, children=(Field("Type", 12, 14, 0x800, abbrev="eth.type", text="IPv4"),), abbrev="eth"),
            Field("Internet Protocol Version 4", 14, 34, children=address, abbrev="ip"),
            Field("Transmission Control Protocol", 34, 54, children=ports, abbrev="tcp"),
        )

    def messages_of(self, number: int):
        self.asked.append(number)
        raw = self.payload(number)
        line = raw.index(b"\r\n")
        target = raw[4 : line - 9].decode("latin-1")
        fields = (
            Field("Method", 0, 3, "GET", abbrev="http.request.method"),
            Field("Target", 4, line - 9, target, abbrev="http.request.uri"),
            Field("Version", line - 8, line, "HTTP/1.1", abbrev="http.request.version"),
            Field("Decoded", 0, 5, "hello", abbrev="http.decoded", view=1),
        )
        return (
            Message(
                protocol="http",
                direction=Direction(1 - number % 2),
                start=0,
                end=len(raw),
                raw=raw,
                root=Field("Hypertext Transfer Protocol", 0, len(raw), children=fields),
                label="GET",
                summary=f"GET {target}",
                notes=(Note(Severity.WARN, f"odd target {target}", 4, line - 9, "RFC 9112 3.2"),)
                if number in self.hostile
                else (),
                views=(View("wire", raw), View("decoded", b"hello world")),
                stream=(number - 1) % self.streams,
                packet=number,
                packets=(number,),
                time_ns=BEGIN_NS + number * 1000,
            ),
        )

    def stream(self, transport: str, number: int, *, max_bytes: int = 0) -> StreamView:
        """The first packets of a stream, as if it had no more."""
        packets = self.capture.index.packets_of(transport, number)[:20].tolist()
        messages = tuple(message for packet in packets for message in self.messages_of(packet))
        flow = self.capture.index.flow(transport, number)
        chunks = []
        for message in messages:
            offset = sum(len(chunk.data) for chunk in chunks if chunk.direction is message.direction)
            chunks.append(Chunk(message.direction, offset, message.raw, message.packet, message.packet, message.time_ns))
        return StreamView(flow, messages, Conversation(Stream("tcp", number, flow), tuple(chunks), (), ()))

    def matching(self, filter, start: int = 0, stop: int | None = None):  # noqa: A002
        numbers = np.arange(start + 1, (self.there if stop is None else stop) + 1)
        return numbers[[filter(int(number)) for number in numbers]]

    def close(self) -> None:
        self.closed = True
