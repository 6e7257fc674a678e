"""QUIC v1 and v2 (RFC 9000, 9001, 9369) with its extensions: packets, frames, streams, decrypted where a key log knows the secrets."""

from workbench.api import ProtocolSpec, call_on_demand

__all__ = ["PROTOCOL"]

PROTOCOL = ProtocolSpec(
    name="quic",
    title="QUIC",
    transport="udp",
    ports=(443,),
    decoder=call_on_demand("workbench_quic.decoder:QuicDecoder"),
    probe=call_on_demand("workbench_quic.probe:probe"),
)
