"""HTTP/2 (RFC 9113) with HPACK (RFC 7541), extended CONNECT (RFC 8441), priorities (RFC 9218), ALTSVC and ORIGIN.

The decoder is our own: tolerant, with byte offsets down to each header field, and a note for every rule that is broken.
"""

from workbench.api import ProtocolSpec
from workbench_http2.decoder import Http2Decoder
from workbench_http2.probe import probe
from workbench_http2.states import INITIAL, STATES
from workbench_http2.values import encode

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
)
