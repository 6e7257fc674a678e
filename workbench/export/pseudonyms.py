"""Addresses under other names, prefix-preserving: two addresses share as many leading bits afterwards as they did before.

The construction is Crypto-PAn's (Xu, Fan, Ammar and Moon 2002): each bit is flipped or not by a keyed function of the bits before it; the
function here is BLAKE2s instead of AES, which the standard library has not. It is one to one, and nobody without the key undoes it.
What an address is, not whose, stays visible: its first bits, which tell multicast and link-local ones, the addresses of all zeros and all
ones, and ::1.
"""

from functools import lru_cache
from hashlib import blake2s

__all__ = ["MOST_REMEMBERED", "Pseudonyms"]

KEPT_BITS = {4: 4, 16: 8}
"""Leading bits that stay, by the length of the address: 224.0.0.0/4 and 240.0.0.0/4, ff00::/8 and fe00::/8 keep their meaning."""

MOST_REMEMBERED = 65_536
"""Addresses whose pseudonyms are remembered: each takes a hash for each bit."""

_GROUP_AND_LOCAL = 0b11
"""The two low bits of a hardware address's first byte: group address, locally administered (IEEE 802)."""


class Pseudonyms:
    """A key's view of addresses. The same key gives the same pseudonyms, so that several captures still fit together."""

    def __init__(self, key: bytes) -> None:
        self._key = blake2s(key, person=b"capture").digest()
        self.ip = lru_cache(MOST_REMEMBERED)(self._ip)
        """The pseudonym of a packed IPv4 or IPv6 address, of the same length."""
        self.mac = lru_cache(MOST_REMEMBERED)(self._mac)
        """The pseudonym of a hardware address; broadcast, no address and the kind of address stay."""

    def _ip(self, address: bytes) -> bytes:
        width = 8 * len(address)
        number = int.from_bytes(address, "big")
        mask = 0
        for bit in range(KEPT_BITS[len(address)], width):
            prefix = number >> (width - bit)
            # after zeros or ones alone nothing is flipped, so that 0.0.0.0 and 255.255.255.255 stay, and no other address becomes them
            if prefix not in (0, (1 << bit) - 1):
                mask |= self._flip(prefix, bit, width) << (width - 1 - bit)
        return (number ^ mask).to_bytes(len(address), "big")

    def _flip(self, prefix: int, bit: int, width: int) -> int:
        told = bytes((width, bit)) + prefix.to_bytes(width // 8, "big")
        return blake2s(told, key=self._key, digest_size=1, person=b"ip").digest()[0] & 1

    def _mac(self, address: bytes) -> bytes:
        if address in (bytes(len(address)), b"\xff" * len(address)):
            return address
        made = bytearray(blake2s(address, key=self._key, digest_size=len(address), person=b"mac").digest())
        made[0] = made[0] & ~_GROUP_AND_LOCAL | address[0] & _GROUP_AND_LOCAL
        return bytes(made)
