"""HTTP/1.1 (RFC 9110, RFC 9112) and what is left of HTTP/1.0 and 0.9.

The decoder is our own: tolerant, with byte offsets, and with a note wherever recipients are known to differ. The reference server stands
on h11, which is strict.
"""

from workbench.api import Hints, ProtocolSpec, list_on_demand
from workbench_http1.decoder import Http1Decoder
from workbench_http1.probe import probe
from workbench_http1.seeds import SECRET, SEEDS, TOKENS
from workbench_http1.server import serve
from workbench_http1.skim import skim
from workbench_http1.states import INITIAL, STATES
from workbench_http1.training import training
from workbench_http1.values import encode
from workbench_http1.workload import workload

__all__ = ["PROTOCOL"]

PROTOCOL = ProtocolSpec(
    name="http1",
    title="HTTP/1.1",
    prefix="http",
    alpn=("http/1.1", "http/1.0"),
    ports=(80, 8080, 3128, 3132, 5985, 8000, 8008, 8081, 8088, 8888, 11371),
    decoder=Http1Decoder,
    encode=encode,
    probe=probe,
    states=STATES,
    initial=INITIAL,
    seeds=SEEDS,
    skim=skim,
    server=serve,
    training=training,
    workload=workload,
    checks=list_on_demand("workbench_http1.checks:CHECKS"),
    hints=Hints(tokens=TOKENS, secret=SECRET),
)
