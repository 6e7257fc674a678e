"""QUIC connections with HTTP/3 inside, for the benchmarks: packets protected with secrets that the file carries.

Requests and responses of several sizes on a few streams at a time, acknowledgements for every second packet, windows that are moved. The
handshake is as long as keys and ALPN need; nobody checks its signature.
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random

from frames import Side, udp

from captures.pcapng_writer import PcapngWriter
from workbench.api import varint
from workbench_quic.keys import AES_128_GCM
from workbench_quic.protection import TAG, Protection, initial_protection
from workbench_quic.versions import V1, version_of

EXCHANGES = 24
"""Requests of one connection."""
MOST_AT_ONCE = 20
"""Connections at once."""
FULL = 1200
"""Bytes of stream data in a full packet."""
START_NS = 1_700_000_000_000_000_000
STEP_NS = 37_000

_INITIAL, _HANDSHAKE = 0xC1, 0xE1
_PADDING_TO = 1200
_VERSION = version_of(V1)
_X25519 = 0x001D
_SUITES = b"\x13\x01"
_CLIENT_LIMITS = {0x01: 30_000, 0x04: 1 << 30, 0x05: 1 << 28, 0x06: 1 << 28, 0x07: 1 << 28, 0x08: 1 << 20, 0x09: 100}


class End:
    """One end of a connection: its address, its connection ID, its keys and packet numbers, and what it has yet to acknowledge."""

    def __init__(self, side: Side, cid: bytes, random: Random) -> None:
        self.side = side
        self.cid = cid
        self.handshake_secret, self.secret = random.randbytes(32), random.randbytes(32)
        assert _VERSION is not None
        self.handshake = Protection(self.handshake_secret, AES_128_GCM, _VERSION)
        self.keys = Protection(self.secret, AES_128_GCM, _VERSION)
        self.number = 0
        self.received = -1
        self.unacknowledged = 0


def _extension(kind: int, body: bytes) -> bytes:
    return kind.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body


def _message(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + len(body).to_bytes(3, "big") + body


def _parameters(cid: bytes, more: dict[int, bytes]) -> bytes:
    values = {0x0F: cid, **{number: varint(value) for number, value in _CLIENT_LIMITS.items()}, **more}
    return _extension(0x39, b"".join(varint(number) + varint(len(value)) + value for number, value in values.items()))


def _client_hello(random: Random, client_random: bytes, cid: bytes) -> bytes:
    name = b"bench.example.test"
    extensions = (
        _extension(0, (len(name) + 3).to_bytes(2, "big") + b"\0" + len(name).to_bytes(2, "big") + name)
        + _extension(10, b"\0\x02" + _X25519.to_bytes(2, "big"))
        + _extension(13, b"\0\x02\x08\x04")
        + _extension(16, b"\0\x03\x02h3")
        + _extension(43, b"\x02\x03\x04")
        + _extension(51, b"\0\x24" + _X25519.to_bytes(2, "big") + b"\0\x20" + random.randbytes(32))
        + _parameters(cid, {})
    )
    body = b"\x03\x03" + client_random + b"\0" + b"\0\x02" + _SUITES + b"\x01\0" + len(extensions).to_bytes(2, "big") + extensions
    return _message(1, body)


def _server_hello(random: Random) -> bytes:
    extensions = _extension(43, b"\x03\x04") + _extension(51, _X25519.to_bytes(2, "big") + b"\0\x20" + random.randbytes(32))
    body = b"\x03\x03" + random.randbytes(32) + b"\0" + _SUITES + b"\0" + len(extensions).to_bytes(2, "big") + extensions
    return _message(2, body)


def _encrypted_extensions(cid: bytes, original: bytes) -> bytes:
    extensions = _extension(16, b"\0\x03\x02h3") + _parameters(cid, {0x00: original})
    return _message(8, len(extensions).to_bytes(2, "big") + extensions)


def _crypto(data: bytes) -> bytes:
    return b"\x06\x00" + varint(len(data)) + data


def _ack(end: End) -> bytes:
    end.unacknowledged = 0
    return b"\x02" + varint(end.received) + varint(20) + b"\0" + varint(min(end.received, 9))


def _stream(number: int, offset: int, data: bytes, last: bool) -> bytes:
    return bytes((0x0E | last,)) + varint(number) + varint(offset) + varint(len(data)) + data


def _long(first: int, destination: bytes, source: bytes, keys: Protection, payload: bytes, size: int = 0) -> bytes:
    """A packet with a long header and packet number 0 in two bytes, padded to `size`."""
    head = bytes((first,)) + V1.to_bytes(4, "big") + bytes((len(destination),)) + destination + bytes((len(source),)) + source
    head += b"\0" if first == _INITIAL else b""
    payload += bytes(max(0, size - len(head) - 4 - TAG - len(payload)))
    length = (0x4000 | len(payload) + 2 + TAG).to_bytes(2, "big")
    return keys.seal(head + length + b"\0\0", 0, payload)


def _short(sender: End, receiver: End, payload: bytes) -> bytes:
    number = sender.number
    sender.number += 1
    receiver.received = number
    receiver.unacknowledged += 1
    return sender.keys.seal(b"\x41" + receiver.cid + (number & 0xFFFF).to_bytes(2, "big"), number, payload)


def _handshake(random: Random, client: End, server: End, client_random: bytes) -> Iterator[bytes]:
    original = random.randbytes(8)
    assert _VERSION is not None
    theirs, ours = initial_protection(_VERSION, original)
    hello = _crypto(_client_hello(random, client_random, client.cid))
    yield udp(client.side, server.side, _long(_INITIAL, original, client.cid, theirs, hello, _PADDING_TO))
    answer = _long(_INITIAL, client.cid, server.cid, ours, b"\x02\0\0\0\0" + _crypto(_server_hello(random)))
    rest = _crypto(_encrypted_extensions(server.cid, original) + _message(20, random.randbytes(32)))
    answer += _long(_HANDSHAKE, client.cid, server.cid, server.handshake, rest, _PADDING_TO - len(answer))
    yield udp(server.side, client.side, answer)
    finished = b"\x02\0\0\0\0" + _crypto(_message(20, random.randbytes(32)))
    yield udp(client.side, server.side, _long(_HANDSHAKE, server.cid, client.cid, client.handshake, finished))
    settings = b"\0\x04\x04\x01\x00\x07\x00"  # the control stream of HTTP/3
    yield udp(server.side, client.side, _short(server, client, b"\x1e" + _stream(3, 0, settings, False)))
    yield udp(client.side, server.side, _short(client, server, _ack(client) + _stream(2, 0, settings, False)))


def _request(random: Random) -> bytes:
    """HEADERS with GET, https, an authority and a path as QPACK has them without its dynamic table."""
    path = f"/{random.choice(('api', 'static', 'v1/items'))}/{random.getrandbits(32):08x}".encode()
    block = b"\0\0\xd1\xd7" + b"\x50\x12bench.example.test" + b"\x51" + bytes((len(path),)) + path
    return b"\x01" + varint(len(block)) + block


def _response(random: Random) -> bytes:
    body = random.randbytes(random.choice((300, 300, 5_000, 5_000, 40_000, 150_000)))
    return b"\x01\x03\0\0\xd9" + b"\0" + varint(len(body)) + body


def _exchange(random: Random, client: End, server: End, stream: int) -> Iterator[bytes]:
    yield udp(client.side, server.side, _short(client, server, _stream(stream, 0, _request(random), True)))
    content = _response(random)
    for offset in range(0, len(content), FULL):
        part = content[offset : offset + FULL]
        payload = _ack(server) if server.unacknowledged else b""
        payload += _stream(stream, offset, part, offset + FULL >= len(content))
        yield udp(server.side, client.side, _short(server, client, payload))
        if client.unacknowledged >= 2:
            payload = _ack(client)
            if client.number % 16 == 0:
                payload += b"\x10" + varint((1 << 30) + client.number * FULL)
            yield udp(client.side, server.side, _short(client, server, payload))


def _connection(random: Random, client: End, server: End, client_random: bytes) -> Iterator[bytes]:
    yield from _handshake(random, client, server, client_random)
    running: list[Iterator[bytes]] = []
    begun = 0
    while running or begun < EXCHANGES:
        while len(running) < 3 and begun < EXCHANGES:
            running.append(_exchange(random, client, server, 4 * begun))
            begun += 1
        place = random.randrange(len(running))
        frame = next(running[place], None)
        if frame is None:
            running.pop(place)
        else:
            yield frame
    yield udp(client.side, server.side, _short(client, server, b"\x1d" + varint(0x100) + b"\0"))


def _begin(random: Random) -> tuple[Iterator[bytes], str]:
    """A connection, and the lines of a key log for it."""
    client = End(
        Side(b"\x02\0\0\0\0\x01", b"\x0a\x00" + random.randbytes(2), random.randrange(32_768, 61_000)),
        random.randbytes(8),
        random,
    )
    server = End(Side(b"\x02\0\0\0\0\x02", b"\x0a\x01" + random.randbytes(2), 443), random.randbytes(8), random)
    client_random = random.randbytes(32)
    lines = "".join(
        f"{label} {client_random.hex()} {secret.hex()}\n"
        for label, secret in (
            ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", client.handshake_secret),
            ("SERVER_HANDSHAKE_TRAFFIC_SECRET", server.handshake_secret),
            ("CLIENT_TRAFFIC_SECRET_0", client.secret),
            ("SERVER_TRAFFIC_SECRET_0", server.secret),
        )
    )
    return _connection(random, client, server, client_random), lines


def quic(path: Path, packets: int, seed: int = 7) -> None:
    """Write about `packets` packets of HTTP/3 over QUIC v1 and, before each connection's first one, its secrets."""
    random = Random(seed)
    with path.open("wb") as file:
        writer = PcapngWriter(file)
        writer.interface("bench")
        flows: list[Iterator[bytes]] = []
        written = 0
        while written < packets:
            while len(flows) < MOST_AT_ONCE:
                flow, lines = _begin(random)
                writer.secrets(lines.encode())
                flows.append(flow)
            slot = random.randrange(len(flows))
            frame = next(flows[slot], None)
            if frame is None:
                flows.pop(slot)
                continue
            writer.packet(START_NS + written * STEP_NS, frame)
            written += 1
        writer.flush()
