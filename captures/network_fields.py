"""Field trees of IPv4, IPv6 with its extension headers, ICMP and ICMPv6. Names are Wireshark's."""

from collections.abc import Callable

from captures.checksums import Verdict, pseudo_header, verify
from captures.cursor import Layer
from captures.tree import Tree
from workbench.api import Field

__all__ = ["CHECKED_FIELDS", "FIELDS", "PROTOCOL_NAMES", "checked"]

PROTOCOL_NAMES = {
    0: "IPv6 Hop-by-Hop Option",
    1: "ICMP",
    2: "IGMP",
    4: "IPIP",
    6: "TCP",
    17: "UDP",
    41: "IPv6",
    43: "Routing Header for IPv6",
    44: "Fragment Header for IPv6",
    47: "Generic Routing Encapsulation",
    50: "Encap Security Payload",
    51: "Authentication Header",
    58: "ICMPv6",
    59: "IPv6 No Next Header",
    60: "Destination Options for IPv6",
    89: "OSPF IGP",
    132: "SCTP",
}
_ICMP_TYPES = {
    0: "Echo (ping) reply",
    3: "Destination unreachable",
    4: "Source quench",
    5: "Redirect",
    8: "Echo (ping) request",
    9: "Mobile IP Advertisement",
    10: "Router solicitation",
    11: "Time-to-live exceeded",
    12: "Parameter problem",
    13: "Timestamp request",
    14: "Timestamp reply",
}
_ICMPV6_TYPES = {
    1: "Destination Unreachable",
    2: "Packet Too Big",
    3: "Time Exceeded",
    4: "Parameter Problem",
    128: "Echo (ping) request",
    129: "Echo (ping) reply",
    130: "Multicast Listener Query",
    131: "Multicast Listener Report",
    133: "Router Solicitation",
    134: "Router Advertisement",
    135: "Neighbor Solicitation",
    136: "Neighbor Advertisement",
    137: "Redirect",
    143: "Multicast Listener Report Message v2",
}
_IP_OPTIONS = {
    0: "End of Options List",
    1: "No-Operation",
    7: "Record Route",
    68: "Time Stamp",
    130: "Security",
    131: "Loose Source Route",
    136: "Stream ID",
    137: "Strict Source Route",
    148: "Router Alert",
}
_IPV6_OPTIONS = {0: "Pad1", 1: "PadN", 5: "Router Alert", 0xC2: "Jumbo", 0xC9: "Home Address"}
_DSCP = {0: "Default", 8: "CS1", 16: "CS2", 24: "CS3", 32: "CS4", 40: "CS5", 46: "EF PHB", 48: "CS6", 56: "CS7"}
_ECN = {0: "Not-ECT", 1: "ECT(1)", 2: "ECT(0)", 3: "CE"}


def checked(field: Field, verdict: Verdict, right: int) -> Field:
    """A checksum field with what was found out about it: only a wrong one is an error."""
    error = f"the checksum is {field.value:#06x}, the bytes give {right:#06x}" if verdict is Verdict.BAD else ""
    text = f"{field.value:#06x} [{verdict.value}]"
    return Field(field.name, field.start, field.end, field.value, abbrev=field.abbrev, text=text, error=error)


def _ip(data: bytes, layer: Layer, verify_checksums: bool) -> Field:
    """RFC 791, with the traffic class of RFC 2474 and 3168."""
    tree = Tree(data, layer.start)
    tree.bits("Version", "ip.version", 0, 4)
    header = tree.bits("Header Length", "ip.hdr_len", 4, 8, factor=4)
    _traffic_class(tree, "ip.dsfield", "Differentiated Services Field", 8)
    tree.number("Total Length", "ip.len", 2, 2)
    tree.number("Identification", "ip.id", 4, 2, form="#06x")
    parts = (("Reserved bit", "ip.flags.rb", 48), ("Don't fragment", "ip.flags.df", 49), ("More fragments", "ip.flags.mf", 50))
    tree.flags("Flags", "ip.flags", 48, 51, parts)
    tree.bits("Fragment Offset (units of 8 bytes)", "ip.frag_offset", 51, 64)
    tree.number("Time to Live", "ip.ttl", 8, 1)
    tree.number("Protocol", "ip.proto", 9, 1, PROTOCOL_NAMES)
    tree.number("Header Checksum", "ip.checksum", 10, 2, form="#06x")
    if verify_checksums and layer.start + header <= len(data) and header >= 20:
        tree.fields[-1] = checked(tree.fields[-1], *verify(data[layer.start : layer.start + header], 10))
    source, destination = tree.ip("Source Address", "ip.src", 12, 4), tree.ip("Destination Address", "ip.dst", 16, 4)
    if min(header, len(data) - layer.start) > 20:
        _ip_options(tree, min(header, len(data) - layer.start))
    text = f"Src: {source}, Dst: {destination}" if destination else ""
    return tree.done("Internet Protocol Version 4", "ip", layer.payload, text=text, error=layer.broken)


