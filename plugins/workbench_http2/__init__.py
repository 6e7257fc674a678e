"""HTTP/2 (RFC 9113) with HPACK (RFC 7541), extended CONNECT (RFC 8441), priorities (RFC 9218), ALTSVC and ORIGIN.

The decoder is our own: tolerant, with byte offsets down to each header field, and a note for every rule that is broken. The reference
server stands on h2, with the RFC's own errors around it.
"""

from workbench.api import Hints, ProtocolSpec
from workbench_http2.checks import CHECKS
from workbench_http2.decoder import Http2Decoder
from workbench_http2.probe import probe
from workbench_http2.seeds import SECRET, SEEDS, TOKENS
from workbench_http2.server import serve
from workbench_http2.skim import skim
from workbench_http2.states import INITIAL, STATES
from workbench_http2.training import training
from workbench_http2.values import encode
from workbench_http2.workload import workload

__all__ = ["PROTOCOL"]

PROTOCOL = ProtocolSpec(
    name="http2",
    title="HTTP/2",
    alpn=("h2", "h2c"),
    decoder=Http2Decoder,
    encode=encode,
    probe=probe,
    states=STATES,
    initial=INITIAL,
    skim=skim,
    seeds=SEEDS,
    server=serve,
    training=training,
    workload=workload,
    checks=CHECKS,
    hints=Hints(tokens=TOKENS, secret=SECRET),
)
