"""Records whose data is laid out by what an earlier part of it says: addresses by family, gateways by type, tags, bit lists."""

from collections.abc import Mapping

from workbench.api import Field, Severity
from workbench_dns import algorithms as words
from workbench_dns.cursor import Cursor, ShortError, Step

__all__ = ["READERS"]

_PROTOCOLS = {1: "ICMP", 6: "TCP", 17: "UDP"}
_CAA_TAGS = {"issue": "dns.caa.issue", "issuewild": "dns.caa.issuewild", "iodef": "dns.caa.iodef"}


def _read_wks(cursor: Cursor) -> str:
    """RFC 1035 3.4.2: one bit for each port."""
    address = cursor.ipv4("Address", "dns.wks.address")
    cursor.number(1, "Protocol", "dns.wks.protocol", _PROTOCOLS)
    ports = []
    base = cursor.at
    while cursor.left:
        at = cursor.at
        byte = cursor.take(1, "Bits")[0]
        if byte:
            found = [8 * (at - base) + bit for bit in range(8) if byte & 0x80 >> bit]
            ports += found
            cursor.fields.append(Field("Bits", at, at + 1, byte, (), "dns.wks.bits", " ".join(map(str, found))))
    return f"{address} {' '.join(map(str, ports))}".rstrip()


def _metres(value: int) -> str:
    return f"{(value >> 4) * 10 ** (value & 15) / 100:g} m"


def _angle(value: int, positive: str, negative: str) -> str:
    thousandths = value - (1 << 31)
    seconds, side = abs(thousandths) / 1000, positive if thousandths >= 0 else negative
    return f"{int(seconds // 3600)}°{int(seconds // 60 % 60)}'{seconds % 60:.3f}\" {side}"


def _read_loc(cursor: Cursor) -> str:
    """RFC 1876 2. Other versions have another layout."""
    at = cursor.at
    version = cursor.number(1, "Version", "dns.loc.version")
    if version:
        cursor.rest("Unknown data", "dns.loc.unknown_data")
        cursor.warn(f"version {version}; only 0 is known", at, cursor.end, "RFC 1876 2")
        return ""
    for title, abbrev in (
        ("Size", "dns.loc.size"),
        ("Horizontal precision", "dns.loc.horizontal_precision"),
        ("Vertical precision", "dns.loc.vertical_precision"),
    ):
        size = cursor.data[cursor.at] if cursor.left else 0
        cursor.number(1, title, abbrev, text=_metres(size))
    said = []
    for title, abbrev, sides in (("Latitude", "dns.loc.latitude", ("N", "S")), ("Longitude", "dns.loc.longitude", ("E", "W"))):
        said.append(_angle(int.from_bytes(cursor.data[cursor.at : min(cursor.at + 4, cursor.end)], "big"), *sides))
        cursor.number(4, title, abbrev, text=said[-1])
    height = int.from_bytes(cursor.data[cursor.at : min(cursor.at + 4, cursor.end)], "big")
    said.append(f"{(height - 10_000_000) / 100:g} m")
    cursor.number(4, "Altitude", "dns.loc.altitude", text=said[-1])
    return " ".join(said)


def _read_isdn(cursor: Cursor) -> str:
    """RFC 1183 3.2; the subaddress may be missing."""
    address = cursor.string("ISDN address", "dns.idsn.address", "dns.idsn.length")
    if cursor.left:
        address += " " + cursor.string("Subaddress", "dns.idsn.sa.address", "dns.idsn.sa.length")
    return address


def _read_a6(cursor: Cursor) -> str:
    """RFC 2874 3.1: the bytes of the suffix follow from the prefix length."""
    at = cursor.at
    prefix = cursor.number(1, "Prefix length", "dns.a6.prefix_len")
    if prefix > 128:
        cursor.warn(f"a prefix of {prefix} bits", at, at + 1, "RFC 2874 3.1", Severity.ERROR)
        return ""
    size = 16 - prefix // 8
    start = cursor.at
    data = cursor.take(size, "Address suffix")
    if size:
        import ipaddress

        suffix = str(ipaddress.IPv6Address(data.rjust(16, b"\0")))
        cursor.fields.append(Field("Address suffix", start, cursor.at, suffix, (), "dns.a6.address_suffix"))
    if prefix:
        return cursor.name("Prefix name", "dns.a6.prefix_name").text
    return ""


