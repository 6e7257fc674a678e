"""Packet protection (RFC 9001 5): header protection taken off and put on, payloads opened and sealed.

`Protection` is one direction at one level in one generation of keys; what it needs of the cipher library is made once and kept. Which
keys a packet needs is decided by `connection`, how long its number is known to be by `numbers`. The library is imported with the first key.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from workbench_quic.keys import AES_128_GCM, Suite, header_key, initial_secrets, next_secret, packet_keys
from workbench_quic.versions import Version

__all__ = ["SAMPLE", "SAMPLE_AT", "TAG", "Protection", "Unmasked", "initial_protection", "retry_tag"]

SAMPLE = 16
"""Bytes of ciphertext that make the mask (RFC 9001 5.4.2)."""

SAMPLE_AT = 4
"""The sample begins where the payload would if the packet number had its longest form."""

TAG = 16
"""Bytes by which sealing makes a payload longer: all AEADs of QUIC (RFC 9001 5.3)."""

_LONG = 0x80
_LONG_BITS, _SHORT_BITS = 0x0F, 0x1F
"""Bits of the first byte that are masked (RFC 9001 5.4.1)."""

_STEADY_BITS = 0x1C
"""Those of them that stay: the reserved ones and the key phase (RFC 9000 17.3.1)."""
_MASK = 5
"""Bytes of a mask that count: one for the first byte, four for the packet number."""
_NUMBERS = ((0, 32), (0xFF, 24), (0xFFFF, 16), (0xFFFFFF, 8), (0xFFFFFFFF, 0))
"""What of a packet number is sent, and where the mask of that is, by bytes."""

_BYTES = tuple(bytes((value,)) for value in range(256))

Mask = Callable[[bytes], bytes]
"""From a sample to the mask, of which five bytes count."""


class Unmasked(NamedTuple):
    """The first byte without its mask, and the packet number as it was sent: its bytes, and how many."""

    first: int
    truncated: int
    size: int


class _Aead(Protocol):
    def encrypt(self, nonce: bytes, data: Any, associated_data: Any) -> bytes: ...

    def decrypt(self, nonce: bytes, data: Any, associated_data: Any) -> bytes: ...


class Protection:
    """See the module. `secret` is the traffic secret; `mask` is given by the generation before, since key updates leave it."""

    __slots__ = ("_aead", "_invalid", "_iv", "_mask", "_next", "secret", "suite", "version")

    def __init__(self, secret: bytes, suite: Suite, version: Version, mask: Mask | None = None) -> None:
        from cryptography.exceptions import InvalidTag

        keys = packet_keys(secret, suite, version)
        self.secret = secret
        self.suite = suite
        self.version = version
        self._invalid = InvalidTag
        self._aead = _aead(suite, keys.key)
        self._iv = int.from_bytes(keys.iv, "big")
        self._mask = _mask(suite, header_key(secret, suite, version)) if mask is None else mask
        self._next: Protection | None = None

    @property
    def next(self) -> "Protection":
        """The generation after this one (RFC 9001 6.1)."""
        if self._next is None:
            secret = next_secret(self.secret, self.suite, self.version)
            self._next = Protection(secret, self.suite, self.version, self._mask)
        return self._next

    def unmask(self, data: bytes, start: int, number_at: int) -> Unmasked | None:
        """Look below the header protection of the packet that begins at `start`, its number at `number_at`; None where it is too short.

        The sample is taken from whatever follows: that the packet reaches so far is for the caller to know.
        """
        sample_at = number_at + SAMPLE_AT
        sample = data[sample_at : sample_at + SAMPLE]
        if len(sample) < SAMPLE:
            return None
        mask = self._mask(sample)
        first = data[start]
        first ^= mask[0] & (_LONG_BITS if first & _LONG else _SHORT_BITS)
        size = (first & 3) + 1
        truncated = int.from_bytes(data[number_at : number_at + size], "big") ^ int.from_bytes(mask[1 : 1 + size], "big")
        return Unmasked(first, truncated, size)

    def open(self, data: memoryview, start: int, number_at: int, end: int, found: Unmasked, number: int) -> bytes | None:
        """The payload of the packet in `data[start:end]`; None where it does not authenticate.

        `found` is what `unmask` gave, `number` the whole packet number.
        """
        first, truncated, size = found
        header = b"".join((bytes((first,)), data[start + 1 : number_at], truncated.to_bytes(size, "big")))
        nonce = (self._iv ^ number).to_bytes(12, "big")
        try:
            return self._aead.decrypt(nonce, data[number_at + size : end], header)
        except (self._invalid, ValueError):  # ValueError: not even long enough for a tag
            return None

    def open_next(self, data: bytes, number_at: int, number: int, bits: int) -> tuple[int, int, bytes] | None:
        """The packet with a short header in `data` if it has this number, and these reserved and key phase bits: its first byte without the
        mask, in how many bytes the number was sent, and the payload. None where it has others, or does not authenticate.

        Made for most packets of large captures; so it makes no objects but those that it cannot do without.
        """
        sample = data[number_at + SAMPLE_AT : number_at + SAMPLE_AT + SAMPLE]
        if len(sample) < SAMPLE:
            return None
        mask = int.from_bytes(self._mask(sample)[:_MASK], "big")
        first = data[0] ^ mask >> 32 & _SHORT_BITS
        if first & _STEADY_BITS != bits:
            return None
        size = (first & 3) + 1
        middle = number_at + size
        ones, shift = _NUMBERS[size]
        truncated = number & ones
        if int.from_bytes(data[number_at:middle], "big") ^ mask >> shift & ones != truncated:
            return None
        header = b"".join((_BYTES[first], data[1:number_at], truncated.to_bytes(size, "big")))
        try:
            return first, size, self._aead.decrypt((self._iv ^ number).to_bytes(12, "big"), data[middle:], header)
        except (self._invalid, ValueError):
            return None

    def seal(self, header: bytes, number: int, payload: bytes) -> bytes:
        """A protected packet. `header` is all before the payload in the clear, its packet number (last) included.

        Raises `ValueError` for a payload too short to be sampled: the sender has to add PADDING (RFC 9001 5.4.2).
        """
        size = (header[0] & 3) + 1
        if len(payload) + size < SAMPLE_AT:
            raise ValueError(f"{len(payload)} bytes of payload and {size} of packet number leave nothing to sample")
        sealed = self._aead.encrypt((self._iv ^ number).to_bytes(12, "big"), payload, header)
        mask = self._mask(sealed[SAMPLE_AT - size : SAMPLE_AT - size + SAMPLE])
        first = header[0] ^ mask[0] & (_LONG_BITS if header[0] & _LONG else _SHORT_BITS)
        masked = int.from_bytes(header[-size:], "big") ^ int.from_bytes(mask[1 : 1 + size], "big")
        return bytes((first,)) + header[1:-size] + masked.to_bytes(size, "big") + sealed


def initial_protection(version: Version, destination: bytes) -> tuple[Protection, Protection]:
    """Those of the client's and the server's Initial packets (RFC 9001 5.2), from the Destination Connection ID that the client's first
    Initial packet had, or its first one after a Retry."""
    client, server = initial_secrets(version, destination)
    return Protection(client, AES_128_GCM, version), Protection(server, AES_128_GCM, version)


def retry_tag(version: Version, packet: bytes, original: bytes) -> bytes | None:
    """The integrity tag of a Retry packet (without its tag), sent in answer to an Initial packet to the connection ID `original` (RFC 9001
    5.8). None for drafts that had none."""
    if not version.retry_key:
        return None
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    pseudo = bytes((len(original),)) + original + packet
    return AESGCM(version.retry_key).encrypt(version.retry_nonce, b"", pseudo)


def _aead(suite: Suite, key: bytes) -> _Aead:
    from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305

    if suite.cipher == "CHACHA20":
        return ChaCha20Poly1305(key)
    return AESCCM(key) if suite.cipher == "AES-CCM" else AESGCM(key)


def _mask(suite: Suite, key: bytes) -> Mask:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES, ChaCha20

    if suite.cipher == "CHACHA20":
        # RFC 9001 5.4.4: the sample is counter and nonce, as the library wants them
        return lambda sample: Cipher(ChaCha20(key, sample), None).encryptor().update(bytes(5))
    from cryptography.hazmat.primitives.ciphers.modes import ECB

    return Cipher(AES(key), ECB()).encryptor().update  # noqa: S305 - one block, as RFC 9001 5.4.3 wants it
