"""Headers that contain another network or link layer: GRE, ERSPAN, EtherIP, VXLAN, GENEVE, GTP-U, Teredo, AYIYA, MPLS, PPPoE, NSH.

They are peeled because the streams inside are numbered with all others, as in Wireshark.
"""

from collections.abc import Callable

from captures.cursor import Cursor
from captures.link_steps import ethertype_step
from captures.network_steps import IP_PROTOCOLS

__all__ = ["STEPS"]

_ERSPAN = 0x88BE


def _gre(cursor: Cursor) -> str:
    """RFC 2784 and 2890; version 1 is PPTP's (RFC 2637)."""
    if cursor.room < 4:
        return cursor.cut("gre")
    flags, kind = cursor.u16(0), cursor.u16(2)
    length = 4
    length += 4 if flags & 0xC000 else 0  # checksum or routing present: both words are
    length += 4 if flags & 0x2000 else 0  # key
    length += 4 if flags & 0x1000 else 0  # sequence number
    length += 4 if flags & 0x0080 and flags & 7 == 1 else 0  # acknowledgment number
    if cursor.room < length:
        return cursor.cut("gre")
    cursor.take("gre", length)
    if kind == _ERSPAN and not flags & 0x1000:
        return "eth"  # ERSPAN type I has no header of its own
    return ethertype_step(kind) if kind else ""


def _erspan(cursor: Cursor) -> str:
    """Types II (8 bytes) and III (12, and 8 more when flagged), draft-foschiano-erspan."""
    if cursor.room < 8:
        return cursor.cut("erspan")
    length = 8
    if cursor.u8(0) >> 4 == 2:
        length = 20 if cursor.room >= 12 and cursor.u8(11) & 1 else 12
    if cursor.room < length:
        return cursor.cut("erspan")
    cursor.take("erspan", length)
    return "eth"


def _fixed(kind: str, length: int, following: str) -> Callable[[Cursor], str]:
    """A header of fixed length with one thing behind it."""

    def step(cursor: Cursor) -> str:
        if cursor.room < length:
            return cursor.cut(kind)
        cursor.take(kind, length)
        return following

    return step


def _geneve(cursor: Cursor) -> str:
    """RFC 8926: options in units of 4 bytes."""
    if cursor.room < 8:
        return cursor.cut("geneve")
    length, kind = 8 + (cursor.u8(0) & 0x3F) * 4, cursor.u16(2)
    if cursor.room < length:
        return cursor.cut("geneve")
    cursor.take("geneve", length)
    return ethertype_step(kind)


def _gtp(cursor: Cursor) -> str:
    """GTP version 1 (3GPP TS 29.281 section 5): message type 255 carries a user packet."""
    if cursor.room < 8:
        return cursor.cut("gtp")
    flags, message = cursor.u8(0), cursor.u8(1)
    if flags >> 5 != 1:
        return ""
    length = 8
    if flags & 7:
        length = 12
        following = cursor.u8(11) if flags & 4 and cursor.room >= 12 else 0
        while following and cursor.room > length and cursor.u8(length):
            units = cursor.u8(length)
            if cursor.room < length + 4 * units:
                return cursor.cut("gtp")
            length += 4 * units
            following = cursor.u8(length - 1)
    if cursor.room < length:
        return cursor.cut("gtp")
    cursor.take("gtp", length)
    return _user_packet(cursor) if message == 255 else ""


def _user_packet(cursor: Cursor) -> str:
    return {4: "ip", 6: "ipv6"}.get(cursor.u8(0) >> 4, "ppp") if cursor.room > 0 else ""


def _teredo(cursor: Cursor) -> str:
    """RFC 4380 section 5.1.1: authentication and origin indications may precede the IPv6 packet."""
    length = 0
    if cursor.room >= 4 and cursor.u16(0) == 1:
        length += 4 + cursor.u8(2) + cursor.u8(3) + 9
    if cursor.room >= length + 8 and cursor.u16(length) == 0:
        length += 8
    if cursor.room < length + 40 or cursor.u8(length) >> 4 != 6:
        return ""
    cursor.take("teredo", length)
    return "ipv6"


def _ayiya(cursor: Cursor) -> str:
    """draft-massar-v6ops-ayiya: identity, signature, then the tunnelled packet named by an IP protocol number."""
    if cursor.room < 8:
        return cursor.cut("ayiya")
    length = 8 + (1 << (cursor.u8(0) >> 4)) + (cursor.u8(1) >> 4) * 4
    operation, protocol = cursor.u8(2) & 15, cursor.u8(3)
    if cursor.room < length:
        return cursor.cut("ayiya")
    cursor.take("ayiya", length)
    return IP_PROTOCOLS.get(protocol, "data") if operation == 1 else ""


def _mpls(cursor: Cursor) -> str:
    """RFC 3032: labels up to the bottom of the stack, then IP, or an Ethernet pseudowire (RFC 4448)."""
    while True:
        if cursor.room < 4:
            return cursor.cut("mpls")
        bottom = cursor.u8(2) & 1
        cursor.take("mpls", 4)
        if bottom:
            break
    if cursor.room < 1:
        return ""
    nibble = cursor.u8(0) >> 4
    if nibble in (4, 6):
        return "ip" if nibble == 4 else "ipv6"
    if nibble == 0 and cursor.room >= 4 + 14:
        cursor.take("pwethcw", 4)
        return "eth"
    return "data"


def _pppoes(cursor: Cursor) -> str:
    """RFC 2516 section 4."""
    if cursor.room < 6:
        return cursor.cut("pppoes")
    length = cursor.u16(4)
    cursor.take("pppoes", 6)
    cursor.limit(length)
    return "ppp"


def _nsh(cursor: Cursor) -> str:
    """RFC 8300: length in units of 4 bytes, next protocol."""
    if cursor.room < 8:
        return cursor.cut("nsh")
    length, protocol = (cursor.u16(0) & 0x3F) * 4, cursor.u8(3)
    if length < 8 or cursor.room < length:
        return cursor.cut("nsh")
    cursor.take("nsh", length)
    return {1: "ip", 2: "ipv6", 3: "eth", 5: "mpls"}.get(protocol, "data")


STEPS: dict[str, Callable[[Cursor], str]] = {
    "gre": _gre,
    "erspan": _erspan,
    "etherip": _fixed("etherip", 2, "eth"),
    "vxlan": _fixed("vxlan", 8, "eth"),
    "geneve": _geneve,
    "gtp": _gtp,
    "teredo": _teredo,
    "ayiya": _ayiya,
    "mpls": _mpls,
    "pppoes": _pppoes,
    "pppoed": _fixed("pppoed", 6, ""),
    "nsh": _nsh,
}
