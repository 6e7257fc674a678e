"""Several datagrams that were captured as one.

Systems let programs send many datagrams of equal size with one call, and join received ones for them (UDP GSO and GRO). A capture on such a
host may show them before they are cut, or joined, as one datagram larger than any network carries. Short headers do not say how long their
packet is; but the next packet begins like this one, and only the right end makes the packet authenticate.
"""

from collections.abc import Iterator

from workbench_quic.headers import LONG

__all__ = ["LARGEST_USUAL", "MOST_TRIES", "MOST_VAIN", "segment_ends"]

MOST_TRIES = 4
"""Places at which the same connection ID is found again and tried. The first one is right, unless the ID is short."""

MOST_VAIN = 32
"""Packets of a connection in a row that end nowhere, after which nothing is tried any more: each try is three authenticated decryptions,
and there may be three hundred for one packet."""

SMALLEST_USUAL, LARGEST_USUAL = 1200, 1500
"""Bytes of the datagrams that are joined, where no connection ID tells: QUIC's smallest (RFC 9000 14), and those of Ethernet."""

_LONG_ID_AT = 6
"""Where the Destination Connection ID is in a long header, behind its length (RFC 8999 5.1)."""

SHORTEST = 21
"""Bytes of a packet: its first one, and as many as a sample and the longest number need (RFC 9001 5.4.2)."""


def segment_ends(raw: bytes, cid: bytes, before: int) -> Iterator[int]:
    """Where a packet with a short header, which is sent to `cid` and begins these bytes, may end if another datagram follows it.

    `before` is how long the datagram before it was, of those that came together; 0 for the first one.
    """
    if SHORTEST <= before < len(raw):
        yield before
    if cid:
        place = raw.find(cid, SHORTEST + 1)
        for _ in range(MOST_TRIES):
            if place < 0:
                return
            long = raw[place - 1] == len(cid) and raw[place - _LONG_ID_AT] & LONG
            yield place - (_LONG_ID_AT if long else 1)
            place = raw.find(cid, place + 1)
    elif len(raw) > LARGEST_USUAL:
        yield from range(LARGEST_USUAL, SMALLEST_USUAL - 1, -1)
