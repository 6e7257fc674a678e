"""IP, ARP, ICMP and the transports, one step per header. Where a rule is Wireshark's rather than an RFC's, it says so."""

from collections.abc import Callable

from captures.cursor import Cursor
from captures.fragments import slice_pieces
from captures.pairs import IPV4, IPV6

__all__ = ["IP_PROTOCOLS", "STEPS", "TUNNEL_PORTS"]

IP_PROTOCOLS: dict[int, str] = {
    0: "ipv6.hopopts",
    1: "icmp",
    4: "ip",
    6: "tcp",
    17: "udp",
    41: "ipv6",
    43: "ipv6.routing",
    44: "ipv6.fraghdr",
    47: "gre",
    51: "ah",
    58: "icmpv6",
    60: "ipv6.dstopts",
    97: "etherip",
    135: "mipv6",
    137: "mpls",
}
TUNNEL_PORTS: dict[int, str] = {
    4789: "vxlan",  # RFC 7348
    6081: "geneve",  # RFC 8926
    2152: "gtp",  # 3GPP TS 29.281, user plane
    2123: "gtp",  # 3GPP TS 29.274, control plane: same header, ends there
    3544: "teredo",  # RFC 4380
    4754: "gre",  # RFC 8086
    5072: "ayiya",
    6635: "mpls",  # RFC 7510
}
"""UDP ports behind which other network headers hide, with the step that goes on there."""

_ICMP_ERRORS = (3, 4, 5, 11, 12)
_REDIRECT, _REDIRECTED_HEADER = 137, 4
_HOME_ADDRESS = 0xC9


def _ip(cursor: Cursor) -> str:
    """RFC 791."""
    if cursor.room < 1:
        return cursor.cut("ip")
    if cursor.u8(0) >> 4 != 4:
        return "ipv6" if cursor.u8(0) >> 4 == 6 else cursor.stop("ip", f"version {cursor.u8(0) >> 4} is not 4")
    if cursor.room < 20:
        return cursor.cut("ip")
    header, total = (cursor.u8(0) & 15) * 4, cursor.u16(2)
    if header < 20:
        return cursor.stop("ip", f"a header of {header} bytes is too short")
    # a host that leaves segmentation to its network card hands out packets with a total length of 0
    if 0 < total < header:
        return cursor.stop("ip", f"a packet of {total} bytes is shorter than its header")
    if total:
        cursor.limit(total)
    if cursor.room < header:
        return cursor.cut("ip")
    cursor.version, cursor.protocol = IPV4, cursor.u8(9)
    cursor.source, cursor.destination = (cursor.data[cursor.at + at : cursor.at + at + 4] for at in (12, 16))
    identification, fragment = cursor.u16(4), cursor.u16(6)
    cursor.take("ip", header)
    following = IP_PROTOCOLS.get(cursor.protocol, "data")
    if not fragment & 0x3FFF:
        return following
    key = (4, cursor.source, cursor.destination, cursor.protocol, identification)
    return _fragment(cursor, key, (fragment & 0x1FFF) * 8, following, more=bool(fragment & 0x2000))


def _fragment(cursor: Cursor, key: tuple[object, ...], start: int, following: str, *, more: bool) -> str:
    """Wait for the rest of the datagram, or go on inside it; a first fragment that was cut is looked into as it stands."""
    size = cursor.end - cursor.at
    if size <= 0 or cursor.room < size:
        cursor.part = more
        return "fragment" if start else following
    if cursor.fragments is None:
        return "fragment"
    whole = cursor.fragments.add(
        key,
        start,
        cursor.data[cursor.at : cursor.end],
        slice_pieces(cursor.pieces[-1], cursor.at, cursor.end),
        more=more,
    )
    if whole is None:
        return "fragment"
    cursor.enter(*whole)
    return following


def _waiting(cursor: Cursor) -> str:
    cursor.take("fragment", max(0, cursor.room))
    return ""


def _ipv6(cursor: Cursor) -> str:
    """RFC 8200."""
    if cursor.room < 1:
        return cursor.cut("ipv6")
    if cursor.u8(0) >> 4 != 6:
        return "ip" if cursor.u8(0) >> 4 == 4 else cursor.stop("ipv6", f"version {cursor.u8(0) >> 4} is not 6")
    if cursor.room < 40:
        return cursor.cut("ipv6")
    length, cursor.protocol, cursor.version = cursor.u16(4), cursor.u8(6), IPV6
    cursor.source, cursor.destination = (cursor.data[cursor.at + at : cursor.at + at + 16] for at in (8, 24))
    cursor.take("ipv6", 40)
    # 0 means a jumbogram (RFC 2675) or segmentation left to the network card: the frame says where it ends
    if length:
        cursor.limit(length)
    return IP_PROTOCOLS.get(cursor.protocol, "data")


def _extension(kind: str) -> Callable[[Cursor], str]:
    """Hop-by-hop options, routing, destination options: next header, length in units of 8 bytes beyond the first (section 4.2)."""

    def step(cursor: Cursor) -> str:
        if cursor.room < 8:
            return cursor.cut(kind)
        following, length = cursor.u8(0), (cursor.u8(1) + 1) * 8
        if cursor.room < length:
            return cursor.cut(kind)
        cursor.protocol = following
        if kind == "ipv6.routing":
            _follow_route(cursor, length)
        elif kind == "ipv6.dstopts":
            _use_home_address(cursor, length)
        cursor.take(kind, length)
        return IP_PROTOCOLS.get(following, "data")

    return step