def _traffic_class(tree: Tree, abbrev: str, name: str, first: int) -> None:
    whole = tree.bit_field(name, abbrev, first, first + 8, form="#04x")
    if whole is None:
        return
    parts = (
        tree.bit_field("Differentiated Services Codepoint", f"{abbrev}.dscp", first, first + 6, _DSCP),
        tree.bit_field("Explicit Congestion Notification", f"{abbrev}.ecn", first + 6, first + 8, _ECN),
    )
    children = tuple(part for part in parts if part is not None)
    tree.add(Field(name, whole.start, whole.end, whole.value, children, abbrev, whole.text, bits=whole.bits))


def _ip_options(tree: Tree, header: int) -> None:
    """RFC 791 section 3.1: single bytes 0 and 1, else type, length, value."""
    options = Tree(tree.data, tree.start)
    at = 20
    while at < header and tree.start + at < len(tree.data):
        kind = tree.data[tree.start + at]
        length = 1
        if kind > 1:
            length = tree.data[tree.start + at + 1] if tree.start + at + 1 < len(tree.data) else 0
        if length < (1 if kind <= 1 else 2) or at + length > header:
            name = _IP_OPTIONS.get(kind, f"Option {kind}")
            options.add(Field(name, tree.start + at, tree.start + header, kind, error="its length cannot be"))
            break
        options.add(_option(tree, at, length, _IP_OPTIONS, "ip.opt.type", "ip.opt.len"))
        at += length
        if kind == 0:
            break
    tree.below("Options", 20, header, options.fields)


def _option(tree: Tree, at: int, length: int, names: dict[int, str], kind_abbrev: str, length_abbrev: str) -> Field:
    option = Tree(tree.data, tree.start + at)
    kind = option.number("Type", kind_abbrev, 0, 1, names)
    if length > 1:
        option.number("Length", length_abbrev, 1, 1)
        option.raw("Data", "", 2, length - 2)
    return option.done(names.get(kind, f"Option {kind}"), "", tree.start + at + length)


def _ipv6(data: bytes, layer: Layer) -> Field:
    """RFC 8200 section 3."""
    tree = Tree(data, layer.start)
    tree.bits("Version", "ipv6.version", 0, 4)
    _traffic_class(tree, "ipv6.tclass", "Traffic Class", 4)
    tree.bits("Flow Label", "ipv6.flow", 12, 32, form="#07x")
    tree.number("Payload Length", "ipv6.plen", 4, 2)
    tree.number("Next Header", "ipv6.nxt", 6, 1, PROTOCOL_NAMES)
    tree.number("Hop Limit", "ipv6.hlim", 7, 1)
    source, destination = tree.ip("Source Address", "ipv6.src", 8, 16), tree.ip("Destination Address", "ipv6.dst", 24, 16)
    text = f"Src: {source}, Dst: {destination}" if destination else ""
    return tree.done("Internet Protocol Version 6", "ipv6", layer.payload, text=text, error=layer.broken)


def _ipv6_options(prefix: str, title: str) -> Callable[[bytes, Layer], Field]:
    """Hop-by-hop and destination options (RFC 8200 section 4.2)."""

    def build(data: bytes, layer: Layer) -> Field:
        tree = Tree(data, layer.start)
        tree.number("Next Header", f"{prefix}.nxt", 0, 1, PROTOCOL_NAMES)
        tree.number("Length", f"{prefix}.len", 1, 1)
        at, end = 2, min(layer.payload, len(data)) - layer.start
        while at < end:
            length = 1 if data[layer.start + at] == 0 or at + 1 >= end else 2 + data[layer.start + at + 1]
            tree.add(_option(tree, at, min(length, end - at), _IPV6_OPTIONS, "ipv6.opt.type", "ipv6.opt.length"))
            at += length
        return tree.done(title, prefix, layer.payload, error=layer.broken)

    return build


