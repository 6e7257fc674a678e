"""SOCKS version 5 (RFC 1928, RFC 1929), with SOCKS4 and SOCKS4A: the conversation over TCP, and the datagrams of its UDP relay."""

from workbench.api import Limits, ProtocolSpec, call_on_demand, list_on_demand, value_on_demand
from workbench_socks5.probe import probe
from workbench_socks5.states import INITIAL, STATES

__all__ = ["PROTOCOL", "PROTOCOL_UDP"]

_LIMITS = Limits(message=128 * 1024)
"""The longest message is a GSSAPI token of 64 KiB."""

PROTOCOL = ProtocolSpec(
    name="socks5",
    title="SOCKS5",
    prefix="socks",
    ports=(1080,),
    decoder=call_on_demand("workbench_socks5.decoder:Socks5Decoder"),
    encode=call_on_demand("workbench_socks5.values:encode"),
    probe=probe,
    states=STATES,
    initial=INITIAL,
    seeds=list_on_demand("workbench_socks5.seeds:SEEDS"),
    server=call_on_demand("workbench_socks5.server:serve"),
    training=call_on_demand("workbench_socks5.training:training"),
    faults=list_on_demand("workbench_socks5.training:FAULTS"),
    workload=call_on_demand("workbench_socks5.workload:workload"),
    checks=list_on_demand("workbench_socks5.checks:CHECKS"),
    check_options={
        "user": "what the proxy asks for (nothing)",
        "password": "what the proxy asks for (nothing)",
        "target": "HOST:PORT of a TCP service that says back what it hears (127.0.0.1:7)",
        "target6": "the same over IPv6 ([::1]:7)",
        "udp-target": "HOST:PORT of a UDP service that says back what it hears (none)",
        "closed": "HOST:PORT where nobody listens (none)",
        "denied": "HOST:PORT that the proxy's rules forbid (192.0.2.1:80)",
        "callers": "yes: the checks may call the addresses that BIND gives (no)",
    },
    hints=value_on_demand("workbench_socks5.seeds:HINTS"),
    limits=_LIMITS,
)

PROTOCOL_UDP = ProtocolSpec(
    name="socks5-udp",
    title="SOCKS5 UDP relay",
    transport="udp",
    prefix="socks",
    ports=(1080,),
    decoder=call_on_demand("workbench_socks5.datagrams:DatagramDecoder"),
    encode=call_on_demand("workbench_socks5.values:encode"),
    probe=call_on_demand("workbench_socks5.datagrams:probe"),
)