def _read_apl_item(cursor: Cursor) -> str:
    family = cursor.number(2, "Address family", "dns.apl.address_family", {1: "IPv4", 2: "IPv6"})
    prefix = cursor.number(1, "Prefix length", "dns.apl.coded_prefix")
    at = cursor.at
    byte = cursor.take(1, "Address length")[0]
    cursor.spend(1)  # they are two fields
    negated, size = bool(byte & 0x80), byte & 0x7F
    cursor.fields.append(Field("Negation flag", at, at + 1, negated, (), "dns.apl.negation", "", "", 0, (8 * at, 8 * at + 1)))
    cursor.fields.append(Field("Address length", at, at + 1, size, (), "dns.apl.afdlength", "", "", 0, (8 * at + 1, 8 * at + 8)))
    abbrevs = ("dns.apl.afdpart.ipv4", "dns.apl.afdpart.ipv6", "dns.apl.afdpart.data")
    address = cursor.prefix(family, size, "Address", abbrevs)
    return f"{'!' if negated else ''}{family}:{address}/{prefix}"


def _read_apl(cursor: Cursor) -> str:
    """RFC 3123 4: any number of prefixes."""
    said = []
    while cursor.left:
        size = cursor.data[cursor.at + 3] & 0x7F if cursor.left > 3 else 0
        cursor.group("Prefix", "", _read_apl_item, cursor.at + 4 + size)
        said.append(cursor.fields[-1].name)
    return " ".join(said)


def _gateway(cursor: Cursor, kind: int, prefix: str) -> str:
    if kind == 1:
        return cursor.ipv4("IPv4 gateway", f"{prefix}_ipv4")
    if kind == 2:
        return cursor.ipv6("IPv6 gateway", f"{prefix}_ipv6")
    return cursor.name("DNS gateway", f"{prefix}_dns").text if kind == 3 else "."


def _read_ipseckey(cursor: Cursor) -> str:
    """RFC 4025 2.1."""
    cursor.number(1, "Gateway precedence", "dns.ipseckey.gateway_precedence")
    kind = cursor.number(1, "Gateway type", "dns.ipseckey.gateway_type", words.GATEWAYS)
    cursor.number(1, "Gateway algorithm", "dns.ipseckey.gateway_algorithm", words.IPSEC_ALGORITHMS)
    gateway = _gateway(cursor, kind, "dns.ipseckey.gateway")
    cursor.rest("Public key", "dns.ipseckey.public_key")
    return gateway


def _read_amtrelay(cursor: Cursor) -> str:
    """RFC 8777 4.2."""
    cursor.number(1, "Precedence", "dns.amtrelay.precedence")
    at = cursor.at
    byte = cursor.take(1, "Type")[0]
    kind = byte & 0x7F
    place = (8 * at, 8 * at + 1), (8 * at + 1, 8 * at + 8)
    cursor.fields.append(
        Field("Discovery optional", at, at + 1, bool(byte >> 7), (), "dns.amtrelay.discovery_optional", "", "", 0, place[0])
    )
    cursor.fields.append(Field("Type", at, at + 1, kind, (), "dns.amtrelay.type", words.GATEWAYS.get(kind, ""), "", 0, place[1]))
    return _gateway(cursor, kind, "dns.amtrelay.relay")


def _read_hip(cursor: Cursor) -> str:
    """RFC 8005 5."""
    tag = cursor.number(1, "HIT length", "dns.hip.hit.length")
    cursor.number(1, "PK algorithm", "dns.hip.hit.pk.algo", words.HIP_ALGORITHMS)
    key = cursor.number(2, "PK length", "dns.hip.pk.length")
    said = [cursor.octets(tag, "Host identity tag", "dns.hip.hit").hex()]
    cursor.octets(key, "HIP public key", "dns.hip.pk")
    while cursor.left:
        said.append(cursor.name("Rendezvous server", "dns.hip.rendezvous_server").text)
    return " ".join(said)


