"""Conversations in TLS for tests: real ones, between two ends of Python's own TLS in memory, and records put together by hand."""

import datetime as dt
import ssl
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dissectors.secrets import SecretStore
from dissectors.tracing import trace
from workbench.api import (
    NO_SECRETS,
    Chunk,
    Direction,
    Endpoint,
    FlowContext,
    FlowKey,
    Inner,
    Limits,
    Memory,
    Message,
    Secrets,
)
from workbench_tls import PROTOCOL
from workbench_tls.bodies import Agreed
from workbench_tls.decoder import TlsDecoder
from workbench_tls.handshake import Handshake, read_handshake

CLIENT, SERVER = Direction.TO_SERVER, Direction.TO_CLIENT
Turn = tuple[Direction, bytes | int]
NAME = "server.example"


@cache
def certificate_der() -> bytes:
    """A self-signed certificate, with an extension of each usual kind."""
    return _certificate()[0]


@cache
def _certificate() -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Protocol Workbench"),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME),
        ]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(0x1234567890ABCDEF)
        .not_valid_before(dt.datetime(2020, 2, 3, 4, 5, 6, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2060, 1, 1, tzinfo=dt.UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME), x509.DNSName("*.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=3), critical=True)
        .add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.KeyUsage(True, False, False, False, False, True, False, False, False), critical=True)
    )
    signed = builder.sign(key, hashes.SHA256())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + signed.public_bytes(serialization.Encoding.PEM)
    return signed.public_bytes(serialization.Encoding.DER), pem


@dataclass
class Recorded:
    """A conversation as the wire saw it, and the key log."""

    turns: list[tuple[Direction, bytes]] = field(default_factory=list)
    keylog: bytes = b""
    session: ssl.SSLSession | None = None

    @property
    def secrets(self) -> SecretStore:
        """What the key log knows."""
        return SecretStore(lambda: [self.keylog])


class Party:
    """Both ends of TLS connections with one configuration."""

    def __init__(self, folder: Path, *, version: ssl.TLSVersion, ciphers: str = "", alpn: Sequence[str] = ()) -> None:
        pem = folder / "server.pem"
        pem.write_bytes(_certificate()[1])
        self.log = folder / f"{version.name}-{len(list(folder.iterdir()))}.keys"
        self.client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.client.check_hostname = False
        self.client.verify_mode = ssl.CERT_NONE
        self.client.keylog_filename = str(self.log)
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.load_cert_chain(pem)
        for context in (self.client, self.server):
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.maximum_version = version
            context.minimum_version = version
            if ciphers:
                context.set_ciphers(ciphers)
            if alpn:
                context.set_alpn_protocols(list(alpn))

    def talk(self, *lines: bytes, session: ssl.SSLSession | None = None) -> Recorded:
        """One connection: the client says a line, the server says it back, and so on; then both close."""
        before = self.log.read_bytes() if self.log.exists() else b""
        sent, received = ({way: ssl.MemoryBIO() for way in Direction} for _ in range(2))
        client = self.client.wrap_bio(received[SERVER], sent[CLIENT], server_hostname=NAME, session=session)
        server = self.server.wrap_bio(received[CLIENT], sent[SERVER], server_side=True)
        recorded = Recorded()

        def flush() -> None:
            for way in Direction:
                data = sent[way].read()
                if data:
                    recorded.turns.append((way, data))
                    received[way].write(data)

        for _ in range(4):
            for end in (client, server):
                _try(end.do_handshake)
                flush()
        for line in lines:
            client.write(line)
            flush()
            server.write(server.read(1 << 16))
            flush()
            assert client.read(1 << 16) == line
        recorded.session = client.session
        _try(client.unwrap)
        flush()
        _try(server.unwrap)
        flush()
        recorded.keylog = self.log.read_bytes()[len(before) :]
        return recorded


def _try(act: Callable[[], object]) -> None:
    try:
        act()
    except (ssl.SSLWantReadError, ssl.SSLSyscallError):
        return


def decode(
    turns: Iterable[Turn], *, secrets: Secrets = NO_SECRETS, size: int = 0, limits: Limits | None = None
) -> list[Message | Inner]:
    """What the decoder makes of a conversation; an int in place of bytes is that many lost ones. `size`: bytes per chunk."""
    flow = FlowKey("tcp", Endpoint("192.0.2.1", 40000), Endpoint("192.0.2.2", 443))
    context = FlowContext(stream=0, flow=flow, limits=limits or PROTOCOL.limits, trace=trace, memory=Memory(16), secrets=secrets)
    engine = TlsDecoder(context)
    found: list[Message | Inner] = []
    places = dict.fromkeys(Direction, 0)
    gaps = dict.fromkeys(Direction, 0)
    for direction, data in turns:
        if isinstance(data, int):
            gaps[direction] += data
            continue
        step = size or len(data) or 1
        for start in range(0, len(data), step):
            piece = data[start : start + step]
            offset = places[direction] + gaps[direction]
            found += engine.receive(Chunk(direction, offset, piece, gap=gaps[direction]))
            places[direction], gaps[direction] = offset + len(piece), 0
    for direction in Direction:
        found += engine.finish(direction)
    return found


def messages(turns: Iterable[Turn], *, secrets: Secrets = NO_SECRETS, size: int = 0) -> list[Message]:
    """The same without what is inside."""
    return [item for item in decode(turns, secrets=secrets, size=size) if isinstance(item, Message)]


def labels(turns: Iterable[Turn], direction: Direction, *, secrets: Secrets = NO_SECRETS) -> list[str]:
    """Labels of the messages of one direction."""
    return [message.label for message in messages(turns, secrets=secrets) if message.direction is direction]


def inside(turns: Iterable[Turn], direction: Direction, *, secrets: Secrets = NO_SECRETS, size: int = 0) -> bytes:
    """The bytes that one direction protected."""
    found = decode(turns, secrets=secrets, size=size)
    return b"".join(item.data for item in found if isinstance(item, Inner) and item.direction is direction)


def record(kind: int, data: bytes, version: int = 0x0303) -> bytes:
    """A record in the clear."""
    return bytes((kind,)) + version.to_bytes(2, "big") + len(data).to_bytes(2, "big") + data


def handshake(kind: int, body: bytes) -> bytes:
    """A handshake message."""
    return bytes((kind,)) + len(body).to_bytes(3, "big") + body


def extension(kind: int, data: bytes) -> bytes:
    """An extension."""
    return kind.to_bytes(2, "big") + len(data).to_bytes(2, "big") + data


def client_hello(*extensions: bytes, random: bytes = bytes(range(32)), suites: bytes = b"\x13\x01\xc0\x2b") -> bytes:
    """A ClientHello message."""
    block = b"".join(extensions)
    body = b"\x03\x03" + random + b"\0" + len(suites).to_bytes(2, "big") + suites + b"\1\0"
    return handshake(1, body + len(block).to_bytes(2, "big") + block)


def server_hello(*extensions: bytes, version: int = 0x0303, suite: int = 0xC02B, random: bytes = bytes(range(32, 64))) -> bytes:
    """A ServerHello message."""
    block = b"".join(extensions)
    body = version.to_bytes(2, "big") + random + b"\0" + suite.to_bytes(2, "big") + b"\0"
    return handshake(2, body + len(block).to_bytes(2, "big") + block)


def read(message: bytes, *, version: int = 0, suite: int = 0) -> Handshake:
    """One handshake message, dissected."""
    return read_handshake(trace, message, Agreed(version, suite))
