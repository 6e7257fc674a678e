"""Event symbols of HTTP/1.1 messages and the order in which a connection may see them (RFC 9112 section 9)."""

from collections.abc import Mapping
from types import MappingProxyType

from workbench_http1.startline import RequestLine, StatusLine

__all__ = ["INITIAL", "STATES", "symbol"]

INITIAL = "idle"

STATES: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("idle", "request"): "waiting",
        ("waiting", "interim"): "waiting",
        ("waiting", "response"): "idle",
        ("waiting", "switch"): "switched",
        # once requests overlap, a finite table cannot count how many answers are due any more
        ("waiting", "request"): "pipelining",
        ("pipelining", "request"): "pipelining",
        ("pipelining", "interim"): "pipelining",
        ("pipelining", "response"): "pipelining",
        ("pipelining", "switch"): "switched",
    }
)
"""{(state, symbol): next state}. In `switched` the connection speaks another protocol and HTTP messages are over."""


def symbol(start: RequestLine | StatusLine, *, switches: bool) -> str:
    """The symbol of a message: a request, an interim (1xx) or final response, or one that ends HTTP on the connection (101, CONNECT)."""
    if isinstance(start, RequestLine):
        return "request"
    if switches:
        return "switch"
    return "interim" if start.code is not None and 100 <= start.code < 200 else "response"
