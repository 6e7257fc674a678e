"""HTTP/3 (RFC 9114) with QPACK (RFC 9204), as QUIC carries it: streams of frames, requests and responses."""

from workbench.api import ProtocolSpec, call_on_demand

__all__ = ["PROTOCOL"]

PROTOCOL = ProtocolSpec(
    name="http3",
    title="HTTP/3",
    transport="quic",
    decoder=call_on_demand("workbench_http3.decoder:Http3Decoder"),
)