def _routing(data: bytes, layer: Layer) -> Field:
    """RFC 8200 section 4.4; the addresses of types 0 and 2 (RFC 6275)."""
    tree = Tree(data, layer.start)
    tree.number("Next Header", "ipv6.routing.nxt", 0, 1, PROTOCOL_NAMES)
    tree.number("Length", "ipv6.routing.len", 1, 1)
    kind = tree.number("Type", "ipv6.routing.type", 2, 1)
    tree.number("Segments Left", "ipv6.routing.segleft", 3, 1)
    if kind in (0, 2):
        for at in range(8, layer.payload - layer.start - 15, 16):
            tree.ip("Address", "ipv6.routing.src.addr" if kind == 0 else "ipv6.routing.mipv6.home_address", at, 16)
    return tree.done("Routing Header for IPv6", "ipv6.routing", layer.payload, error=layer.broken)


def _fragment_header(data: bytes, layer: Layer) -> Field:
    """RFC 8200 section 4.5."""
    tree = Tree(data, layer.start)
    tree.number("Next header", "ipv6.fraghdr.nxt", 0, 1, PROTOCOL_NAMES)
    tree.bits("Offset", "ipv6.fraghdr.offset", 16, 29)
    more = tree.flag("More Fragments", "ipv6.fraghdr.more", 31)
    if more is not None:
        tree.add(more)
    tree.number("Identification", "ipv6.fraghdr.ident", 4, 4, form="#010x")
    return tree.done("Fragment Header for IPv6", "ipv6.fraghdr", layer.payload, error=layer.broken)


def _icmp(data: bytes, layer: Layer, verify_checksums: bool) -> Field:
    """RFC 792."""
    tree = Tree(data, layer.start)
    kind = tree.number("Type", "icmp.type", 0, 1, _ICMP_TYPES)
    tree.number("Code", "icmp.code", 1, 1)
    tree.number("Checksum", "icmp.checksum", 2, 2, form="#06x")
    if verify_checksums and layer.end <= len(data) and not layer.quoted and not layer.broken:
        tree.fields[-1] = checked(tree.fields[-1], *verify(data[layer.start : layer.end], 2))
    if kind in (0, 8, 13, 14):
        tree.number("Identifier", "icmp.ident", 4, 2)
        tree.number("Sequence Number", "icmp.seq", 6, 2)
    elif kind == 5:
        tree.ip("Gateway Address", "icmp.redir_gw", 4, 4)
    name = _ICMP_TYPES.get(kind, f"Type {kind}")
    return tree.done("Internet Control Message Protocol", "icmp", layer.payload, text=name, error=layer.broken)


def _icmpv6(data: bytes, layer: Layer, verify_checksums: bool) -> Field:
    """RFC 4443, and the target address of RFC 4861's neighbour messages."""
    tree = Tree(data, layer.start)
    kind = tree.number("Type", "icmpv6.type", 0, 1, _ICMPV6_TYPES)
    tree.number("Code", "icmpv6.code", 1, 1)
    tree.number("Checksum", "icmpv6.checksum", 2, 2, form="#06x")
    if verify_checksums and layer.end <= len(data) and not layer.quoted and not layer.broken and len(layer.source) == 16:
        segment = data[layer.start : layer.end]
        pseudo = pseudo_header(layer.source, layer.destination, 58, len(segment))
        tree.fields[-1] = checked(tree.fields[-1], *verify(segment, 2, pseudo))
    end = layer.payload
    if kind in (128, 129):
        tree.number("Identifier", "icmpv6.echo.identifier", 4, 2, form="#06x")
        tree.number("Sequence", "icmpv6.echo.sequence_number", 6, 2)
    elif kind == 2:
        tree.number("MTU", "icmpv6.mtu", 4, 4)
    elif kind in (135, 136):
        tree.ip("Target Address", "icmpv6.nd.ns.target_address" if kind == 135 else "icmpv6.nd.na.target_address", 8, 16)
        end = max(end, min(layer.start + 24, layer.end))
    name = _ICMPV6_TYPES.get(kind, f"Type {kind}")
    return tree.done("Internet Control Message Protocol v6", "icmpv6", end, text=name, error=layer.broken)


FIELDS: dict[str, Callable[[bytes, Layer], Field]] = {
    "ipv6": _ipv6,
    "ipv6.hopopts": _ipv6_options("ipv6.hopopts", "IPv6 Hop-by-Hop Option"),
    "ipv6.dstopts": _ipv6_options("ipv6.dstopts", "Destination Options for IPv6"),
    "ipv6.routing": _routing,
    "ipv6.fraghdr": _fragment_header,
}

CHECKED_FIELDS: dict[str, Callable[[bytes, Layer, bool], Field]] = {"ip": _ip, "icmp": _icmp, "icmpv6": _icmpv6}
"""Headers with a checksum; the third argument says whether to judge it."""
