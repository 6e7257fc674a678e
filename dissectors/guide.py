"""What a flow asks about protocols, and the decoder that it gets for an answer."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from construct import Construct

from dissectors.decode_as import DecodeAs
from dissectors.detect import Wait, detect
from dissectors.grammar import GrammarDecoder
from dissectors.tracing import trace
from workbench.api import NO_SECRETS, Decoder, Direction, FlowContext, FlowKey, Memory, ProtocolSpec, Secrets, Traced

__all__ = ["MOST_SERVERS", "Guide", "decoder_of"]

MOST_SERVERS = 65_536
"""Servers over UDP whose protocol is remembered; the oldest go first. A busy link has some thousands."""


class Guide:
    """What a flow asks about protocols: which one is this, which one has that name, which secrets are known, and what its other flows
    left for it."""

    def __init__(self, specs: Sequence[ProtocolSpec], pins: Sequence[DecodeAs] = (), secrets: Secrets = NO_SECRETS) -> None:
        self._specs = specs
        self._pins = pins
        self.secrets = secrets
        self._servers = Memory(MOST_SERVERS)
        self._shared: dict[str, Memory] = {}

    def detect(
        self, flow: FlowKey, data: Mapping[Direction, bytes], ended: Collection[Direction], faults: list[str], *, pinned: bool
    ) -> ProtocolSpec | Wait | None:
        """`dissectors.detect.detect` among the known protocols; `pinned`: decode-as rules apply, as the flow lies in no other.

        Such a flow over UDP that nobody recognises is taken for what its server speaks in other flows: a QUIC connection that has moved to
        another address goes on in the middle, where nothing tells what it is.
        """
        found = detect(flow, data, self._specs, self._pins if pinned else (), ended=ended, faults=faults)
        if pinned and flow.transport == "udp" and not isinstance(found, Wait):
            if found is None:
                known: ProtocolSpec | None = self._servers.get(flow.server)
                return known
            self._servers[flow.server] = found
        return found

    def shared(self, spec: ProtocolSpec) -> Memory:
        """What all flows of a protocol in this capture share."""
        return self._shared.setdefault(spec.name, Memory(spec.limits.memory))

    def named(self, name: str, carrier: str = "") -> ProtocolSpec | None:
        """The protocol that a hand-off names, by its own name or one of its ALPN identifiers; None where it is not installed.

        ALPN means one thing inside TLS and perhaps another inside QUIC (`carrier`): what that carries goes first there, and only there.
        """
        same = next((spec for spec in self._specs if spec.name == name), None)
        if same is not None:
            return same
        known = [spec for spec in self._specs if name in spec.alpn and spec.transport in ("tcp", "udp", carrier)]
        return min(known, key=lambda spec: spec.transport != carrier, default=None)


def decoder_of(
    spec: ProtocolSpec,
    stream: int,
    flow: FlowKey,
    secrets: Secrets = NO_SECRETS,
    facts: Mapping[str, Any] | None = None,
    *,
    channel: str = "",
    siblings: Memory | None = None,
    capture: Memory | None = None,
) -> Decoder:
    """A fresh decoder of a protocol for one flow; see `FlowContext` for what it gets to know."""
    limit = spec.limits.memory

    def bounded_trace(grammar: Construct, data: bytes, prefix: str, parameters: Mapping[str, Any]) -> Traced:
        return trace(grammar, data, prefix, parameters, max_fields=spec.limits.fields)

    context = FlowContext(
        stream=stream,
        flow=flow,
        limits=spec.limits,
        trace=bounded_trace,
        memory=Memory(limit),
        secrets=secrets,
        facts=facts or {},
        channel=channel,
        siblings=Memory(limit) if siblings is None else siblings,
        capture=Memory(limit) if capture is None else capture,
    )
    return spec.decoder(context) if spec.decoder is not None else GrammarDecoder(spec, context)
