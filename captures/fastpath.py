"""The headers of ordinary packets, decoded for thousands of packets at once.

Ordinary means: Ethernet with up to two VLAN tags, Linux cooked, raw IP or loopback; ARP, IPv4 without options or fragments, or IPv6
without extension headers; TCP, UDP, ICMP or another protocol that contains no second network header; nothing cut short. Every other
row is left `odd` and goes through `captures.peel`, which must give the same columns for ordinary rows too (property-tested).
"""

from dataclasses import dataclass

import numpy as np

from captures import marks
from captures.arrays import Bytes, Gather, Ints, Mask
from captures.network_steps import TUNNEL_PORTS
from captures.pairs import IPV4, IPV6, MAC, Keys, meta

__all__ = ["COLUMNS", "Decoded", "decode"]

COLUMNS = (
    "ip_version",
    "ip_protocol",
    "source_port",
    "destination_port",
    "seq",
    "ack",
    "tcp_flags",
    "window",
    "payload_offset",
    "payload_length",
    "vlan",
    "flags",
    "other",
)

_IPV4_TYPE, _ARP_TYPE, _IPV6_TYPE = 0x0800, 0x0806, 0x86DD
_TAGS = (0x8100, 0x88A8, 0x9100)
_PLAIN_PROTOCOLS = (2, 50, 89, 103, 112)
"""IGMP, ESP, OSPF, PIM, VRRP: end points for an index."""
_REDIRECT = 137
"""ICMPv6 redirects may quote one too (RFC 4861)."""
_ICMP_ERRORS = (3, 4, 5, 11, 12)
"""ICMP messages that quote a packet (RFC 792)."""
_ARP_NAME = 1
"""Place of "ARP" in `PacketIndex.other_names`."""
_NETLINK = 824
"""ARPHRD value of netlink messages, whose "protocol" is no EtherType."""
_TUNNEL_PORTS = np.array(sorted(TUNNEL_PORTS))


@dataclass(slots=True)
class Decoded:
    """Index columns of a run of packets, each an int64 array; `keys` as in `captures.pairs`; `odd` rows hold nothing yet."""

    columns: dict[str, Ints]
    keys: Keys
    odd: Mask


@dataclass(slots=True)
class _Rows:
    """What is known about the rows while going up the layers. `begin` is where the packet starts in the buffer, `end` where it ends."""

    gather: Gather
    begin: Ints
    end: Ints
    wire_end: Ints
    """Where the packet would end had all of it been captured."""
    kind: Ints
    """EtherType of what starts at `network`; 0 where the link layer is odd."""
    network: Ints
    out: Decoded


def decode(buffer: Bytes, begin: Ints, captured: Ints, original: Ints, link_type: int) -> Decoded:
    """Decode packets of one link type. `begin` are positions in `buffer`, behind whose content `source.MARGIN` bytes may be read."""
    count = len(begin)
    columns = {name: np.zeros(count, np.int64) for name in COLUMNS}
    columns["vlan"].fill(-1)
    columns["payload_offset"] = np.minimum(captured, 0xFFFF)
    out = Decoded(columns, np.zeros((count, 5), np.uint64), np.ones(count, np.bool_))
    rows = _Rows(Gather(buffer), begin, begin + captured, begin + original, np.zeros(count, np.int64), begin.copy(), out)
    _link(rows, link_type)
    rows.kind[original < captured] = 0
    _arp(rows, link_type)
    _ipv4(rows)
    _ipv6(rows)
    out.columns["flags"][out.odd] |= marks.LAYERED
    return out


