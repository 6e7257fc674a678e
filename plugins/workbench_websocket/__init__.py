"""WebSocket."""

from construct import GreedyBytes

from workbench.api import Confidence, ProtocolSpec, datagram

__all__ = ["PROTOCOL"]

PROTOCOL = ProtocolSpec(
    name="websocket",
    title="WebSocket",
    grammar=GreedyBytes,
    frame=datagram,
    probe=lambda data, direction: Confidence.NO,
)
