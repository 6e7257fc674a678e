"""Link layers, one step per header: Ethernet and its tags, LLC, Linux cooked, loopback, PPP, HDLC, FDDI, 802.11, NFLOG.

A step looks at the cursor, notes its layer and names the step that goes on ("" when there is none).
"""

from collections.abc import Callable

from captures import marks
from captures.cursor import Cursor
from captures.pairs import MAC

__all__ = ["ETHERTYPES", "STEPS", "ethertype_step", "first_step"]

ETHERTYPES: dict[int, str] = {
    0x0800: "ip",
    0x0806: "arp",
    0x6558: "eth",
    0x8035: "arp",
    0x8100: "vlan",
    0x9100: "vlan",
    0x880B: "ppp",
    0x8847: "mpls",
    0x8848: "mpls",
    0x8863: "pppoed",
    0x8864: "pppoes",
    0x86DD: "ipv6",
    0x88A8: "ieee8021ad",
    0x88BE: "erspan",
    0x22EB: "erspan",
    0x88E7: "ieee8021ah",
    0x8926: "vntag",
    0x893F: "etag",
    0x894F: "nsh",
}
_FABRIC_PATH = 0x8903
"""Cisco FabricPath: two bytes of tag behind this EtherType, then the frame as it was before."""
_SMALLEST_TYPE = 0x0600
"""IEEE 802.3 clause 3.2.6: smaller values are lengths."""
_PPP_PROTOCOLS = {0x0021: "ip", 0x0057: "ipv6", 0x0281: "mpls", 0x0283: "mpls"}
_NULL_FAMILIES = {2: "ip", 10: "ipv6", 24: "ipv6", 28: "ipv6", 30: "ipv6"}
"""AF_INET and the values AF_INET6 has on Linux, NetBSD/OpenBSD, FreeBSD and Darwin."""
_NETLINK = 824

_LINKS = {
    marks.LINK_NULL: "null",
    marks.LINK_ETHERNET: "eth",
    marks.LINK_LOOP: "null",
    marks.LINK_SLL: "sll",
    marks.LINK_SLL2: "sll2",
    9: "ppp",
    50: "ppp",
    10: "fddi",
    104: "chdlc",
    105: "wlan",
    127: "radiotap",
    239: "nflog",
}


def first_step(link_type: int) -> str:
    """The step that a packet of this LINKTYPE_ begins with."""
    return "raw" if link_type in marks.LINK_RAW else _LINKS.get(link_type, "data")


def ethertype_step(value: int) -> str:
    """The step behind an EtherType, or a length in its place."""
    return "llc" if value < _SMALLEST_TYPE else ETHERTYPES.get(value, "data")


def _eth(cursor: Cursor) -> str:
    if cursor.room < 14:
        return cursor.cut("eth")
    kind = cursor.u16(12)
    if kind == _FABRIC_PATH and cursor.room >= 16:
        cursor.take("cfp", 16)
        return "eth"
    if not cursor.version:
        cursor.version = MAC
        cursor.destination, cursor.source = (cursor.data[cursor.at + at : cursor.at + at + 6] for at in (0, 6))
    cursor.take("eth", 14)
    if kind < _SMALLEST_TYPE:
        cursor.limit(kind)
    return ethertype_step(kind)


def _tag(kind: str, length: int) -> Callable[[Cursor], str]:
    """A tag whose last two bytes are the next EtherType."""

    def step(cursor: Cursor) -> str:
        if cursor.room < length:
            return cursor.cut(kind)
        value = cursor.u16(length - 2)
        cursor.take(kind, length)
        return ethertype_step(value)

    return step


def _llc(cursor: Cursor) -> str:
    """IEEE 802.2; SNAP leads back to EtherTypes (RFC 1042)."""
    if cursor.room < 3:
        return cursor.cut("llc")
    sap = cursor.u8(0)
    if (sap, cursor.u8(1), cursor.u8(2)) == (0xAA, 0xAA, 3) and cursor.room >= 8:
        organisation, kind = cursor.u32(2) & 0xFFFFFF, cursor.u16(6)
        cursor.take("llc", 8)
        return ETHERTYPES.get(kind, "data") if organisation in (0, 0xF8) else "data"
    cursor.take("llc", 3)
    return "ip" if sap == 6 else "data"


def _sll(cursor: Cursor) -> str:
    """LINKTYPE_LINUX_SLL: packet type, hardware type, address length and address, protocol."""
    if cursor.room < 16:
        return cursor.cut("sll")
    hardware, kind = cursor.u16(2), cursor.u16(14)
    length = min(cursor.u16(4), 8)
    if length == 6:
        cursor.version, cursor.source = MAC, cursor.data[cursor.at + 6 : cursor.at + 12]
    cursor.take("sll", 16)
    return _cooked(hardware, kind)


def _sll2(cursor: Cursor) -> str:
    """LINKTYPE_LINUX_SLL2: protocol, interface index, hardware type, packet type, address length and address."""
    if cursor.room < 20:
        return cursor.cut("sll2")
    kind, hardware = cursor.u16(0), cursor.u16(8)
    if cursor.u8(11) == 6:
        cursor.version, cursor.source = MAC, cursor.data[cursor.at + 12 : cursor.at + 18]
    cursor.take("sll2", 20)
    return _cooked(hardware, kind)