def _follow_route(cursor: Cursor, length: int) -> None:
    """Under way, the real destination is the last address of the route (RFC 8200 section 4.4; types 0, and 2 of RFC 6275)."""
    if cursor.u8(2) in (0, 2) and cursor.u8(3) and length >= 24:
        cursor.destination = cursor.data[cursor.at + length - 16 : cursor.at + length]


def _use_home_address(cursor: Cursor, length: int) -> None:
    """A mobile node away from home says who it really is in an option (RFC 6275 section 6.3)."""
    at = 2
    while at + 18 <= length:
        kind = cursor.u8(at)
        if kind == _HOME_ADDRESS:
            cursor.source = cursor.data[cursor.at + at + 2 : cursor.at + at + 18]
        at += 1 if kind == 0 else 2 + cursor.u8(at + 1)


def _fragment_header(cursor: Cursor) -> str:
    """RFC 8200 section 4.5; a packet in one fragment needs no waiting (RFC 6946)."""
    if cursor.room < 8:
        return cursor.cut("ipv6.fraghdr")
    cursor.protocol, fragment, identification = cursor.u8(0), cursor.u16(2), cursor.u32(4)
    cursor.take("ipv6.fraghdr", 8)
    following = IP_PROTOCOLS.get(cursor.protocol, "data")
    if not fragment & 0xFFF9:
        return following
    key = (6, cursor.source, cursor.destination, identification)
    return _fragment(cursor, key, fragment & 0xFFF8, following, more=bool(fragment & 1))


def _ah(cursor: Cursor) -> str:
    """RFC 4302: next header, length in units of 4 bytes minus 2."""
    if cursor.room < 12:
        return cursor.cut("ah")
    cursor.protocol, length = cursor.u8(0), (cursor.u8(1) + 2) * 4
    if cursor.room < length:
        return cursor.cut("ah")
    cursor.take("ah", length)
    return IP_PROTOCOLS.get(cursor.protocol, "data")


def _arp(cursor: Cursor) -> str:
    """RFC 826."""
    if cursor.room < 8:
        return cursor.cut("arp")
    length = 8 + 2 * (cursor.u8(4) + cursor.u8(5))
    if cursor.room < length:
        return cursor.cut("arp")
    cursor.take("arp", length)
    return ""


def _icmp(cursor: Cursor) -> str:
    """RFC 792; errors quote the packet they are about."""
    if cursor.room < 8:
        return cursor.cut("icmp")
    quoting = cursor.u8(0) in _ICMP_ERRORS
    cursor.take("icmp", 8)
    if not quoting:
        return ""
    cursor.quoted = True
    return "ip"


def _icmpv6(cursor: Cursor) -> str:
    """RFC 4443; a redirect may quote the packet that caused it in an option (RFC 4861 section 4.6.3)."""
    if cursor.room < 4:
        return cursor.cut("icmpv6")
    kind, length = cursor.u8(0), min(8, cursor.room)
    if kind == _REDIRECT:
        at = 40
        while at + 8 <= cursor.room and cursor.u8(at + 1):
            if cursor.u8(at) == _REDIRECTED_HEADER:
                length = at + 8
                break
            at += cursor.u8(at + 1) * 8
    quoting = (1 <= kind <= 4 and cursor.room >= 8) or length > 8
    cursor.take("icmpv6", length)
    if not quoting:
        return ""
    cursor.quoted = True
    return "ipv6"


def _tcp(cursor: Cursor) -> str:
    """RFC 9293 section 3.1."""
    if cursor.room < 14:
        return cursor.cut("tcp")
    header = (cursor.u8(12) >> 4) * 4
    ports = cursor.u16(0), cursor.u16(2)
    # what IP says, not what was captured, decides whether the header is whole
    whole = 20 <= header <= cursor.end - cursor.at
    if not whole or cursor.room < 20:
        cursor.stop("tcp", "the header is cut short" if header >= 20 else f"a header of {header} bytes is too short")
    else:
        cursor.take("tcp", header)
    layer = cursor.layers[-1]
    layer.ports = ports
    return ""


def _udp(cursor: Cursor) -> str:
    """RFC 768; a length of 0 is a jumbogram's (RFC 2675)."""
    if cursor.room < 8:
        return cursor.cut("udp")
    ports, length = (cursor.u16(0), cursor.u16(2)), cursor.u16(4)
    if 0 < length < 8:
        cursor.stop("udp", f"a datagram of {length} bytes is shorter than its header")
        cursor.layers[-1].ports = ports
        return ""
    if length:
        cursor.limit(length)
    cursor.take("udp", 8).ports = ports
    return TUNNEL_PORTS.get(ports[1]) or TUNNEL_PORTS.get(ports[0], "")


STEPS: dict[str, Callable[[Cursor], str]] = {
    "ip": _ip,
    "fragment": _waiting,
    "ipv6": _ipv6,
    "ipv6.hopopts": _extension("ipv6.hopopts"),
    "ipv6.routing": _extension("ipv6.routing"),
    "ipv6.dstopts": _extension("ipv6.dstopts"),
    "mipv6": _extension("mipv6"),
    "ipv6.fraghdr": _fragment_header,
    "ah": _ah,
    "arp": _arp,
    "icmp": _icmp,
    "icmpv6": _icmpv6,
    "tcp": _tcp,
    "udp": _udp,
}
