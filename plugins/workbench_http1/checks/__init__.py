"""Conformance checks for servers of HTTP/1.1, from RFC 9110 and RFC 9112. A server's rules only; what proxies owe is not here."""

from workbench_http1.checks import (
    chunks,
    conditions,
    connections,
    expectations,
    field_lines,
    lengths,
    methods,
    ranges,
    request_lines,
)

__all__ = ["CHECKS"]

CHECKS = (
    *request_lines.CHECKS,
    *field_lines.CHECKS,
    *lengths.CHECKS,
    *chunks.CHECKS,
    *connections.CHECKS,
    *expectations.CHECKS,
    *methods.CHECKS,
    *conditions.CHECKS,
    *ranges.CHECKS,
)
