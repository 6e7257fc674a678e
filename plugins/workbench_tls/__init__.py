"""TLS 1.0 to 1.3 (RFC 2246, 4346, 5246, 8446) with SSL 3.0 and the hellos of SSL 2.0: records, handshakes, and what is inside.

A layer: what records protect is handed on decrypted, where a key log knows the secrets, to the protocol that ALPN names. Servers of other
protocols speak TLS through `workbench.serving`; there is none here, but for the faulty one to learn fuzzing on. QUIC carries handshake
messages without records: a protocol of its own here, whose packets and keys are QUIC's. DTLS is neither.
"""

from workbench.api import ProtocolSpec, call_on_demand, list_on_demand, value_on_demand
from workbench_tls.probe import probe
from workbench_tls.states import INITIAL, STATES
from workbench_tls.unrecorded_states import INITIAL as UNRECORDED_INITIAL
from workbench_tls.unrecorded_states import STATES as UNRECORDED_STATES

__all__ = ["PROTOCOL", "PROTOCOL_HANDSHAKE"]

PROTOCOL = ProtocolSpec(
    name="tls",
    title="TLS",
    ports=(443, 465, 563, 636, 853, 989, 990, 992, 993, 994, 995, 2221, 2443, 3269, 5061, 5349, 5671, 6697, 8443, 8883),
    decoder=call_on_demand("workbench_tls.decoder:TlsDecoder"),
    encode=call_on_demand("workbench_tls.values:encode"),
    probe=probe,
    states=STATES,
    initial=INITIAL,
    seeds=list_on_demand("workbench_tls.seeds:SEEDS"),
    training=call_on_demand("workbench_tls.training:training"),
    faults=list_on_demand("workbench_tls.training:FAULTS"),
    hints=value_on_demand("workbench_tls.seeds:HINTS"),
)

PROTOCOL_HANDSHAKE = ProtocolSpec(
    name="tls-handshake",
    title="TLS handshake without records",
    transport="quic",
    prefix="tls",
    decoder=call_on_demand("workbench_tls.unrecorded:HandshakeDecoder"),
    encode=call_on_demand("workbench_tls.unrecorded:encode"),
    states=UNRECORDED_STATES,
    initial=UNRECORDED_INITIAL,
    seeds=list_on_demand("workbench_tls.unrecorded_seeds:SEEDS"),
    hints=value_on_demand("workbench_tls.unrecorded_seeds:HINTS"),
)
"""What QUIC's CRYPTO frames carry (RFC 9001 4)."""
