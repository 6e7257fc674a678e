"""A training target: how a QUIC server receives strangers, with planted faults, to learn and to test fuzzing on.

It opens Initial packets (RFC 9001 5.2), acknowledges them, negotiates versions and says goodbye; nobody gets further. There is no such
server without the faults: real connections are `carrier`'s. `FAULTS` lists them (`workbench plugins show quic`), the functions that have
them name them. Never serve it to strangers.
"""

from workbench.api import Fault, FaultKind, ServerConnection, ServerOptions, Service, UsageError
from workbench_quic.frame_types import Type
from workbench_quic.headers import LongHeader, read_long
from workbench_quic.protection import TAG, Protection, initial_protection, retry_tag
from workbench_quic.seeds import SEEDS, initial, other_version
from workbench_quic.varints import LARGEST, shortest, varint
from workbench_quic.versions import NEGOTIATION, V1, V2, Kind

__all__ = ["FAULTS", "FaultyConnection", "training"]

SMALLEST = 1200
"""Bytes of a datagram with an Initial packet (RFC 9000 14.1); smaller ones get no answer."""
BUFFER = 4096
"""Bytes of a hello that are put together."""
KEPT = b"\1" * 262_144
"""What `extensions` keeps each time: enough to be seen at once."""
SHORT_TOKEN, TOKENS = 16, 64
"""Bytes of a token that is too short to be one of ours, and of old tokens that are remembered."""
_GREATEST_TYPE = 0x1E
"""HANDSHAKE_DONE, the last frame of RFC 9000 19."""
_kept: list[bytearray] = []


def _number(value: int) -> bytes:
    size = shortest(value)
    return (value | (size.bit_length() - 1) << (8 * size - 2)).to_bytes(size, "big")


_HELLO = SEEDS[0].messages[0]
_CLOSE = bytes((Type.CONNECTION_CLOSE, 0, 0, 0))

FAULTS = (
    Fault(
        name="negotiated",
        kind=FaultKind.MAGIC,
        trigger="a packet of version 0, which only servers send",
        effect="`KeyError`: that version has no keys",
        oracles=("crash",),
        example=(other_version(NEGOTIATION),),
    ),
    Fault(
        name="hello",
        kind=FaultKind.OVERFLOW,
        trigger="a CRYPTO frame that begins or ends beyond 4,096",
        effect="`IndexError`: it is copied into a buffer of that size",
        oracles=("crash",),
        example=(initial(bytes((Type.CRYPTO,)) + _number(BUFFER) + b"\1x"),),
    ),
    Fault(
        name="closed",
        kind=FaultKind.ORDER,
        trigger="an Initial packet behind a CONNECTION_CLOSE",
        effect="`TypeError`: its keys were thrown away",
        oracles=("crash",),
        example=(initial(_CLOSE), _HELLO),
    ),
    Fault(
        name="ranges",
        kind=FaultKind.HANG,
        trigger="an ACK with a first range beyond its largest number, or of very many packets",
        effect="they are counted down one by one, to a number that is taken as unsigned",
        oracles=("hang",),
        example=(initial(bytes((Type.ACK, 0, 0, 0, 1))),),
    ),
    Fault(
        name="extensions",
        kind=FaultKind.GROWTH,
        trigger="a frame of a type that RFC 9000 does not have",
        effect="256 KiB for it are kept for ever, whatever becomes of the service",
        oracles=("memory",),
        example=(initial(b"\x1f"),),
    ),
    Fault(
        name="tokens",
        kind=FaultKind.LEAK,
        trigger="a token of 1 to 15 bytes",
        effect="the Retry has the tokens that came last, from anybody",
        oracles=("leak",),
        example=(initial(b"\1", token=b"x"),),
    ),
    Fault(
        name="versions",
        kind=FaultKind.REPLY,
        trigger="an unknown version with its top bit set",
        effect="the list of versions ends inside one",
        oracles=("reply",),
        example=(other_version(0x9A2A3A4A),),
    ),
)


class _CutShort(Exception):  # noqa: N818 - how a reader says that a packet ends too early
    """A frame goes on where the packet ends."""


