"""The order of handshake messages inside QUIC (RFC 8446 2 and A, RFC 9001 4.1.3). Each level of encryption is a conversation of its own:
hellos, the rest of the handshake, and tickets begin anew."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["INITIAL", "STATES"]

INITIAL = "start"

_HELLOS = (
    ("start", "client_hello", "offered"),
    ("offered", "client_hello", "offered"),  # said again after a Retry or in another version (RFC 9000 17.2.5.2 and 6.2)
    ("offered", "hello_retry_request", "retried"),
    ("retried", "client_hello", "offered_again"),
    ("offered", "server_hello", "chosen"),
    ("offered_again", "server_hello", "chosen"),
)
_HANDSHAKE = (
    ("start", "encrypted_extensions", "extended"),
    ("extended", "certificate_request", "requested"),
    *((state, kind, "certified") for state in ("extended", "requested") for kind in ("certificate", "compressed_certificate")),
    ("certified", "certificate_verify", "verified"),
    *((state, "finished", "server_finished") for state in ("extended", "verified")),
    *(("server_finished", kind, "client_certified") for kind in ("certificate", "compressed_certificate")),
    ("client_certified", "certificate_verify", "client_verified"),
    *((state, "finished", "finished") for state in ("server_finished", "client_certified", "client_verified")),
)
_LATER = tuple((state, "new_session_ticket", "ticketed") for state in ("start", "ticketed"))

STATES: Mapping[tuple[str, str], str] = MappingProxyType(
    {(state, label): following for state, label, following in (*_HELLOS, *_HANDSHAKE, *_LATER)}
)
"""{(state, label): next state}."""
