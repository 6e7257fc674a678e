"""Conformance checks for authoritative servers, over UDP and over TCP or TLS."""

from workbench_dns.checks import contents, edns, headers, refusals, streams, truncation
from workbench_dns.checks.talk import checks

__all__ = ["CHECKS", "STREAM_CHECKS"]

_COMMON = (*headers.ROWS, *refusals.ROWS, *contents.ROWS, *edns.ROWS)

CHECKS = checks((*_COMMON, *edns.DATAGRAM_ROWS, *truncation.ROWS), stream=False)

STREAM_CHECKS = checks((*_COMMON, *edns.STREAM_ROWS, *streams.ROWS), stream=True)
