"""SOCKS5."""

from construct import GreedyBytes

from workbench.api import Confidence, ProtocolSpec, datagram

__all__ = ["PROTOCOL"]

PROTOCOL = ProtocolSpec(
    name="socks5",
    title="SOCKS5",
    grammar=GreedyBytes,
    frame=datagram,
    probe=lambda data, direction: Confidence.NO,
)
