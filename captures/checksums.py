"""Internet checksums (RFC 1071): are they right, and if not, did the network card simply not get to fill them in?

A host that leaves checksums to its network card captures its own packets before the card has done so: the field then holds zero,
or the sum over the pseudo header only. That is worth a note, not an error.
"""

from enum import Enum

__all__ = ["Verdict", "checksum", "pseudo_header", "verify"]


class Verdict(Enum):
    """What a checksum field says about its packet."""

    GOOD = "correct"
    BAD = "wrong"
    PARTIAL = "partial: left to the network card"
    UNFILLED = "not filled in: left to the network card"


def checksum(data: bytes) -> int:
    """The one's complement of the one's complement sum of all 16-bit words; odd data are padded with a zero byte."""
    return ~_sum(data) & 0xFFFF


def pseudo_header(source: bytes, destination: bytes, protocol: int, length: int) -> bytes:
    """What TCP, UDP and ICMPv6 sum before themselves (RFC 9293 section 3.1, RFC 8200 section 8.1)."""
    if len(source) == 16:
        return source + destination + length.to_bytes(4, "big") + protocol.to_bytes(4, "big")
    return source + destination + protocol.to_bytes(2, "big") + (length & 0xFFFF).to_bytes(2, "big")


def verify(data: bytes, at: int, pseudo: bytes = b"") -> tuple[Verdict, int]:
    """Judge the checksum at offset `at` of `data`; also gives the right value."""
    found = int.from_bytes(data[at : at + 2], "big")
    right = checksum(pseudo + data[:at] + b"\0\0" + data[at + 2 :])
    # 0 and 0xffff are the same number in one's complement
    if found == right or (found, right) in ((0, 0xFFFF), (0xFFFF, 0)):
        return Verdict.GOOD, right
    if found == 0:
        return Verdict.UNFILLED, right
    if pseudo and found == _sum(pseudo):
        return Verdict.PARTIAL, right
    return Verdict.BAD, right


def _sum(data: bytes) -> int:
    """One's complement sum: a big number of 16-bit digits modulo 0xffff."""
    if len(data) % 2:
        data += b"\0"
    total = int.from_bytes(data, "big")
    return total % 0xFFFF or (0xFFFF if total else 0)
