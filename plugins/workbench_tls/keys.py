"""Key derivation: HKDF-Expand-Label of TLS 1.3 (RFC 8446 7.1), the PRF of TLS 1.0 to 1.2 (RFC 2246 5, 5246 5), and key blocks."""

import hashlib
import hmac
from dataclasses import dataclass

from workbench_tls.suites import Suite

__all__ = ["KeyBlock", "expand_label", "key_block", "next_secret", "prf", "record_keys"]

_TLS12 = 0x0303


def expand_label(secret: bytes, label: bytes, length: int, hash_name: str) -> bytes:
    """HKDF-Expand-Label with an empty context."""
    full = b"tls13 " + label
    info = length.to_bytes(2, "big") + bytes((len(full),)) + full + b"\0"
    out = block = b""
    for number in range(1, -(-length // hashlib.new(hash_name).digest_size) + 1):
        block = hmac.digest(secret, block + info + bytes((number,)), hash_name)
        out += block
    return out[:length]


def record_keys(secret: bytes, suite: Suite) -> tuple[bytes, bytes]:
    """Key and IV of a traffic secret (RFC 8446 7.3)."""
    return expand_label(secret, b"key", suite.key, suite.hash), expand_label(secret, b"iv", 12, suite.hash)


def next_secret(secret: bytes, hash_name: str) -> bytes:
    """The traffic secret after a KeyUpdate (RFC 8446 7.2)."""
    return expand_label(secret, b"traffic upd", len(secret), hash_name)


def _expand(secret: bytes, seed: bytes, length: int, hash_name: str) -> bytes:
    """P_hash (RFC 5246 5)."""
    out, block = b"", seed
    while len(out) < length:
        block = hmac.digest(secret, block, hash_name)
        out += hmac.digest(secret, block + seed, hash_name)
    return out[:length]


def prf(secret: bytes, label: bytes, seed: bytes, length: int, *, version: int, hash_name: str) -> bytes:
    """The pseudorandom function of a version; before TLS 1.2 the XOR of two (RFC 2246 5)."""
    if version >= _TLS12:
        return _expand(secret, label + seed, length, hash_name)
    half = (len(secret) + 1) // 2
    one = _expand(secret[:half], label + seed, length, "md5")
    other = _expand(secret[len(secret) - half :], label + seed, length, "sha1")
    return bytes(left ^ right for left, right in zip(one, other, strict=True))


@dataclass(frozen=True, slots=True)
class KeyBlock:
    """What one direction takes from the key block (RFC 5246 6.3). `iv` is the AEAD's fixed part, or the first IV of CBC in TLS 1.0."""

    mac: bytes
    key: bytes
    iv: bytes


def key_block(
    master: bytes, client_random: bytes, server_random: bytes, suite: Suite, version: int, block: int
) -> tuple[KeyBlock, KeyBlock]:
    """The keys of client and server; `block` is the block size of a CBC cipher, 0 for others."""
    mac = hashlib.new(suite.mac).digest_size if suite.mac else 0
    iv = suite.fixed_iv or (block if version <= 0x0301 else 0)
    seed = server_random + client_random
    data = prf(master, b"key expansion", seed, 2 * (mac + suite.key + iv), version=version, hash_name=suite.hash)
    parts = []
    for size in (mac, mac, suite.key, suite.key, iv, iv):
        parts.append(data[:size])
        data = data[size:]
    return KeyBlock(*parts[0::2]), KeyBlock(*parts[1::2])
