"""From secrets to packet protection keys (RFC 9001 5.1, 5.2, 6.1), for every cipher suite of TLS 1.3 that QUIC may use.

Only derivation; what the keys do to packets is `protection`.
"""

import hmac
from dataclasses import dataclass, field

from workbench_quic.versions import Version

__all__ = [
    "AES_128_GCM",
    "SUITES",
    "PacketKeys",
    "Suite",
    "expand_label",
    "header_key",
    "initial_secrets",
    "next_secret",
    "packet_keys",
]

IV_SIZE = 12
"""RFC 9001 5.3: every AEAD here has nonces of 96 bits."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A cipher suite: `cipher` is the AEAD ("AES-GCM", "AES-CCM", "CHACHA20"), `key` the bytes of its key, `hash` that of the key schedule
    (hashlib's name, which is also the size of traffic secrets: 32 or 48)."""

    number: int
    name: str
    cipher: str
    key: int
    hash: str
    secret: int


AES_128_GCM = Suite(0x1301, "TLS_AES_128_GCM_SHA256", "AES-GCM", 16, "sha256", 32)
"""Protects Initial packets, whatever the handshake chooses (RFC 9001 5.2)."""

SUITES = {
    suite.number: suite
    for suite in (
        AES_128_GCM,
        Suite(0x1302, "TLS_AES_256_GCM_SHA384", "AES-GCM", 32, "sha384", 48),
        Suite(0x1303, "TLS_CHACHA20_POLY1305_SHA256", "CHACHA20", 32, "sha256", 32),
        Suite(0x1304, "TLS_AES_128_CCM_SHA256", "AES-CCM", 16, "sha256", 32),
    )
}
"""By number. RFC 9001 5.3 leaves out TLS_AES_128_CCM_8_SHA256, which has no header protection."""


@dataclass(frozen=True, slots=True)
class PacketKeys:
    """What protects the payloads of one direction in one generation."""

    key: bytes = field(repr=False)
    iv: bytes = field(repr=False)


def expand_label(secret: bytes, label: bytes, length: int, hash_name: str) -> bytes:
    """HKDF-Expand-Label with an empty context (RFC 8446 7.1)."""
    full = b"tls13 " + label
    info = length.to_bytes(2, "big") + bytes((len(full),)) + full + b"\0"
    out = block = b""
    counter = 0
    while len(out) < length:
        counter += 1
        block = hmac.digest(secret, block + info + bytes((counter,)), hash_name)
        out += block
    return out[:length]


def initial_secrets(version: Version, destination: bytes) -> tuple[bytes, bytes]:
    """Secrets of client and server for Initial packets, from the first Destination Connection ID (RFC 9001 5.2)."""
    secret = hmac.digest(version.salt, destination, "sha256")
    return expand_label(secret, b"client in", 32, "sha256"), expand_label(secret, b"server in", 32, "sha256")


def packet_keys(secret: bytes, suite: Suite, version: Version) -> PacketKeys:
    """Key and IV of a traffic secret."""
    return PacketKeys(
        expand_label(secret, version.label + b"key", suite.key, suite.hash),
        expand_label(secret, version.label + b"iv", IV_SIZE, suite.hash),
    )


def header_key(secret: bytes, suite: Suite, version: Version) -> bytes:
    """The header protection key of a traffic secret; key updates leave it as it is (RFC 9001 6.1)."""
    return expand_label(secret, version.label + b"hp", suite.key, suite.hash)


def next_secret(secret: bytes, suite: Suite, version: Version) -> bytes:
    """The traffic secret after a key update (RFC 9001 6.1)."""
    return expand_label(secret, version.label + b"ku", suite.secret, suite.hash)
