"""Header fields that lie at one place in every ordinary packet, read from the file for many packets at once.

Ordinary means what `captures.fastpath` decodes: Ethernet with at most one tag, Linux cooked, raw IP or loopback; IPv4 without options, IPv6
without extension headers. All other rows are flagged LAYERED and left to `filter_view`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from captures import marks

if TYPE_CHECKING:
    from captures.capture import Capture
    from dissectors.filter_columns import Block, Mask

__all__ = ["PLACES", "Place", "read_place"]

WINDOW = 1 << 22
"""Bytes of the file in memory at a time."""

_ETHERNET, _TAG, _IPV4, _IPV6 = 14, 4, 20, 40
_LINK_HEADERS = {
    marks.LINK_ETHERNET: _ETHERNET,
    marks.LINK_SLL: 16,
    marks.LINK_SLL2: 20,
    marks.LINK_NULL: 4,
    marks.LINK_LOOP: 4,
}
"""Bytes before the network header; none for raw IP."""

_LONGEST = 8
"""Bytes of a field that fit into a number."""


@dataclass(frozen=True, slots=True)
class Place:
    """`size` bytes `at` bytes behind the beginning of a header, without the `low` lowest bits, of which `bits` are left; times `factor`."""

    header: str
    at: int
    size: int
    low: int = 0
    bits: int = 64
    factor: int = 1

    @property
    def most(self) -> int:
        """No value is larger."""
        return ((1 << min(self.bits, 8 * self.size - self.low)) - 1) * self.factor


def _part(header: str, at: int, bit: int, bits: int, size: int = 1, factor: int = 1) -> Place:
    """`bits` bits from bit `bit` on, counted from the top of the `size` bytes at `at`."""
    return Place(header, at, size, 8 * size - bit - bits, bits, factor)


PLACES: dict[str, Place] = {
    "eth.dst": Place("eth", 0, 6),
    "eth.src": Place("eth", 6, 6),
    "eth.type": Place("eth", 12, 2),
    "vlan.priority": _part("vlan", 14, 0, 3),
    "vlan.dei": _part("vlan", 14, 3, 1),
    "vlan.etype": Place("vlan", 16, 2),
    "ip.version": _part("ip", 0, 0, 4),
    "ip.hdr_len": _part("ip", 0, 4, 4, factor=4),
    "ip.dsfield": Place("ip", 1, 1),
    "ip.dsfield.dscp": _part("ip", 1, 0, 6),
    "ip.dsfield.ecn": _part("ip", 1, 6, 2),
    "ip.len": Place("ip", 2, 2),
    "ip.id": Place("ip", 4, 2),
    "ip.flags": _part("ip", 6, 0, 3),
    "ip.flags.rb": _part("ip", 6, 0, 1),
    "ip.flags.df": _part("ip", 6, 1, 1),
    "ip.flags.mf": _part("ip", 6, 2, 1),
    "ip.frag_offset": _part("ip", 6, 3, 13, size=2),
    "ip.ttl": Place("ip", 8, 1),
    "ip.checksum": Place("ip", 10, 2),
    "ipv6.version": _part("ipv6", 0, 0, 4),
    "ipv6.tclass": _part("ipv6", 0, 4, 8, size=2),
    "ipv6.tclass.dscp": _part("ipv6", 0, 4, 6, size=2),
    "ipv6.tclass.ecn": _part("ipv6", 1, 2, 2),
    "ipv6.flow": _part("ipv6", 0, 12, 20, size=4),
    "ipv6.plen": Place("ipv6", 4, 2),
    "ipv6.hlim": Place("ipv6", 7, 1),
    "tcp.hdr_len": _part("tcp", 12, 0, 4, factor=4),
    "tcp.checksum": Place("tcp", 16, 2),
    "tcp.urgent_pointer": Place("tcp", 18, 2),
    "udp.checksum": Place("udp", 6, 2),
    "icmp.type": Place("icmp", 0, 1),
    "icmp.code": Place("icmp", 1, 1),
    "icmp.checksum": Place("icmp", 2, 2),
    "icmpv6.type": Place("icmpv6", 0, 1),
    "icmpv6.code": Place("icmpv6", 1, 1),
    "icmpv6.checksum": Place("icmpv6", 2, 2),
    "arp.opcode": Place("arp", 6, 2),
}
"""Fields and where they are; names as in `field_catalog`."""


def read_place(block: "Block", place: Place, there: "Mask") -> NDArray[np.int64]:
    """The values of a field in the rows that have its header; 0 in the others."""
    found = np.zeros(len(block), np.int64)
    rows = np.flatnonzero(there)
    if not len(rows):
        return found
    starts = block.column("offset")[rows] + _begins(block, rows, place.header) + place.at
    raw = _numbers(block.capture, starts, place.size)
    mask = (1 << min(place.bits, 8 * place.size - place.low)) - 1
    found[rows] = (raw >> np.uint64(place.low) & np.uint64(mask)).astype(np.int64) * place.factor
    return found


def _begins(block: "Block", rows: NDArray[np.int64], header: str) -> NDArray[np.int64]:
    """How far into its packet the header begins, for each of these rows."""
    if header in ("eth", "vlan"):
        return np.zeros(len(rows), np.int64)
    kinds = np.array([_LINK_HEADERS.get(interface.link_type, 0) for interface in block.capture.interfaces], np.int64)
    network: NDArray[np.int64] = kinds[block.column("interface")[rows]] + np.where(block.column("vlan")[rows] >= 0, _TAG, 0)
    if header in ("ip", "ipv6", "arp"):
        return network
    network += np.where(block.column("ip_version")[rows] == 4, _IPV4, _IPV6)
    return network


def _numbers(capture: "Capture", starts: NDArray[np.int64], size: int) -> NDArray[np.uint64]:
    """The big-endian numbers of `size` bytes at these places of the file (ascending)."""
    found = np.zeros(len(starts), np.uint64)
    done = 0
    while done < len(starts):
        base = int(starts[done])
        stop = int(np.searchsorted(starts, base + WINDOW - _LONGEST))
        data = np.frombuffer(capture.read(base, int(starts[stop - 1]) - base + size), np.uint8)
        at = starts[done:stop] - base
        for byte in range(size):
            found[done:stop] = found[done:stop] << np.uint64(8) | data[at + byte]
        done = stop
    return found
