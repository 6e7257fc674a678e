"""Conformance cases for servers of QUIC, each from a sentence of RFC 8999 to 9001, 9221 or 9368. Packets are made and taken apart here, so
that everything can be said wrongly; see `talk` for what the cases may be told about a target."""

from workbench_quic.checks import endings, frames, initials, negotiation, paths, streams, tls, transport_parameters

__all__ = ["CHECKS"]

CHECKS = (
    *negotiation.CHECKS,
    *initials.CHECKS,
    *tls.CHECKS,
    *transport_parameters.CHECKS,
    *frames.CHECKS,
    *streams.CHECKS,
    *paths.CHECKS,
    *endings.CHECKS,
)
