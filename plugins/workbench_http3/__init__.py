"""HTTP/3 (RFC 9114) with QPACK (RFC 9204), extended CONNECT (RFC 9220), datagrams (RFC 9297) and priorities (RFC 9218).

QUIC carries it, a stream at a time. The decoder is our own: tolerant, with byte offsets down to each field line, and a note for every rule
that is broken.
"""

from workbench.api import ProtocolSpec, call_on_demand, list_on_demand, value_on_demand
from workbench_http3.states import INITIAL, STATES

__all__ = ["PROTOCOL"]

PROTOCOL = ProtocolSpec(
    name="http3",
    title="HTTP/3",
    transport="quic",
    alpn=("h3",),
    decoder=call_on_demand("workbench_http3.decoder:http3_decoder"),
    encode=call_on_demand("workbench_http3.values:encode"),
    states=STATES,
    initial=INITIAL,
    seeds=list_on_demand("workbench_http3.seeds:SEEDS"),
    server=call_on_demand("workbench_http3.server:serve"),
    training=call_on_demand("workbench_http3.training:training"),
    faults=list_on_demand("workbench_http3.training:FAULTS"),
    workload=call_on_demand("workbench_http3.workload:workload"),
    checks=list_on_demand("workbench_http3.checks:CHECKS"),
    check_options={
        "path": "a page of 20 bytes or more (/)",
        "upload": "takes POST (the path)",
        "authority": "the value of :authority (the target's host and port)",
        "websocket": "where a WebSocket is (/ws)",
        "udp": "where UDP is passed on (/.well-known/masque/udp/localhost/7/)",
    },
    hints=value_on_demand("workbench_http3.seeds:HINTS"),
)
