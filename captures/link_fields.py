"""Field trees of link layers and tags. Names are Wireshark's."""

from collections.abc import Callable

from captures.cursor import Layer
from captures.tree import Tree
from workbench.api import Field

__all__ = ["ETHERTYPE_NAMES", "FIELDS"]

ETHERTYPE_NAMES = {
    0x0800: "IPv4",
    0x0806: "ARP",
    0x6558: "Transparent Ethernet bridging",
    0x8035: "RARP",
    0x8100: "802.1Q Virtual LAN",
    0x86DD: "IPv6",
    0x880B: "PPP",
    0x8847: "MPLS label switched packet",
    0x8863: "PPPoE Discovery",
    0x8864: "PPPoE Session",
    0x88A8: "802.1ad Provider Bridge (Q-in-Q)",
    0x88CC: "802.1 Link Layer Discovery Protocol (LLDP)",
    0x888E: "802.1X Authentication",
    0x9100: "802.1Q Q-in-Q (old)",
}
_ARP_OPERATIONS = {1: "request", 2: "reply", 3: "reverse request", 4: "reverse reply"}
_FAMILIES = {2: "IP", 10: "IPv6", 24: "IPv6", 28: "IPv6", 30: "IPv6"}
_PACKET_TYPES = {0: "Unicast to us", 1: "Broadcast", 2: "Multicast", 3: "Unicast to another host", 4: "Sent by us"}
_PPP_PROTOCOLS = {0x21: "Internet Protocol version 4", 0x57: "Internet Protocol version 6", 0xC021: "Link Control Protocol"}
_SMALLEST_TYPE = 0x0600


def _ethernet(data: bytes, layer: Layer) -> Field:
    tree = Tree(data, layer.start)
    destination = tree.mac("Destination", "eth.dst", 0)
    source = tree.mac("Source", "eth.src", 6)
    kind = int.from_bytes(data[layer.start + 12 : layer.start + 14], "big")
    if kind < _SMALLEST_TYPE:
        tree.number("Length", "eth.len", 12, 2)
    else:
        tree.number("Type", "eth.type", 12, 2, ETHERTYPE_NAMES, form="#06x")
    return tree.done("Ethernet II", "eth", layer.payload, text=f"Src: {source}, Dst: {destination}", error=layer.broken)


def _vlan(prefix: str, title: str) -> Callable[[bytes, Layer], Field]:
    def build(data: bytes, layer: Layer) -> Field:
        tree = Tree(data, layer.start)
        tree.bits("Priority", f"{prefix}.priority", 0, 3)
        tree.bits("DEI", f"{prefix}.dei", 3, 4)
        number = tree.bits("ID", f"{prefix}.id", 4, 16)
        tree.number("Type", "vlan.etype" if prefix == "vlan" else "", 2, 2, ETHERTYPE_NAMES, form="#06x")
        return tree.done(title, prefix, layer.payload, text=f"ID: {number}", error=layer.broken)

    return build


def _cooked(data: bytes, layer: Layer) -> Field:
    tree = Tree(data, layer.start)
    kind = tree.number("Packet type", "sll.pkttype", 0, 2, _PACKET_TYPES)
    tree.number("Link-layer address type", "sll.hatype", 2, 2)
    size = tree.number("Link-layer address length", "sll.halen", 4, 2)
    _address(tree, 6, size)
    tree.number("Protocol", "sll.etype", 14, 2, ETHERTYPE_NAMES, form="#06x")
    return tree.done("Linux cooked capture v1", "sll", layer.payload, text=_PACKET_TYPES.get(kind, ""), error=layer.broken)


def _cooked2(data: bytes, layer: Layer) -> Field:
    tree = Tree(data, layer.start)
    tree.number("Protocol", "sll.etype", 0, 2, ETHERTYPE_NAMES, form="#06x")
    tree.number("Interface index", "sll.ifindex", 4, 4)
    tree.number("Link-layer address type", "sll.hatype", 8, 2)
    kind = tree.number("Packet type", "sll.pkttype", 10, 1, _PACKET_TYPES)
    size = tree.number("Link-layer address length", "sll.halen", 11, 1)
    _address(tree, 12, size)
    return tree.done("Linux cooked capture v2", "sll", layer.payload, text=_PACKET_TYPES.get(kind, ""), error=layer.broken)


