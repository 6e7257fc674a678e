"""The fields that every packet may have, whatever it carries: names as in Wireshark, and of which kind their values are.

Fields of protocols with a plugin are not here: they are what its decoder names.
"""

from collections.abc import Mapping
from enum import Enum

__all__ = ["ALIASES", "HEADERS", "MESSAGE_FACTS", "PACKET_FIELDS", "WORDED", "Kind", "example", "names_of"]


class Kind(Enum):
    """What can be done with a value."""

    NUMBER = "number"
    FLAG = "flag"
    IP = "address"
    MAC = "hardware address"
    TEXT = "text"
    BYTES = "bytes"
    TIME = "time"
    """Nanoseconds since the epoch."""
    SPAN = "duration"
    """Nanoseconds."""
    SEVERITY = "severity"


def _of(kind: Kind, prefix: str, words: str) -> dict[str, Kind]:
    return {f"{prefix}.{word}": kind for word in words.split()}


_FRAME = {
    **_of(Kind.NUMBER, "frame", "number len cap_len interface_id"),
    **_of(Kind.TIME, "frame", "time time_epoch"),
    **_of(Kind.SPAN, "frame", "time_relative time_delta"),
    **_of(Kind.TEXT, "frame", "comment protocols"),
}
_LINK = {
    **_of(Kind.MAC, "eth", "dst src"),
    **_of(Kind.NUMBER, "eth", "type len"),
    "eth.trailer": Kind.BYTES,
    **_of(Kind.NUMBER, "vlan", "id priority dei etype"),
    **_of(Kind.NUMBER, "ieee8021ad", "id priority dei"),
    **_of(Kind.NUMBER, "sll", "pkttype hatype halen etype ifindex"),
    "sll.src.eth": Kind.MAC,
    "sll.src.other": Kind.BYTES,
    "null.family": Kind.NUMBER,
    **_of(Kind.NUMBER, "llc", "dsap ssap control oui type"),
    **_of(Kind.NUMBER, "ppp", "address control protocol"),
    **_of(Kind.NUMBER, "arp", "hw.type proto.type hw.size proto.size opcode"),
    **_of(Kind.MAC, "arp", "src.hw_mac dst.hw_mac"),
    **_of(Kind.IP, "arp", "src.proto_ipv4 dst.proto_ipv4"),
    **_of(Kind.BYTES, "arp", "src.hw dst.hw src.proto dst.proto"),
}
_NETWORK = {
    **_of(Kind.IP, "ip", "src dst"),
    **_of(Kind.NUMBER, "ip", "version hdr_len dsfield dsfield.dscp dsfield.ecn len id flags frag_offset ttl proto checksum"),
    **_of(Kind.FLAG, "ip", "flags.rb flags.df flags.mf"),
    **_of(Kind.NUMBER, "ip", "opt.type opt.len"),
    **_of(Kind.IP, "ipv6", "src dst routing.src.addr routing.mipv6.home_address"),
    **_of(Kind.NUMBER, "ipv6", "version tclass tclass.dscp tclass.ecn flow plen nxt hlim opt.type opt.length"),
    **_of(
        Kind.NUMBER,
        "ipv6",
        "routing.nxt routing.len routing.type routing.segleft hopopts.nxt hopopts.len dstopts.nxt dstopts.len",
    ),
    **_of(Kind.NUMBER, "ipv6", "fraghdr.nxt fraghdr.offset fraghdr.ident"),
    "ipv6.fraghdr.more": Kind.FLAG,
    **_of(Kind.NUMBER, "icmp", "type code checksum ident seq"),
    "icmp.redir_gw": Kind.IP,
    **_of(Kind.NUMBER, "icmpv6", "type code checksum echo.identifier echo.sequence_number mtu"),
    **_of(Kind.IP, "icmpv6", "nd.ns.target_address nd.na.target_address"),
}
_TRANSPORT = {
    **_of(
        Kind.NUMBER,
        "tcp",
        "srcport dstport stream len seq seq_raw ack ack_raw hdr_len flags window_size_value window_size checksum urgent_pointer",
    ),
    **_of(Kind.FLAG, "tcp", "flags.ae flags.cwr flags.ece flags.urg flags.ack flags.push flags.reset flags.syn flags.fin"),
    **_of(Kind.NUMBER, "tcp", "option_kind option_len options.mss_val options.wscale.shift"),
    **_of(Kind.NUMBER, "tcp", "options.timestamp.tsval options.timestamp.tsecr"),
    **_of(Kind.BYTES, "tcp", "payload options.md5.digest options.tfo.cookie options.unknown.payload"),
    **_of(
        Kind.FLAG,
        "tcp",
        "analysis analysis.flags analysis.retransmission analysis.fast_retransmission analysis.spurious_retransmission "
        "analysis.out_of_order analysis.lost_segment analysis.ack_lost_segment analysis.duplicate_ack analysis.window_update "
        "analysis.window_full analysis.zero_window analysis.zero_window_probe analysis.zero_window_probe_ack "
        "analysis.keep_alive analysis.keep_alive_ack analysis.reused_ports",
    ),
    **_of(
        Kind.NUMBER, "tcp.analysis", "acks_frame bytes_in_flight push_bytes_sent duplicate_ack_num duplicate_ack_frame rto_frame"
    ),
    **_of(Kind.SPAN, "tcp.analysis", "ack_rtt initial_rtt rto"),
    **_of(Kind.NUMBER, "udp", "srcport dstport stream length checksum"),
    "udp.payload": Kind.BYTES,
}
PACKET_FIELDS: Mapping[str, Kind] = {**_FRAME, **_LINK, **_NETWORK, **_TRANSPORT, "fuzz.mutation": Kind.TEXT}

