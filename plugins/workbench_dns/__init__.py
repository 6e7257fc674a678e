"""DNS (RFC 1035 and its many successors) over UDP, TCP, TLS and QUIC, with multicast DNS (RFC 6762) and LLMNR (RFC 4795).

DNS inside HTTP (RFC 8484) is not here: its messages are bodies of HTTP.
"""

from workbench.api import ProtocolSpec, call_on_demand, list_on_demand, value_on_demand
from workbench_dns.limits import DATAGRAM_LIMITS, STREAM_LIMITS
from workbench_dns.probe import probe, probe_stream
from workbench_dns.states import INITIAL, MULTICAST_STATES, STATES

__all__ = ["PROTOCOL", "PROTOCOL_LLMNR", "PROTOCOL_MDNS", "PROTOCOL_TCP"]

_OPTIONS = {
    "zone": "a zone it is the authority for (workbench.test.)",
    "name": "a name in it with an address (A), and without MX (www.workbench.test.)",
    "missing": "a name that does not exist (missing.workbench.test.)",
    "alias": "a name with a CNAME to `name` (alias.workbench.test.)",
    "wildcard": "a name that exists only through `*`, with A and without MX (made-up.wild.workbench.test.)",
    "between": "a name without records above one with some (c.deep.workbench.test.)",
    "large": "a name whose TXT records take more than 1,300 bytes (big.workbench.test.)",
    "service": "a name with SRV (shop._http._tcp.workbench.test.)",
    "child": "a name below a delegation (www.sub.workbench.test.)",
    "redirected": "a name below a DNAME, whose target exists (leaf.tree.workbench.test.)",
}

PROTOCOL = ProtocolSpec(
    name="dns",
    title="DNS",
    transport="udp",
    ports=(53,),
    decoder=call_on_demand("workbench_dns.decoder:dns"),
    encode=call_on_demand("workbench_dns.values:encode"),
    probe=probe,
    states=STATES,
    initial=INITIAL,
    seeds=list_on_demand("workbench_dns.seeds:SEEDS"),
    server=call_on_demand("workbench_dns.server:serve_datagrams"),
    training=call_on_demand("workbench_dns.training:training_datagrams"),
    faults=list_on_demand("workbench_dns.training:FAULTS"),
    workload=call_on_demand("workbench_dns.workload:workload_datagrams"),
    checks=list_on_demand("workbench_dns.checks:CHECKS"),
    check_options=_OPTIONS,
    skim_datagrams=call_on_demand("workbench_dns.skim:skim_datagrams"),
    hints=value_on_demand("workbench_dns.seeds:HINTS"),
    limits=DATAGRAM_LIMITS,
)

PROTOCOL_TCP = ProtocolSpec(
    name="dns-tcp",
    title="DNS over TCP, TLS and QUIC",
    prefix="dns",
    ports=(53, 853),
    alpn=("dot", "doq"),
    decoder=call_on_demand("workbench_dns.decoder:StreamDecoder"),
    encode=call_on_demand("workbench_dns.values:encode"),
    probe=probe_stream,
    states=STATES,
    initial=INITIAL,
    seeds=list_on_demand("workbench_dns.seeds:STREAM_SEEDS"),
    server=call_on_demand("workbench_dns.server:serve_streams"),
    training=call_on_demand("workbench_dns.training:training_streams"),
    faults=list_on_demand("workbench_dns.training:STREAM_FAULTS"),
    workload=call_on_demand("workbench_dns.workload:workload_streams"),
    checks=list_on_demand("workbench_dns.checks:STREAM_CHECKS"),
    check_options=_OPTIONS,
    hints=value_on_demand("workbench_dns.seeds:STREAM_HINTS"),
    limits=STREAM_LIMITS,
)

PROTOCOL_MDNS = ProtocolSpec(
    name="mdns",
    title="Multicast DNS",
    transport="udp",
    prefix="dns",
    ports=(5353,),
    decoder=call_on_demand("workbench_dns.decoder:mdns"),
    encode=call_on_demand("workbench_dns.values:encode"),
    probe=probe,
    states=MULTICAST_STATES,
    initial=INITIAL,
    seeds=list_on_demand("workbench_dns.seeds:MULTICAST_SEEDS"),
    hints=value_on_demand("workbench_dns.seeds:LOCAL_HINTS"),
    limits=DATAGRAM_LIMITS,
)

PROTOCOL_LLMNR = ProtocolSpec(
    name="llmnr",
    title="Link-local multicast name resolution",
    transport="udp",
    prefix="dns",
    ports=(5355,),
    decoder=call_on_demand("workbench_dns.decoder:llmnr"),
    encode=call_on_demand("workbench_dns.values:encode"),
    probe=probe,
    states=STATES,
    initial=INITIAL,
    seeds=list_on_demand("workbench_dns.seeds:LLMNR_SEEDS"),
    hints=value_on_demand("workbench_dns.seeds:LOCAL_HINTS"),
    limits=DATAGRAM_LIMITS,
)
