"""QUIC v1 and v2 (RFC 9000, 9001, 9369) with its extensions: packets, frames, streams, decrypted where a key log knows the secrets."""

from workbench.api import Carrier, ProtocolSpec, call_on_demand, list_on_demand, value_on_demand
from workbench_quic.states import INITIAL, STATES

__all__ = ["PROTOCOL"]

PROTOCOL = ProtocolSpec(
    name="quic",
    title="QUIC",
    transport="udp",
    ports=(443,),
    decoder=call_on_demand("workbench_quic.decoder:QuicDecoder"),
    encode=call_on_demand("workbench_quic.values:encode"),
    probe=call_on_demand("workbench_quic.probe:probe"),
    states=STATES,
    initial=INITIAL,
    seeds=list_on_demand("workbench_quic.seeds:SEEDS"),
    training=call_on_demand("workbench_quic.training:training"),
    faults=list_on_demand("workbench_quic.training:FAULTS"),
    hints=value_on_demand("workbench_quic.seeds:HINTS"),
    carrier=Carrier(
        server=call_on_demand("workbench_quic.carrier.server:QuicServer"),
        client=call_on_demand("workbench_quic.carrier.client:QuicClient"),
        settings=("retry", "versions", "early", "key-update"),
    ),
    checks=list_on_demand("workbench_quic.checks:CHECKS"),
    check_options={
        "alpn": "names to offer, with commas between them (those of our own server)",
        "name": "of the server, for SNI (the host)",
        "version": "1 or 2 (1)",
    },
)
