"""Names of status codes: the IANA registry as the standard library knows it, current names (RFC 9110 section 15)."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

__all__ = ["PHRASES"]

PHRASES: Mapping[int, str] = MappingProxyType(
    {status.value: status.phrase for status in HTTPStatus}
    | {413: "Content Too Large", 414: "URI Too Long", 416: "Range Not Satisfiable", 422: "Unprocessable Content"}
)
"""Status code → reason phrase. 413, 414, 416 and 422 were renamed by RFC 9110; older Pythons still have the former names."""
