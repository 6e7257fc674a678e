"""HTTP/2 (RFC 9113) with HPACK (RFC 7541), extended CONNECT (RFC 8441), priorities (RFC 9218), ALTSVC and ORIGIN.

The decoder is our own: tolerant, with byte offsets down to each header field, and a note for every rule that is broken. The reference
server stands on h2, with the RFC's own errors around it.
"""

from workbench.api import ProtocolSpec, call_on_demand, list_on_demand, value_on_demand
from workbench_http2.probe import probe
from workbench_http2.states import INITIAL, STATES

__all__ = ["PROTOCOL"]

PROTOCOL = ProtocolSpec(
    name="http2",
    title="HTTP/2",
    alpn=("h2", "h2c"),
    decoder=call_on_demand("workbench_http2.decoder:Http2Decoder"),
    encode=call_on_demand("workbench_http2.values:encode"),
    probe=probe,
    states=STATES,
    initial=INITIAL,
    skim=call_on_demand("workbench_http2.skim:skim"),
    seeds=list_on_demand("workbench_http2.seeds:SEEDS"),
    server=call_on_demand("workbench_http2.server:serve"),
    training=call_on_demand("workbench_http2.training:training"),
    faults=list_on_demand("workbench_http2.training:FAULTS"),
    workload=call_on_demand("workbench_http2.workload:workload"),
    checks=list_on_demand("workbench_http2.checks:CHECKS"),
    check_options={
        "path": "a page of 20 bytes or more (/)",
        "upload": "takes POST (the path)",
        "authority": "the value of :authority (the target's host and port)",
        "websocket": "where a WebSocket is (/ws)",
    },
    hints=value_on_demand("workbench_http2.seeds:HINTS"),
)
