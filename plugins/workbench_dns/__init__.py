"""DNS (RFC 1035 and its many successors) over UDP, TCP, TLS and QUIC, with multicast DNS and LLMNR."""

from workbench.api import ProtocolSpec, call_on_demand

__all__ = ["PROTOCOL", "PROTOCOL_LLMNR", "PROTOCOL_MDNS", "PROTOCOL_TCP"]

PROTOCOL = ProtocolSpec(
    name="dns", title="DNS", transport="udp", prefix="dns", decoder=call_on_demand("workbench_dns.decoder:DnsDecoder")
)
PROTOCOL_TCP = ProtocolSpec(
    name="dns-tcp",
    title="DNS over TCP",
    transport="tcp",
    prefix="dns-tcp",
    decoder=call_on_demand("workbench_dns.decoder:DnsTcpDecoder"),
)
PROTOCOL_MDNS = ProtocolSpec(
    name="mdns", title="Multicast DNS", transport="udp", prefix="mdns", decoder=call_on_demand("workbench_dns.decoder:DnsDecoder")
)
PROTOCOL_LLMNR = ProtocolSpec(
    name="llmnr", title="LLMNR", transport="udp", prefix="llmnr", decoder=call_on_demand("workbench_dns.decoder:DnsDecoder")
)
