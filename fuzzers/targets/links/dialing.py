"""From a protocol and a target to the way there."""

import os
from collections.abc import Iterable
from pathlib import Path

from fuzzers.targets.config import TargetConfig
from fuzzers.targets.links.carried import CarriedDialer
from fuzzers.targets.links.link import Dialer
from fuzzers.targets.links.tcp import TcpDialer
from fuzzers.targets.links.tls import TlsDialer, TlsFacts
from fuzzers.targets.links.udp import UdpDialer
from workbench.api import Carrier, ProtocolSpec, UsageError
from workbench.serving.loopback import is_loopback

__all__ = ["carrier_of", "dialer_for"]


def carrier_of(spec: ProtocolSpec, around: Iterable[ProtocolSpec]) -> Carrier | None:
    """What carries a protocol, where that is not TCP or UDP itself."""
    return next((other.carrier for other in around if other.name == spec.transport), None)


def dialer_for(spec: ProtocolSpec, config: TargetConfig, carrier: Carrier | None = None) -> Dialer:
    """How servers of this target are reached; nothing is reached yet. Raises `UsageError` for what cannot be."""
    secured = config.tls or spec.transport not in ("tcp", "udp")
    if not secured and (config.sni or config.alpn or config.ca or config.insecure or config.keylog):
        raise UsageError("the target is said to be without TLS, and something is said about TLS", remedy="Add --tls")
    if spec.transport == "tcp":
        return TlsDialer(_facts(spec, config)) if config.tls else TcpDialer()
    if spec.transport == "udp":
        if config.tls:
            raise UsageError(f"{spec.name} runs over UDP, and there is no DTLS here", remedy="Leave out --tls")
        return UdpDialer()
    if carrier is None:
        raise UsageError(f"{spec.name} runs over {spec.transport}, and nobody offers that as a transport")
    return CarriedDialer(carrier.client, _facts(spec, config))


def _facts(spec: ProtocolSpec, config: TargetConfig) -> TlsFacts:
    keylog = Path(config.keylog) if config.keylog else None
    if keylog is not None:
        try:
            os.close(os.open(keylog, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))  # readable by its owner only
        except OSError as error:
            raise UsageError(f"no secrets can be written there ({error.strerror})", place=config.keylog) from error
    return TlsFacts(
        alpn=config.alpn or spec.alpn,
        name=config.sni,
        ca=Path(config.ca) if config.ca else None,
        verify=bool(config.ca) or not (config.insecure or is_loopback(config.host, config.port)),
        keylog=keylog,
    )