def _link(rows: _Rows, link_type: int) -> None:
    """Find EtherType and network header; leaves `kind` 0 for what is not understood here."""
    gather, begin, room = rows.gather, rows.begin, rows.end - rows.begin
    if link_type == marks.LINK_ETHERNET:
        rows.kind = np.where(room >= 14, gather.u16(begin + 12), 0)
        rows.network = begin + 14
        _tags(rows)
    elif link_type == marks.LINK_SLL:
        rows.kind = np.where(
            (room >= 16) & (gather.u16(begin) <= 4) & (gather.u16(begin + 2) != _NETLINK), gather.u16(begin + 14), 0
        )
        rows.network = begin + 16
    elif link_type == marks.LINK_SLL2:
        rows.kind = np.where(room >= 20, gather.u16(begin), 0)
        rows.network = begin + 20
    elif link_type in marks.LINK_RAW:
        rows.kind = _by_version(rows, begin, room >= 1)
    elif link_type in (marks.LINK_NULL, marks.LINK_LOOP):
        family = gather.u32(begin)
        # the family number is in the byte order of the capturing host; 2 is IPv4 everywhere, IPv6 is told by its version (see peel)
        known = (room >= 5) & ((family == 2) | (family == 2 << 24))
        rows.kind = np.where(known, _IPV4_TYPE, 0)
        rows.network = begin + 4


def _by_version(rows: _Rows, at: Ints, usable: Mask) -> Ints:
    version = rows.gather.u8(at) >> 4
    kind = np.where(version == 4, _IPV4_TYPE, np.where(version == 6, _IPV6_TYPE, 0))
    return np.where(usable, kind, 0)


def _tags(rows: _Rows) -> None:
    """Pass up to two VLAN tags (IEEE 802.1Q); the outermost identifier goes into the index."""
    columns = rows.out.columns
    tagged = _tagged(rows, np.flatnonzero((rows.kind == _TAGS[0]) | (rows.kind == _TAGS[1]) | (rows.kind == _TAGS[2])))
    if not len(tagged):
        return
    # service tags have other field names in Wireshark, so a list of packets must look closer
    columns["flags"][tagged] |= np.where(rows.kind[tagged] == _TAGS[0], 0, marks.LAYERED)
    columns["vlan"][tagged] = rows.gather.u16(rows.network[tagged]) & 0x0FFF
    _pass_tag(rows, tagged)
    again = _tagged(rows, tagged[np.isin(rows.kind[tagged], _TAGS)])
    columns["flags"][again] |= marks.LAYERED
    _pass_tag(rows, again)


def _tagged(rows: _Rows, candidates: Ints) -> Ints:
    return candidates[rows.end[candidates] - rows.network[candidates] >= 4]


def _pass_tag(rows: _Rows, tagged: Ints) -> None:
    at = rows.network[tagged]
    rows.kind[tagged] = rows.gather.u16(at + 2)
    rows.network[tagged] = at + 4


def _arp(rows: _Rows, link_type: int) -> None:
    if link_type != marks.LINK_ETHERNET:
        return
    room = rows.end - rows.network
    ethernet_and_ipv4 = rows.gather.u16(rows.network + 4) == 0x0604
    found = np.flatnonzero((rows.kind == _ARP_TYPE) & (room >= 28) & ethernet_and_ipv4)
    if not len(found):
        return
    begin, keys = rows.begin[found], rows.out.keys
    keys[found, 0] = rows.gather.u64(begin + 6) >> np.uint64(16)
    keys[found, 2] = rows.gather.u64(begin) >> np.uint64(16)
    keys[found, 4] = MAC << 40
    rows.out.columns["other"][found] = _ARP_NAME
    _done(rows, found, rows.network[found], rows.wire_end[found])


def _ipv4(rows: _Rows) -> None:
    """RFC 791 headers of 20 bytes, unfragmented, with a total length that fits."""
    found = np.flatnonzero((rows.kind == _IPV4_TYPE) & (rows.end - rows.network >= 20))
    if not len(found):
        return
    gather, at = rows.gather, rows.network[found]
    total = gather.u16(at + 2)
    plain = (gather.u8(at) == 0x45) & (gather.u16(at + 6) & 0x3FFF == 0) & (total >= 20) & (total <= rows.wire_end[found] - at)
    found, at, total = found[plain], at[plain], total[plain]
    keys = rows.out.keys
    keys[found, 0] = gather.u32(at + 12)
    keys[found, 2] = gather.u32(at + 16)
    _transport(rows, found, IPV4, gather.u8(at + 9), at + 20, at + total)