def _read_caa(cursor: Cursor) -> str:
    """RFC 8659 4.1: the tag's length is given, the value takes the rest."""
    start = cursor.at
    cursor.flags(1, "CAA flags", "dns.caa.flags", (("Issuer critical", "dns.caa.flags.issuer_critical", 0, 1),))
    end = cursor.end
    tag_size = cursor.data[cursor.at] if cursor.left else 0
    tag = cursor.data[cursor.at + 1 : min(cursor.at + 1 + tag_size, end)].decode("ascii", "replace")
    said: list[str] = []

    def read(inner: Cursor) -> str:
        size = inner.number(1, "Tag length", "dns.caa.tag_length")
        said.append(inner.text(size, "Tag", "dns.caa.tag"))
        said.append(inner.text(inner.left, "Value", "dns.caa.value"))
        return ": ".join(said)

    at = cursor.at
    inner = Cursor(cursor.data, at, end, cursor.names)
    failed = False
    try:
        read(inner)
    except ShortError:
        failed = True
    value = said[1] if len(said) > 1 else None
    abbrev = _CAA_TAGS.get(tag.lower(), "dns.caa.unknown")
    cursor.fields.append(Field(tag or "Property", at, end, value, tuple(inner.fields), abbrev))
    cursor.at = end
    if failed:
        raise ShortError
    if not tag.isalnum():
        cursor.warn("a tag is letters and digits, at least one", start, end, "RFC 8659 4.1", Severity.ERROR)
    return " ".join(said)


def _read_wins(cursor: Cursor) -> str:
    """As Microsoft's servers pass it on between each other."""
    cursor.flags(4, "Local flag", "", (("Local flag", "dns.wins.local_flag", 15, 1),))
    cursor.number(4, "Lookup timeout", "dns.wins.lookup_timeout")
    cursor.number(4, "Cache timeout", "dns.wins.cache_timeout")
    count = cursor.number(4, "Number of WINS servers", "dns.wins.nb_wins_servers")
    said: list[str] = []
    while cursor.left and len(said) < count:
        said.append(cursor.ipv4("WINS server address", "dns.wins.wins_server"))
    return " ".join(said)


def _read_winsr(cursor: Cursor) -> str:
    cursor.flags(4, "Local flag", "", (("Local flag", "dns.winsr.local_flag", 15, 1),))
    cursor.number(4, "Lookup timeout", "dns.winsr.lookup_timeout")
    cursor.number(4, "Cache timeout", "dns.winsr.cache_timeout")
    return cursor.name("Name result domain", "dns.winsr.name_result_domain").text


def _read_xpf(cursor: Cursor) -> str:
    """draft-bellis-dnsop-xpf: who asked a proxy."""
    at = cursor.at
    version = cursor.take(1, "IP version")[0] & 15
    cursor.fields.append(Field("IP version", at, at + 1, version, (), "dns.xpf.ip_version", "", "", 0, (8 * at + 4, 8 * at + 8)))
    cursor.number(1, "Protocol", "dns.xpf.protocol", _PROTOCOLS)
    if version == 4:
        said = [cursor.ipv4("IPv4 source", "dns.xpf.source_ipv4"), cursor.ipv4("IPv4 destination", "dns.xpf.destination_ipv4")]
    elif version == 6:
        said = [cursor.ipv6("IPv6 source", "dns.xpf.source_ipv6"), cursor.ipv6("IPv6 destination", "dns.xpf.destination_ipv6")]
    else:
        cursor.rest("Undecoded", "dns.data")
        return ""
    cursor.number(2, "Source port", "dns.xpf.sport")
    cursor.number(2, "Destination port", "dns.xpf.dport")
    return " ".join(said)


READERS: Mapping[int, Step] = {
    11: _read_wks,
    20: _read_isdn,
    29: _read_loc,
    38: _read_a6,
    42: _read_apl,
    45: _read_ipseckey,
    55: _read_hip,
    257: _read_caa,
    260: _read_amtrelay,
    65281: _read_wins,
    65282: _read_winsr,
    65422: _read_xpf,
}