def _address(tree: Tree, offset: int, size: int) -> None:
    if size == 6:
        tree.mac("Source", "sll.src.eth", offset)
    elif size:
        tree.raw("Source", "sll.src.other", offset, min(size, 8))


def _null(data: bytes, layer: Layer) -> Field:
    tree = Tree(data, layer.start)
    raw = data[layer.start : layer.start + 4]
    number = int.from_bytes(raw, "big")
    family = int.from_bytes(raw, "little") if number > 0xFFFF else number
    if len(raw) == 4:
        tree.add(Field("Family", layer.start, layer.start + 4, family, abbrev="null.family", text=_FAMILIES.get(family, "")))
    return tree.done("Null/Loopback", "null", layer.payload, text=_FAMILIES.get(family, ""), error=layer.broken)


def _llc(data: bytes, layer: Layer) -> Field:
    tree = Tree(data, layer.start)
    tree.number("DSAP", "llc.dsap", 0, 1, form="#04x")
    tree.number("SSAP", "llc.ssap", 1, 1, form="#04x")
    tree.number("Control field", "llc.control", 2, 1, form="#04x")
    if layer.payload - layer.start == 8:
        tree.number("Organization Code", "llc.oui", 3, 3, form="#08x")
        tree.number("Type", "llc.type", 6, 2, ETHERTYPE_NAMES, form="#06x")
    return tree.done("Logical-Link Control", "llc", layer.payload, error=layer.broken)


def _ppp(data: bytes, layer: Layer) -> Field:
    tree = Tree(data, layer.start)
    size = layer.payload - layer.start
    if size > 2:
        tree.number("Address", "ppp.address", 0, 1, form="#04x")
        tree.number("Control", "ppp.control", 1, 1, form="#04x")
    at = size - 2 if size in (2, 4) else size - 1
    tree.number("Protocol", "ppp.protocol", at, size - at, _PPP_PROTOCOLS, form="#06x")
    return tree.done("Point-to-Point Protocol", "ppp", layer.payload, error=layer.broken)


def _arp(data: bytes, layer: Layer) -> Field:
    """RFC 826; addresses of other kinds than Ethernet's and IPv4's are plain bytes."""
    tree = Tree(data, layer.start)
    tree.number("Hardware type", "arp.hw.type", 0, 2, {1: "Ethernet"})
    tree.number("Protocol type", "arp.proto.type", 2, 2, ETHERTYPE_NAMES, form="#06x")
    hardware = tree.number("Hardware size", "arp.hw.size", 4, 1)
    protocol = tree.number("Protocol size", "arp.proto.size", 5, 1)
    operation = tree.number("Opcode", "arp.opcode", 6, 2, _ARP_OPERATIONS)
    at, seen = 8, []
    for title, side in (("Sender", "src"), ("Target", "dst")):
        if hardware == 6:
            tree.mac(f"{title} MAC address", f"arp.{side}.hw_mac", at)
        else:
            tree.raw(f"{title} hardware address", f"arp.{side}.hw", at, hardware)
        at += hardware
        if protocol == 4:
            seen.append(tree.ip(f"{title} IP address", f"arp.{side}.proto_ipv4", at, 4))
        else:
            tree.raw(f"{title} protocol address", f"arp.{side}.proto", at, protocol)
        at += protocol
    text = f"{_ARP_OPERATIONS.get(operation, operation)}, {' → '.join(seen)}" if seen else ""
    return tree.done("Address Resolution Protocol", "arp", layer.payload, text=text, error=layer.broken)


FIELDS: dict[str, Callable[[bytes, Layer], Field]] = {
    "eth": _ethernet,
    "vlan": _vlan("vlan", "802.1Q Virtual LAN"),
    "ieee8021ad": _vlan("ieee8021ad", "IEEE 802.1ad"),
    "sll": _cooked,
    "sll2": _cooked2,
    "null": _null,
    "llc": _llc,
    "ppp": _ppp,
    "arp": _arp,
}
