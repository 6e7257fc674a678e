"""Both ends of a QUIC connection that make datagrams as a test wants them, and decoders that read these, flow by flow."""

from dataclasses import dataclass, field
from typing import Any

from dissectors.guide import decoder_of
from workbench.api import NO_SECRETS, Chunk, Direction, Endpoint, FlowKey, Inner, Memory, Message, Secrets, varint
from workbench_quic import PROTOCOL
from workbench_quic.keys import SUITES
from workbench_quic.levels import Level
from workbench_quic.protection import Protection, initial_protection, retry_tag
from workbench_quic.versions import V1, Kind, version_of

CLIENT, SERVER = Direction.TO_SERVER, Direction.TO_CLIENT
PING, PADDING, DONE = b"\x01", b"\x00", b"\x1e"

_LEVELS = {Kind.INITIAL: Level.INITIAL, Kind.EARLY: Level.EARLY, Kind.HANDSHAKE: Level.HANDSHAKE}
_LABELS = {
    (Level.EARLY, CLIENT): "CLIENT_EARLY_TRAFFIC_SECRET",
    (Level.HANDSHAKE, CLIENT): "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    (Level.HANDSHAKE, SERVER): "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    (Level.ONE_RTT, CLIENT): "CLIENT_TRAFFIC_SECRET_0",
    (Level.ONE_RTT, SERVER): "SERVER_TRAFFIC_SECRET_0",
}


def crypto(data: bytes, offset: int = 0) -> bytes:
    """A CRYPTO frame."""
    return varint(6) + varint(offset) + varint(len(data)) + data


def stream(number: int, data: bytes, offset: int = 0, *, fin: bool = False) -> bytes:
    """A STREAM frame."""
    return varint(0x0E | fin) + varint(number) + varint(offset) + varint(len(data)) + data


def new_id(sequence: int, cid: bytes, token: bytes = bytes(16)) -> bytes:
    """A NEW_CONNECTION_ID frame."""
    return varint(0x18) + varint(sequence) + varint(0) + bytes((len(cid),)) + cid + token


def extension(kind: int, body: bytes) -> bytes:
    """A TLS extension."""
    return kind.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body


def parameters(*values: tuple[int, bytes]) -> bytes:
    """The transport parameters extension (RFC 9001 8.2)."""
    return extension(0x39, b"".join(varint(number) + varint(len(value)) + value for number, value in values))


def alpn(*names: bytes) -> bytes:
    """The ALPN extension."""
    names_list = b"".join(bytes((len(name),)) + name for name in names)
    return extension(16, len(names_list).to_bytes(2, "big") + names_list)


def handshake_message(kind: int, body: bytes) -> bytes:
    """A TLS handshake message."""
    return bytes((kind,)) + len(body).to_bytes(3, "big") + body


def _extensions(*parts: bytes) -> bytes:
    body = b"".join(parts)
    return len(body).to_bytes(2, "big") + body


