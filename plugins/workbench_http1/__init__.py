"""HTTP/1.1 (RFC 9110, RFC 9112) and what is left of HTTP/1.0 and 0.9.

The decoder is our own: tolerant, with byte offsets, and with a note wherever recipients are known to differ. The reference server stands
on h11, which is strict.
"""

from workbench.api import ProtocolSpec, call_on_demand, list_on_demand, value_on_demand
from workbench_http1.probe import probe
from workbench_http1.states import INITIAL, STATES

__all__ = ["PROTOCOL"]

PROTOCOL = ProtocolSpec(
    name="http1",
    title="HTTP/1.1",
    prefix="http",
    alpn=("http/1.1", "http/1.0"),
    ports=(80, 8080, 3128, 3132, 5985, 8000, 8008, 8081, 8088, 8888, 11371),
    decoder=call_on_demand("workbench_http1.decoder:Http1Decoder"),
    encode=call_on_demand("workbench_http1.values:encode"),
    probe=probe,
    states=STATES,
    initial=INITIAL,
    seeds=list_on_demand("workbench_http1.seeds:SEEDS"),
    skim=call_on_demand("workbench_http1.skim:skim"),
    server=call_on_demand("workbench_http1.server:serve"),
    training=call_on_demand("workbench_http1.training:training"),
    faults=list_on_demand("workbench_http1.training:FAULTS"),
    workload=call_on_demand("workbench_http1.workload:workload"),
    checks=list_on_demand("workbench_http1.checks:CHECKS"),
    check_options={
        "path": "a page (/)",
        "upload": "takes POST (/echo)",
        "stream": "an answer of unknown length (/stream)",
        "empty": "answers 204 (/status/204)",
        "missing": "is not there (/no-such-resource)",
        "host": "the value of Host (the target's host and port)",
    },
    hints=value_on_demand("workbench_http1.seeds:HINTS"),
)