def _ipv6(rows: _Rows) -> None:
    """RFC 8200 headers followed directly by a transport."""
    found = np.flatnonzero((rows.kind == _IPV6_TYPE) & (rows.end - rows.network >= 40))
    if not len(found):
        return
    gather, at = rows.gather, rows.network[found]
    length = gather.u16(at + 4)
    plain = (gather.u8(at) >> 4 == 6) & (length > 0) & (length <= rows.wire_end[found] - at - 40)
    found, at, length = found[plain], at[plain], length[plain]
    keys = rows.out.keys
    for word in range(4):
        keys[found, word] = gather.u64(at + 8 + 8 * word)
    _transport(rows, found, IPV6, gather.u8(at + 6), at + 40, at + 40 + length)


def _transport(rows: _Rows, found: Ints, version: int, protocol: Ints, at: Ints, end: Ints) -> None:
    """`at` is where the transport header starts, `end` where the IP packet ends according to itself (perhaps beyond the capture)."""
    columns, gather = rows.out.columns, rows.gather
    columns["ip_version"][found] = version
    columns["ip_protocol"][found] = protocol
    room = np.minimum(rows.end[found], end) - at
    ports = np.zeros((2, len(found)), np.int64)

    tcp = np.flatnonzero((protocol == 6) & (room >= 20))
    header = (gather.u8(at[tcp] + 12) >> 4) * 4
    fits = (header >= 20) & (header <= room[tcp])
    tcp, header = tcp[fits], header[fits]
    _tcp(rows, found[tcp], at[tcp])
    _done(rows, found[tcp], at[tcp] + header, end[tcp])

    udp = np.flatnonzero((protocol == 17) & (room >= 8))
    length = gather.u16(at[udp] + 4)
    fits = (length >= 8) & (length <= end[udp] - at[udp]) & ~_tunnels(gather, at[udp])
    udp, length = udp[fits], length[fits]
    _done(rows, found[udp], at[udp] + 8, at[udp] + length)

    ported = np.concatenate([tcp, udp])
    for place in range(2):
        ports[place, ported] = gather.u16(at[ported] + 2 * place)
    columns["source_port"][found], columns["destination_port"][found] = ports

    _others(rows, found, version, protocol, at, end, room)
    rows.out.keys[found, 4] = meta(version, protocol, ports[0], ports[1])


def _tunnels(gather: Gather, at: Ints) -> Mask:
    return np.isin(gather.u16(at), _TUNNEL_PORTS) | np.isin(gather.u16(at + 2), _TUNNEL_PORTS)


def _tcp(rows: _Rows, found: Ints, at: Ints) -> None:
    """RFC 9293 section 3.1."""
    columns, gather = rows.out.columns, rows.gather
    columns["seq"][found] = gather.u32(at + 4)
    columns["ack"][found] = gather.u32(at + 8)
    columns["tcp_flags"][found] = gather.u16(at + 12) & 0x0FFF
    columns["window"][found] = gather.u16(at + 14)


def _others(rows: _Rows, found: Ints, version: int, protocol: Ints, at: Ints, end: Ints, room: Ints) -> None:
    """ICMP without a quoted packet, and protocols the index does not look into."""
    rest = np.flatnonzero((protocol != 6) & (protocol != 17))
    found, protocol, at, end, room = found[rest], protocol[rest], at[rest], end[rest], room[rest]
    ours = 1 if version == IPV4 else 58
    kind = rows.gather.u8(at)
    quoting = np.isin(kind, _ICMP_ERRORS) if version == IPV4 else (kind < 128) | (kind == _REDIRECT)
    plain = ((protocol == ours) & (room >= 8) & ~quoting) | (np.isin(protocol, _PLAIN_PROTOCOLS) & (room >= 1))
    _done(rows, found[plain], at[plain], end[plain])


def _done(rows: _Rows, found: Ints, payload: Ints, end: Ints) -> None:
    """The rows are decoded: their payload lies at `payload`..`end` of the buffer."""
    columns = rows.out.columns
    columns["payload_offset"][found] = payload - rows.begin[found]
    columns["payload_length"][found] = end - payload
    columns["flags"][found] |= np.where(end > rows.end[found], marks.TRUNCATED, 0)
    rows.out.odd[found] = False
