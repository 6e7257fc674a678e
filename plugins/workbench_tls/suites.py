"""What the name of a cipher suite says about how records are protected; the names are `suite_names`."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

from workbench_tls.suite_names import CIPHER_SUITES

__all__ = ["Suite", "suite_of"]

Kind = Literal["aead", "cbc", "stream", "null"]


@dataclass(frozen=True, slots=True)
class Suite:
    """How records of a suite are protected. `hash` names the hash of the key schedule, `mac` that of the record MAC (hashlib's names).

    `cipher` is the name of the algorithm ("AES", "CHACHA20", "CAMELLIA", "3DES", "RC4", "NULL"), `mode` its AEAD mode where it has one.
    `key`, `fixed_iv` and `tag` are bytes; `fixed_iv` is the part of the nonce that the key block gives (RFC 5288 3, RFC 7905 2).
    """

    kind: Kind
    cipher: str
    mode: str = ""
    key: int = 0
    fixed_iv: int = 0
    tag: int = 16
    hash: str = "sha256"
    mac: str = ""


_KEYS = {
    "AES_128": ("AES", 16),
    "AES_256": ("AES", 32),
    "CAMELLIA_128": ("CAMELLIA", 16),
    "CAMELLIA_256": ("CAMELLIA", 32),
    "3DES_EDE": ("3DES", 24),
    "RC4_128": ("RC4", 16),
    "NULL": ("NULL", 0),
}
_HASHES = {"SHA": "sha1", "MD5": "md5", "SHA256": "sha256", "SHA384": "sha384"}


@cache
def suite_of(number: int) -> Suite | None:
    """What the name of a suite says; None for suites that are not decrypted here (export grades, ARIA, GOST, …)."""
    name = CIPHER_SUITES.get(number, "")
    if "EXPORT" in name:
        return None
    words = name.partition("_WITH_")[2] or (name.removeprefix("TLS_") if number >> 8 == 0x13 else "")
    if words.startswith("CHACHA20_POLY1305"):
        return Suite("aead", "CHACHA20", "POLY1305", key=32, fixed_iv=12)
    algorithm = next((text for text in _KEYS if words.startswith(text)), None)
    if algorithm is None:
        return None
    cipher, key = _KEYS[algorithm]
    mode, _, hashed = words[len(algorithm) :].strip("_").rpartition("_")
    if mode == "GCM" or "CCM" in words:
        return _aead(number, cipher, key, words, hashed)
    mac = _HASHES.get(hashed)
    if mac is None:
        return None
    # RFC 5246 5: TLS 1.2 uses SHA-256 in its PRF unless the suite names a stronger hash
    prf = "sha384" if mac == "sha384" else "sha256"
    if mode == "CBC":
        return Suite("cbc", cipher, key=key, tag=0, hash=prf, mac=mac)
    return Suite("null" if cipher == "NULL" else "stream", cipher, key=key, tag=0, hash=prf, mac=mac) if not mode else None


def _aead(number: int, cipher: str, key: int, words: str, hashed: str) -> Suite | None:
    if cipher != "AES":
        return None
    hashed = _HASHES.get(hashed, "sha256")
    tag = 8 if "CCM_8" in words else 16
    return Suite("aead", cipher, "CCM" if "CCM" in words else "GCM", key, 12 if number >> 8 == 0x13 else 4, tag, hashed)