ALIASES: Mapping[str, tuple[str, ...]] = {
    "eth.addr": ("eth.dst", "eth.src"),
    "ip.addr": ("ip.src", "ip.dst"),
    "ipv6.addr": ("ipv6.src", "ipv6.dst"),
    "tcp.port": ("tcp.srcport", "tcp.dstport"),
    "udp.port": ("udp.srcport", "udp.dstport"),
    "tcp.ack_number": ("tcp.ack",),
    "port": ("tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport"),
    "addr": ("ip.src", "ip.dst", "ipv6.src", "ipv6.dst"),
    "host": ("ip.src", "ip.dst", "ipv6.src", "ipv6.dst"),
    "ip": ("ip.src", "ip.dst", "ipv6.src", "ipv6.dst"),
    "src": ("ip.src", "ipv6.src"),
    "dst": ("ip.dst", "ipv6.dst"),
}
"""Names that stand for several fields; those without a dot are ours, and are compared only."""

HEADERS = (
    "frame",
    "eth",
    "vlan",
    "ieee8021ad",
    "sll",
    "null",
    "raw",
    "llc",
    "ppp",
    "pppoes",
    "mpls",
    "arp",
    "ip",
    "ipv6",
    "ipv6.hopopts",
    "ipv6.dstopts",
    "ipv6.routing",
    "ipv6.fraghdr",
    "icmp",
    "icmpv6",
    "igmp",
    "ospf",
    "esp",
    "ah",
    "sctp",
    "gre",
    "erspan",
    "vxlan",
    "geneve",
    "gtp",
    "teredo",
    "nsh",
    "tcp",
    "udp",
)
"""Headers that the packet reader knows; a protocol with a plugin is none of them."""

MESSAGE_FACTS: Mapping[str, Kind] = {
    "workbench.protocol": Kind.TEXT,
    "workbench.label": Kind.TEXT,
    "workbench.direction": Kind.TEXT,
    "workbench.summary": Kind.TEXT,
    "workbench.layer": Kind.TEXT,
    "note.severity": Kind.SEVERITY,
    "note.text": Kind.TEXT,
    "note.section": Kind.TEXT,
}
"""What the workbench itself says about a message."""

WORDED = frozenset(
    {
        *_of(Kind.NUMBER, "eth", "type"),
        *_of(Kind.NUMBER, "vlan", "etype"),
        *_of(Kind.NUMBER, "sll", "pkttype etype"),
        *_of(Kind.NUMBER, "arp", "hw.type proto.type opcode"),
        *_of(Kind.NUMBER, "ip", "proto opt.type dsfield.dscp dsfield.ecn"),
        *_of(Kind.NUMBER, "ipv6", "nxt opt.type tclass.dscp tclass.ecn"),
        *("null.family", "llc.type", "ppp.protocol", "icmp.type", "icmpv6.type", "tcp.option_kind"),
    }
)
"""Numbers that have names: `ip.proto == "TCP"`."""

_EXAMPLES = {
    Kind.NUMBER: "1",
    Kind.FLAG: "1",
    Kind.IP: "10.0.0.1",
    Kind.MAC: "02:00:00:00:00:01",
    Kind.TEXT: '"text"',
    Kind.BYTES: "01:02",
    Kind.TIME: '"2024-01-31 12:00:00"',
    Kind.SPAN: "0.5",
    Kind.SEVERITY: "warn",
}


def names_of(name: str) -> tuple[str, ...]:
    """The packet fields that a name stands for; () when it is none."""
    return (name,) if name in PACKET_FIELDS else ALIASES.get(name, ())


def example(name: str) -> str:
    """A comparison with `name`, to show how it is done."""
    names = names_of(name)
    kind = PACKET_FIELDS[names[0]] if names else MESSAGE_FACTS.get(name)
    if kind is Kind.NUMBER and names[0].endswith("port"):
        return f"{name}==8080"
    return f"{name}=={_EXAMPLES[kind] if kind is not None else '0'}"