def _cooked(hardware: int, kind: int) -> str:
    if hardware == _NETLINK:
        return "data"
    # small numbers are not lengths here: 4 is 802.2 LLC (linux/if_ether.h)
    return "llc" if kind == 4 else ETHERTYPES.get(kind, "data")


def _null(cursor: Cursor) -> str:
    """BSD loopback: the address family in the byte order of the host that captured."""
    if cursor.room < 4:
        return cursor.cut("null")
    number = cursor.u32(0)
    family = int.from_bytes(number.to_bytes(4, "big"), "little") if number > 0xFFFF else number
    cursor.take("null", 4)
    # some hosts put an EtherType into the lower half instead
    return _NULL_FAMILIES.get(family) or ETHERTYPES.get(number & 0xFFFF, "data")


def _raw(cursor: Cursor) -> str:
    if cursor.room < 1:
        return ""
    return {4: "ip", 6: "ipv6"}.get(cursor.u8(0) >> 4, "data")


def _ppp(cursor: Cursor) -> str:
    """RFC 1661 and 1662: address and control may be left out, the protocol may be one byte."""
    length = 2 if cursor.room >= 2 and cursor.u16(0) == 0xFF03 else 0
    if cursor.room < length + 2:
        return cursor.cut("ppp")
    protocol = cursor.u8(length)
    length += 1
    if not protocol & 1:
        protocol = protocol << 8 | cursor.u8(length)
        length += 1
    cursor.take("ppp", length)
    return _PPP_PROTOCOLS.get(protocol, "data")


def _chdlc(cursor: Cursor) -> str:
    if cursor.room < 4:
        return cursor.cut("chdlc")
    kind = cursor.u16(2)
    cursor.take("chdlc", 4)
    return ETHERTYPES.get(kind, "data")


def _fddi(cursor: Cursor) -> str:
    if cursor.room < 13:
        return cursor.cut("fddi")
    cursor.version = MAC
    cursor.destination, cursor.source = (cursor.data[cursor.at + at : cursor.at + at + 6] for at in (1, 7))
    cursor.take("fddi", 13)
    return "llc"


def _radiotap(cursor: Cursor) -> str:
    if cursor.room < 8:
        return cursor.cut("radiotap")
    length = int.from_bytes(cursor.data[cursor.at + 2 : cursor.at + 4], "little")
    if not 8 <= length <= cursor.room:
        return cursor.cut("radiotap")
    cursor.take("radiotap", length)
    return "wlan"


def _wlan(cursor: Cursor) -> str:
    """IEEE 802.11 data frames that are not encrypted; every other frame ends here."""
    if cursor.room < 24:
        return cursor.cut("wlan")
    control, flags = cursor.u8(0), cursor.u8(1)
    length = 24 + (6 if flags & 3 == 3 else 0)
    is_data, subtype = control >> 2 & 3 == 2, control >> 4
    if is_data and subtype & 8:
        length += 2 + (4 if flags & 0x80 else 0)
    if cursor.room < length:
        return cursor.cut("wlan")
    cursor.version = MAC
    cursor.destination, cursor.source = (cursor.data[cursor.at + at : cursor.at + at + 6] for at in (4, 10))
    cursor.take("wlan", length)
    return "llc" if is_data and not subtype & 4 and not flags & 0x40 else "data"


def _nflog(cursor: Cursor) -> str:
    """LINKTYPE_NFLOG: attributes in host byte order; number 9 is the packet."""
    if cursor.room < 4:
        return cursor.cut("nflog")
    family, at = cursor.u8(0), 4
    while at + 4 <= cursor.room:
        length, kind = (int.from_bytes(cursor.data[cursor.at + at + k : cursor.at + at + k + 2], "little") for k in (0, 2))
        if length < 4:
            break
        if kind & 0x7FFF == 9:
            cursor.take("nflog", at + 4)
            cursor.limit(length - 4)
            return {2: "ip", 10: "ipv6"}.get(family, "data")
        at += length + -length % 4
    return cursor.stop("nflog", "it carries no packet")


def _data(cursor: Cursor) -> str:
    """Nobody here knows what follows."""
    if cursor.end > cursor.at:
        cursor.take("data", max(0, cursor.room))
    return ""


STEPS: dict[str, Callable[[Cursor], str]] = {
    "eth": _eth,
    "vlan": _tag("vlan", 4),
    "ieee8021ad": _tag("ieee8021ad", 4),
    "ieee8021ah": _tag("ieee8021ah", 18),
    "vntag": _tag("vntag", 6),
    "etag": _tag("etag", 8),
    "llc": _llc,
    "sll": _sll,
    "sll2": _sll2,
    "null": _null,
    "raw": _raw,
    "ppp": _ppp,
    "chdlc": _chdlc,
    "fddi": _fddi,
    "radiotap": _radiotap,
    "wlan": _wlan,
    "nflog": _nflog,
    "data": _data,
}
