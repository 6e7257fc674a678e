"""WebSocket (RFC 6455) with per-message compression (RFC 7692), over HTTP/1.1 and over HTTP/2 (RFC 8441).

In captures `http1` or `http2` reads the opening handshake and hands over with its facts. Where a flow is WebSocket by decree (decode-as,
the fuzzer, the laws), this plugin reads the handshake itself: its seeds and its reference server begin with it.
"""

from workbench.api import Hints, ProtocolSpec
from workbench_websocket.checks import CHECKS
from workbench_websocket.decoder import WebSocketDecoder
from workbench_websocket.grammar import FRAME
from workbench_websocket.probe import probe
from workbench_websocket.seeds import SECRET, SEEDS, TOKENS
from workbench_websocket.server import serve
from workbench_websocket.skim import skim
from workbench_websocket.states import INITIAL, STATES
from workbench_websocket.training import training
from workbench_websocket.values import encode
from workbench_websocket.workload import workload

__all__ = ["PROTOCOL"]

PROTOCOL = ProtocolSpec(
    name="websocket",
    title="WebSocket",
    grammar=FRAME,
    decoder=WebSocketDecoder,
    encode=encode,
    probe=probe,
    states=STATES,
    initial=INITIAL,
    seeds=SEEDS,
    server=serve,
    training=training,
    workload=workload,
    checks=CHECKS,
    skim=skim,
    hints=Hints(tokens=TOKENS, keep=("method", "version", "headers.name", "head.mask"), secret=SECRET),
)
