"""QUIC v1 and v2 (RFC 9000, 9001, 9369) with its extensions: packets, frames, streams, decrypted where a key log knows the secrets."""

from workbench.api import Carrier, ProtocolSpec, call_on_demand, list_on_demand

__all__ = ["PROTOCOL"]

PROTOCOL = ProtocolSpec(
    name="quic",
    title="QUIC",
    transport="udp",
    ports=(443,),
    decoder=call_on_demand("workbench_quic.decoder:QuicDecoder"),
    probe=call_on_demand("workbench_quic.probe:probe"),
    carrier=Carrier(
        server=call_on_demand("workbench_quic.carrier.server:QuicServer"),
        client=call_on_demand("workbench_quic.carrier.client:QuicClient"),
        settings=("retry", "versions", "early", "key-update", "datagrams"),
    ),
    checks=list_on_demand("workbench_quic.checks:CHECKS"),
)