@dataclass
class Wire:
    """One connection. Numbers of packets count by themselves unless a test gives them."""

    version: int = V1
    suite: int = 0x1301
    original: bytes = b"original"
    client: bytes = b"client.."
    server: bytes = b"server.."
    random: bytes = bytes(range(32))
    offered: tuple[int, ...] = (0x1301, 0x1302, 0x1303)
    base: bytes = b""
    """What Initial keys come from; the original connection ID unless a Retry made another one."""
    numbers: dict[tuple[Direction, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.base = self.base or self.original

    def secret(self, level: Level, role: Direction) -> bytes:
        """A secret that belongs to this connection, level and role."""
        size = SUITES[self.suite].secret
        return (self.random[:4] + bytes((level, role))).ljust(size, b"s")

    @property
    def keylog(self) -> dict[tuple[str, bytes], bytes]:
        """By label and client random."""
        return {(label, self.random): self.secret(*key) for key, label in _LABELS.items()}

    def client_hello(self, *more: bytes, random: bytes | None = None) -> bytes:
        """With server name, ALPN h3 and a few transport parameters, unless `more` extensions are given."""
        name = extension(0, b"\x00\x0f\x00\x00\x0cexample.test")
        given = more or (name, alpn(b"h3", b"h3-29"), parameters((0x01, varint(30_000)), (0x0E, varint(4))))
        suites = b"".join(number.to_bytes(2, "big") for number in self.offered)
        body = b"\x03\x03" + (random or self.random) + b"\0" + len(suites).to_bytes(2, "big") + suites + b"\x01\0"
        return handshake_message(1, body + _extensions(*given))

    def server_hello(self) -> bytes:
        """Chooses the suite."""
        body = b"\x03\x03" + bytes(32) + b"\0" + self.suite.to_bytes(2, "big") + b"\0"
        return handshake_message(2, body + _extensions(extension(43, b"\x03\x04")))

    def encrypted_extensions(self, *more: bytes) -> bytes:
        """Chooses h3; `more` extensions follow."""
        return handshake_message(8, _extensions(alpn(b"h3"), *more))

    def number(self, role: Direction, level: Level) -> int:
        """The next packet number of a role."""
        space = role, {Level.EARLY: 3}.get(level, level)
        self.numbers[space] = self.numbers.get(space, -1) + 1
        return self.numbers[space]

    def ids(self, role: Direction) -> tuple[bytes, bytes]:
        """(destination, source) of a role's packets after the first."""
        return (self.server, self.client) if role is CLIENT else (self.client, self.server)

    def protection(self, level: Level, role: Direction, version: int | None = None) -> Protection:
        """What protects packets."""
        known = version_of(version or self.version)
        if level is Level.INITIAL:
            return initial_protection(known, self.base)[role]
        return Protection(self.secret(level, role), SUITES[self.suite], known)

    def long(
        self,
        kind: Kind,
        role: Direction,
        payload: bytes,
        *,
        number: int | None = None,
        version: int | None = None,
        dcid: bytes | None = None,
        scid: bytes | None = None,
        token: bytes = b"",
        pad: int = 0,
    ) -> bytes:
        """An Initial, 0-RTT or Handshake packet, of at least `pad` bytes."""
        level, known = _LEVELS[kind], version_of(version or self.version)
        there, here = self.ids(role)
        if role is CLIENT and kind in (Kind.INITIAL, Kind.EARLY):
            there = self.base
        dcid, scid = there if dcid is None else dcid, here if scid is None else scid
        number = self.number(role, level) if number is None else number
        head = bytes((0xC1 | known.type_of(kind) << 4,)) + known.number.to_bytes(4, "big")
        head += bytes((len(dcid),)) + dcid + bytes((len(scid),)) + scid
        if kind is Kind.INITIAL:
            head += varint(len(token)) + token
        payload = payload.ljust(max(4, pad - len(head) - 2 - 2 - 16), PADDING)
        head += (0x4000 | 2 + len(payload) + 16).to_bytes(2, "big")
        return self.protection(level, role, version).seal(head + (number & 0xFFFF).to_bytes(2, "big"), number, payload)

    def initial(self, role: Direction, payload: bytes, **more: Any) -> bytes:
        """An Initial packet that fills its datagram."""
        return self.long(Kind.INITIAL, role, payload, **{"pad": 1200, **more})

    def handshake(self, role: Direction, payload: bytes, **more: Any) -> bytes:
        """A Handshake packet."""
        return self.long(Kind.HANDSHAKE, role, payload, **more)

    def short(
        self,
        role: Direction,
        payload: bytes,
        *,
        number: int | None = None,
        generation: int = 0,
        dcid: bytes | None = None,
        spin: int = 0,
    ) -> bytes:
        """A 1-RTT packet under the keys of a generation."""
        protection = self.protection(Level.ONE_RTT, role)
        for _ in range(generation):
            protection = protection.next
        number = self.number(role, Level.ONE_RTT) if number is None else number
        dcid = self.ids(role)[0] if dcid is None else dcid
        first = 0x41 | (generation & 1) << 2 | spin << 5
        return protection.seal(bytes((first,)) + dcid + (number & 0xFFFF).to_bytes(2, "big"), number, payload.ljust(3, PADDING))

    def retry(self, token: bytes, scid: bytes, *, version: int | None = None, tag: bytes | None = None) -> bytes:
        """The server's Retry, in answer to the client's first packet."""
        known = version_of(version or self.version)
        head = bytes((0xC0 | known.type_of(Kind.RETRY) << 4,)) + known.number.to_bytes(4, "big")
        packet = head + bytes((len(self.client),)) + self.client + bytes((len(scid),)) + scid + token
        return packet + (retry_tag(known, packet, self.original) if tag is None else tag)

    def negotiation(self, *versions: int) -> bytes:
        """The server's Version Negotiation."""
        head = b"\x80" + bytes(4) + bytes((len(self.client),)) + self.client + bytes((len(self.original),)) + self.original
        return head + b"".join(version.to_bytes(4, "big") for version in versions)

    def opening(self, *more: bytes) -> list[tuple[Direction, bytes]]:
        """The handshake up to the server's EncryptedExtensions, to which `more` extensions are added."""
        answer = self.initial(SERVER, crypto(self.server_hello()))
        answer += self.handshake(SERVER, crypto(self.encrypted_extensions(*more)))
        return [(CLIENT, self.initial(CLIENT, crypto(self.client_hello()))), (SERVER, answer)]


class KeyLog:
    """Secrets of connections; more may be added while decoders run."""

    def __init__(self, *wires: Wire) -> None:
        self.known: dict[tuple[str, bytes], bytes] = {}
        for wire in wires:
            self.add(wire)

    def add(self, wire: Wire) -> None:
        """From now on the secrets of this connection are known."""
        self.known |= wire.keylog

    def find(self, label: str, client_random: bytes) -> bytes | None:
        """See `Secrets`."""
        return self.known.get((label, client_random))


class Flows:
    """The flows of one capture, each with its decoder."""

    def __init__(self, secrets: Secrets = NO_SECRETS) -> None:
        self.capture = Memory(1000)
        self._secrets = secrets
        self._decoders: dict[int, Any] = {}
        self._offsets: dict[tuple[int, Direction], int] = {}
        self._packets = 0

    def read(self, way: Direction, datagram: bytes, flow: int = 0, *, gap: int = 0) -> list[Message | Inner]:
        """What a datagram in a flow leads to."""
        decoder = self._decoder(flow)
        at = self._offsets.get((flow, way), 0) + gap
        self._offsets[flow, way] = at + len(datagram)
        self._packets += 1
        number = self._packets
        return list(decoder.receive(Chunk(way, at, datagram, number, number, number * 1_000_000, gap)))

    def messages(self, *turns: tuple[Direction, bytes], flow: int = 0) -> list[Message]:
        """The messages of some datagrams."""
        return [found for way, data in turns for found in self.read(way, data, flow) if isinstance(found, Message)]

    def finish(self, way: Direction, flow: int = 0) -> list[Message | Inner]:
        """The flow ends in a direction."""
        return list(self._decoder(flow).finish(way))

    def _decoder(self, flow: int) -> Any:
        if flow not in self._decoders:
            key = FlowKey("udp", Endpoint("192.0.2.1", 50_000 + flow), Endpoint("192.0.2.2", 443))
            self._decoders[flow] = decoder_of(PROTOCOL, flow, key, self._secrets, capture=self.capture)
        return self._decoders[flow]


def inners(found: list[Message | Inner]) -> list[Inner]:
    """The conversations inside among what was found."""
    return [item for item in found if isinstance(item, Inner)]


def value_of(message: Message, abbrev: str) -> Any:
    """The value of a message's field, None where it has none."""
    node = message.root.find(abbrev)
    return None if node is None else node.value