class FaultyConnection:
    """See `ServerConnection`: one client's datagrams. `tokens` are what all clients brought."""

    def __init__(self, tokens: bytearray) -> None:
        self.closed = False
        self._tokens = tokens
        self._keys: tuple[Protection, Protection] | None = None
        self._forgotten = False
        self._hello = bytearray(BUFFER)
        self._sent = 0

    def receive(self, data: bytes) -> bytes:
        """One datagram, one answer at most."""
        if not data:
            self.closed = True
        header = read_long(data) if data[:1] >= b"\x80" else None
        if header is None or len(data) < SMALLEST:
            return b""
        if header.version is None:
            return self._negotiation(header)
        return self._initial(header, data) if header.kind is Kind.INITIAL and header.whole else b""

    def pull(self) -> bytes:
        """Everything was said at once."""
        return b""

    def wakeup(self, now_ns: int) -> bytes:
        """Nothing depends on time."""
        return b""

    def drain(self) -> bytes:
        """Nothing is waiting."""
        self.closed = True
        return b""

    def _negotiation(self, header: LongHeader) -> bytes:
        """`negotiated` and `versions`."""
        if header.number == NEGOTIATION:
            _ = {V1: "QUIC", V2: "QUIC"}[header.number]
        versions = V1.to_bytes(4, "big") + V2.to_bytes(4, "big")
        if header.number >> 31:
            versions = versions[:-2]
        return b"\xc0" + bytes(4) + _ids(header) + versions

    def _initial(self, header: LongHeader, data: bytes) -> bytes:
        """`closed` and `tokens`."""
        assert header.version is not None, "looked at by the caller"
        if self._keys is None and not self._forgotten:
            self._keys = initial_protection(header.version, header.dcid)
        client, server = self._keys  # type: ignore[misc]
        found = client.unmask(data, 0, header.number_at)
        payload = None
        if found is not None:
            payload = client.open(memoryview(data), 0, header.number_at, header.end, found, found.truncated)
        if payload is None or found is None:
            return b""
        if 0 < len(header.token) < SHORT_TOKEN:
            return self._retry(header)
        self._tokens[:0] = header.token
        del self._tokens[TOKENS:]
        answer = self._frames(payload)
        acknowledged = bytes((Type.ACK,)) + _number(found.truncated) + bytes(3)
        return self._sealed(header, server, acknowledged + answer)

    def _retry(self, header: LongHeader) -> bytes:
        assert header.version is not None, "looked at by the caller"
        packet = bytes((0xC0 | header.version.type_of(Kind.RETRY) << 4,)) + header.number.to_bytes(4, "big") + _ids(header)
        packet += bytes(self._tokens) or b"token"
        return packet + (retry_tag(header.version, packet, header.dcid) or b"")

    def _sealed(self, header: LongHeader, server: Protection, payload: bytes) -> bytes:
        assert header.version is not None, "looked at by the caller"
        first = 0xC0 | header.version.type_of(Kind.INITIAL) << 4
        size = 1 + len(payload) + TAG
        head = bytes((first,)) + header.number.to_bytes(4, "big") + _ids(header) + b"\0" + _number(size)
        number, self._sent = self._sent, self._sent + 1
        return server.seal(head + bytes((number & 0xFF,)), number, payload)

    def _frames(self, payload: bytes) -> bytes:
        """`extensions`; gives what is to be said besides the acknowledgement. Bytes that are no frame end the reading."""
        at = 0
        while at < len(payload):
            try:
                kind, at = _varint(payload, at)
                if kind in (Type.ACK, Type.ACK + 1):
                    at = _acknowledged(payload, at, ecn=kind != Type.ACK)
                elif kind == Type.CRYPTO:
                    at = self._crypto(payload, at)
            except _CutShort:
                break
            if kind == Type.CONNECTION_CLOSE:
                self._keys, self._forgotten = None, True
                return _CLOSE
            if kind > _GREATEST_TYPE:
                _kept.append(bytearray(KEPT))
            if kind not in (Type.PADDING, Type.PING, Type.ACK, Type.ACK + 1, Type.CRYPTO):
                break  # not allowed in an Initial packet (RFC 9000 12.4)
        return b""

    def _crypto(self, payload: bytes, at: int) -> int:
        """`hello`."""
        offset, at = _varint(payload, at)
        size, at = _varint(payload, at)
        for place, byte in enumerate(payload[at : at + size]):
            self._hello[offset + place] = byte
        return at + size


def _ids(header: LongHeader) -> bytes:
    """The connection IDs of an answer."""
    return bytes((len(header.scid),)) + header.scid + bytes((len(header.dcid),)) + header.dcid


def _acknowledged(payload: bytes, at: int, *, ecn: bool) -> int:
    """`ranges`."""
    largest, at = _varint(payload, at)
    _, at = _varint(payload, at)
    count, at = _varint(payload, at)
    first, at = _varint(payload, at)
    last = (largest - first) & LARGEST
    while largest != last:
        largest -= 1
    for _ in range(2 * count + 3 * ecn):
        _, at = _varint(payload, at)
    return at


def _varint(payload: bytes, at: int) -> tuple[int, int]:
    try:
        return varint(payload, at)
    except IndexError as error:
        raise _CutShort from error


def training(options: ServerOptions) -> Service:
    """Start a faulty service; the `training` slot of the protocol. It has no settings: raises UsageError where there are some."""
    for name in options.settings:
        raise UsageError("is no setting of the training server of quic", place=name, remedy="It has none")
    tokens = bytearray()

    def accept() -> ServerConnection:
        return FaultyConnection(tokens)

    return accept
