"""WebSocket (RFC 6455) with per-message compression (RFC 7692), over HTTP/1.1 and over HTTP/2 (RFC 8441).

In captures `http1` or `http2` reads the opening handshake and hands over with its facts. Where a flow is WebSocket by decree (decode-as,
the fuzzer, the laws), this plugin reads the handshake itself: its seeds and its reference server begin with it.
"""

from workbench.api import ProtocolSpec, call_on_demand, list_on_demand, value_on_demand
from workbench_websocket.grammar import FRAME
from workbench_websocket.probe import probe
from workbench_websocket.states import INITIAL, STATES

__all__ = ["PROTOCOL"]

PROTOCOL = ProtocolSpec(
    name="websocket",
    title="WebSocket",
    grammar=FRAME,
    decoder=call_on_demand("workbench_websocket.decoder:WebSocketDecoder"),
    encode=call_on_demand("workbench_websocket.values:encode"),
    probe=probe,
    states=STATES,
    initial=INITIAL,
    seeds=list_on_demand("workbench_websocket.seeds:SEEDS"),
    server=call_on_demand("workbench_websocket.server:serve"),
    training=call_on_demand("workbench_websocket.training:training"),
    faults=list_on_demand("workbench_websocket.training:FAULTS"),
    workload=call_on_demand("workbench_websocket.workload:workload"),
    checks=list_on_demand("workbench_websocket.checks:CHECKS"),
    check_options={
        "path": "where the echo is (/)",
        "host": "the value of Host (the target's host and port)",
    },
    skim=call_on_demand("workbench_websocket.skim:skim"),
    hints=value_on_demand("workbench_websocket.seeds:HINTS"),
)
