"""HTTP/2."""

from construct import GreedyBytes

from workbench.api import Confidence, ProtocolSpec, datagram

__all__ = ["PROTOCOL"]

PROTOCOL = ProtocolSpec(
    name="http2",
    title="HTTP/2",
    grammar=GreedyBytes,
    frame=datagram,
    probe=lambda data, direction: Confidence.NO,
)
