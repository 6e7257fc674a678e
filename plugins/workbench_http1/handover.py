"""What the next protocol on a connection learns from the exchange that switched to it (CONNECT, Upgrade).

`FlowContext.facts` then holds `method`, `target` (bytes as sent), `status` (int), `request` and `response` (field lines in wire order as
(lower-case name, value) pairs of bytes; () where that message was not seen).
"""

from typing import Any

from workbench_http1.headers import HeaderSection
from workbench_http1.parts import Head
from workbench_http1.startline import RequestLine, StatusLine

__all__ = ["SUCCESSORS", "Asked", "facts_of", "request_facts"]

SUCCESSORS = {b"websocket": "websocket", b"h2c": "http2", b"tls": "tls"}
"""Upgrade token (RFC 9110 16.7, without version) → name of the plugin that goes on."""

Asked = dict[str, Any]
"""The request's share of the facts."""


def request_facts(head: Head) -> Asked:
    """What the request says."""
    start = head.start
    if not isinstance(start, RequestLine):
        return {}
    return {"method": start.part(start.method), "target": start.part(start.target), "request": _lines(head.section)}


def facts_of(response: Head, asked: Asked | None) -> dict[str, Any]:
    """What both messages say together."""
    status = response.start.code if isinstance(response.start, StatusLine) else None
    unseen: Asked = {"method": b"", "target": b"", "request": ()}
    return {**unseen, **(asked or {}), "status": status or 0, "response": _lines(response.section)}


def _lines(section: HeaderSection) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((header.key.encode("latin-1", "replace"), header.content) for header in section.headers)
