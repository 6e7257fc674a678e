"""Opcodes of frames (RFC 6455 5.2) and status codes of the closing handshake (RFC 6455 7.4)."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["BINARY", "CLOSE", "CLOSE_NAMES", "CONTINUATION", "NAMES", "PING", "PONG", "TEXT", "why_illegal"]

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

NAMES: Mapping[int, str] = MappingProxyType(
    {CONTINUATION: "continuation", TEXT: "text", BINARY: "binary", CLOSE: "close", PING: "ping", PONG: "pong"}
)

CLOSE_NAMES: Mapping[int, str] = MappingProxyType(
    {
        1000: "Normal closure",
        1001: "Going away",
        1002: "Protocol error",
        1003: "Unsupported data",
        1004: "Reserved",
        1005: "No status received",
        1006: "Abnormal closure",
        1007: "Invalid payload data",
        1008: "Policy violation",
        1009: "Message too big",
        1010: "Mandatory extension",
        1011: "Internal error",
        1012: "Service restart",
        1013: "Try again later",
        1014: "Bad gateway",
        1015: "TLS handshake",
    }
)
"""RFC 6455 7.4.1 and the IANA registry it founded (1012 to 1014)."""

_NEVER_SENT = {
    1004: "is reserved",
    1005: "only says that no code came",
    1006: "only says that no Close came",
    1015: "only says that TLS failed",
}


def why_illegal(code: int) -> str:
    """Why a status code must not stand in a Close frame (RFC 6455 7.4.1, 7.4.2); "" for one that may."""
    if code in _NEVER_SENT:
        return _NEVER_SENT[code]
    if code < 1000:
        return "is below 1000"
    if code not in CLOSE_NAMES and code < 3000:
        return "is reserved for revisions of the protocol"
    return "" if code < 5000 else "is above 4999"
