"""Record protection, the receiving half: one function object per direction and key, from ciphertext to plaintext or None.

AEAD of TLS 1.3 (RFC 8446 5.2) and 1.2 (RFC 5288, 6655, 7905), CBC with HMAC in both orders (RFC 5246 6.2.3.2, 7366), RC4 and NULL.
The cipher library is imported when the first key is used.
"""

import hmac
from collections.abc import Callable
from typing import Any, NamedTuple

from workbench_tls.keys import KeyBlock, record_keys
from workbench_tls.suites import Suite

__all__ = ["BLOCK_SIZES", "TAIL", "Opener", "Record", "opener12", "opener13"]

BLOCK_SIZES = {"AES": 16, "CAMELLIA": 16, "3DES": 8}
TAIL = 16 + 48
"""Bytes of a record that the next one may need: the largest block, and a MAC behind it."""


class Record(NamedTuple):
    """A protected record: its header fields, its body, its number, and the last bytes of the record before (TLS 1.0 chains CBC)."""

    kind: int
    version: int
    body: bytes
    number: int = 0
    before: bytes = b""


Opener = Callable[[Record], bytes | None]
"""Gives the plaintext, None where the record does not authenticate."""


def _aead(suite: Suite, key: bytes) -> Callable[[bytes, bytes, bytes], bytes | None]:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305

    cipher: AESGCM | AESCCM | ChaCha20Poly1305
    if suite.cipher == "CHACHA20":
        cipher = ChaCha20Poly1305(key)
    elif suite.mode == "CCM":
        cipher = AESCCM(key, tag_length=suite.tag)
    else:
        cipher = AESGCM(key)

    def decrypt(nonce: bytes, body: bytes, extra: bytes) -> bytes | None:
        try:
            return cipher.decrypt(nonce, body, extra)
        except (InvalidTag, ValueError):
            return None

    return decrypt


def opener13(secret: bytes, suite: Suite) -> Opener:
    """For records under a traffic secret of TLS 1.3. The plaintext ends with the inner content type and padding."""
    key, iv = record_keys(secret, suite)
    decrypt = _aead(suite, key)
    base = int.from_bytes(iv, "big")

    def opener(record: Record) -> bytes | None:
        nonce = (base ^ record.number).to_bytes(len(iv), "big")
        return decrypt(nonce, record.body, _header(record.kind, record.version, len(record.body)))

    return opener


def opener12(suite: Suite, keys: KeyBlock, version: int, *, mac_last: bool) -> Opener | None:
    """For records of TLS 1.0 to 1.2; `mac_last` says that encrypt-then-mac was agreed on. None where the cipher is not available."""
    if suite.kind == "aead":
        return _aead12(suite, keys)
    if suite.kind == "cbc":
        return _cbc(suite, keys, version, mac_last=mac_last)
    return _stream(suite, keys)


def _header(kind: int, version: int, length: int) -> bytes:
    return bytes((kind,)) + version.to_bytes(2, "big") + length.to_bytes(2, "big")


def _aead12(suite: Suite, keys: KeyBlock) -> Opener:
    decrypt = _aead(suite, keys.key)
    explicit = 12 - len(keys.iv)
    base = int.from_bytes(keys.iv, "big")

    def opener(record: Record) -> bytes | None:
        size = len(record.body) - explicit - suite.tag
        if size < 0:
            return None
        if explicit:
            nonce = keys.iv + record.body[:explicit]
        else:
            nonce = (base ^ record.number).to_bytes(12, "big")
        extra = record.number.to_bytes(8, "big") + _header(record.kind, record.version, size)
        return decrypt(nonce, record.body[explicit:], extra)

    return opener


def _authentic(suite: Suite, key: bytes, record: Record, data: bytes, mac: bytes) -> bool:
    covered = record.number.to_bytes(8, "big") + _header(record.kind, record.version, len(data)) + data
    return hmac.compare_digest(hmac.digest(key, covered, suite.mac), mac)


def _mac_size(suite: Suite) -> int:
    return {"md5": 16, "sha1": 20, "sha256": 32, "sha384": 48}[suite.mac]


def _cbc(suite: Suite, keys: KeyBlock, version: int, *, mac_last: bool) -> Opener | None:
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    algorithm, block, mac = _algorithm(suite, keys.key), BLOCK_SIZES[suite.cipher], _mac_size(suite)
    if algorithm is None:
        return None

    def opener(record: Record) -> bytes | None:
        body, seal = record.body, b""
        if mac_last:
            body, seal = body[:-mac], body[-mac:]
            if not _authentic(suite, keys.mac, record, body, seal):
                return None
        if version >= 0x0302:
            start, body = body[:block], body[block:]
        else:
            ciphertext = record.before[:-mac] if mac_last else record.before
            start = ciphertext[-block:] or keys.iv
        if not body or len(body) % block or len(start) != block:
            return None
        decryptor = Cipher(algorithm, modes.CBC(start)).decryptor()
        plain = decryptor.update(body) + decryptor.finalize()
        size = len(plain) - plain[-1] - 1
        if size < 0 or plain[size:] != plain[-1:] * (plain[-1] + 1):
            return None
        if mac_last:
            return plain[:size]
        data, seal = plain[: max(0, size - mac)], plain[max(0, size - mac) : size]
        return data if _authentic(suite, keys.mac, record, data, seal) else None

    return opener


def _algorithm(suite: Suite, key: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.algorithms import AES

    if suite.cipher == "AES":
        return AES(key)
    from cryptography.hazmat.decrepit.ciphers import algorithms

    found = getattr(algorithms, {"CAMELLIA": "Camellia", "3DES": "TripleDES", "RC4": "ARC4"}[suite.cipher], None)
    return found(key) if found is not None else None


def _stream(suite: Suite, keys: KeyBlock) -> Opener | None:
    """RC4 and NULL: the key stream runs on from record to record, so that none may be missed."""
    mac = _mac_size(suite)
    decrypt: Callable[[bytes], bytes] = bytes
    if suite.cipher == "RC4":
        from cryptography.hazmat.primitives.ciphers import Cipher

        decrypt = Cipher(_algorithm(suite, keys.key), mode=None).decryptor().update

    def opener(record: Record) -> bytes | None:
        if len(record.body) < mac:
            return None
        plain = decrypt(record.body)
        data, seal = plain[:-mac], plain[-mac:]
        return data if _authentic(suite, keys.mac, record, data, seal) else None

    return opener
