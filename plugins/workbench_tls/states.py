"""Event symbols of records and the order in which a connection may see them (RFC 8446 2 and A, RFC 5246 7.3, 5077 3.1).

The tables speak of messages; a record may hold several handshake messages of one flight, and its symbol is their names joined by "+".
Both protocol versions are in one table: a reader without keys cannot always tell which one it is.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

__all__ = ["INITIAL", "STATES"]

INITIAL = "start"

_CLIENT: tuple[tuple[str, str, str], ...] = (
    ("start", "client_hello", "offered"),
    ("start", "ssl2_client_hello", "offered"),
    ("retried", "client_hello", "offered"),
    # TLS 1.2, full handshake
    ("server_done", "certificate", "client_certified"),
    ("server_done", "client_key_exchange", "client_keyed"),
    ("client_certified", "client_key_exchange", "client_keyed"),
    ("client_keyed", "certificate_verify", "client_verified"),
    # TLS 1.3
    ("server_finished", "certificate", "client_certified_13"),
    ("server_finished", "end_of_early_data", "server_finished"),
    ("server_finished", "finished", "open"),
    ("client_certified_13", "certificate_verify", "client_verified_13"),
    ("client_certified_13", "finished", "open"),
    ("client_verified_13", "finished", "open"),
    # later: renegotiation (TLS 1.2), authentication (TLS 1.3, RFC 8446 4.6.2)
    ("open", "client_hello", "offered"),
    ("open", "certificate", "late_certified"),
    ("late_certified", "certificate_verify", "late_verified"),
    ("late_certified", "finished", "open"),
    ("late_verified", "finished", "open"),
)
_SERVER: tuple[tuple[str, str, str], ...] = (
    ("offered", "hello_retry_request", "retried"),
    ("offered", "server_hello", "chosen"),
    # TLS 1.2
    ("chosen", "certificate", "certified"),
    ("chosen", "server_key_exchange", "keyed"),
    ("chosen", "server_hello_done", "server_done"),
    ("chosen", "new_session_ticket", "resuming"),
    ("certified", "certificate_status", "stapled"),
    *((state, "server_key_exchange", "keyed") for state in ("certified", "stapled")),
    *((state, "certificate_request", "requested") for state in ("certified", "stapled", "keyed")),
    *((state, "server_hello_done", "server_done") for state in ("certified", "stapled", "keyed", "requested")),
    ("client_finished", "new_session_ticket", "ticketed"),
    # TLS 1.3; the flight follows the ServerHello, with ChangeCipherSpec between them or not (RFC 8446 D.4)
    *((state, "encrypted_extensions", "extended") for state in ("chosen", "switched")),
    ("extended", "certificate_request", "requested_13"),
    *((state, "certificate", "certified_13") for state in ("extended", "requested_13")),
    *((state, "compressed_certificate", "certified_13") for state in ("extended", "requested_13")),
    ("certified_13", "certificate_verify", "verified_13"),
    *((state, "finished", "server_finished") for state in ("extended", "verified_13")),
    ("open", "new_session_ticket", "open"),
)
_EITHER: tuple[tuple[str, str, str], ...] = (
    # 0-RTT, and what middleboxes want to see (RFC 8446 4.2.10, D.4)
    *((state, kind, state) for state in ("offered", "retried") for kind in ("change_cipher_spec", "application_data")),
    *((state, kind, state) for state in ("extended", "certified_13", "verified_13") for kind in ("application_data",)),
    *((state, kind, state) for state in ("server_finished",) for kind in ("change_cipher_spec", "application_data")),
    # TLS 1.2: the client's cipher spec, then the server's
    *((state, "change_cipher_spec", "client_switched") for state in ("client_keyed", "client_verified")),
    ("client_switched", "next_protocol", "client_switched"),
    *(("client_switched", kind, "client_finished") for kind in ("finished", "encrypted_handshake")),
    ("client_finished", "application_data", "client_finished"),
    *((state, "change_cipher_spec", "server_switched") for state in ("client_finished", "ticketed")),
    *(("server_switched", kind, "open") for kind in ("finished", "encrypted_handshake")),
    # TLS 1.2, resumed: the server's cipher spec, then the client's; in TLS 1.3 it means nothing
    *((state, "change_cipher_spec", "switched") for state in ("chosen", "resuming", "switched")),
    *(("switched", kind, "resumed") for kind in ("finished", "encrypted_handshake")),
    ("resumed", "change_cipher_spec", "resumed_switched"),
    ("resumed_switched", "next_protocol", "resumed_switched"),
    *(("resumed_switched", kind, "open") for kind in ("finished", "encrypted_handshake")),
    # TLS 1.3 without keys: nothing but protected records
    *((state, "application_data", "protected") for state in ("chosen", "switched", "protected")),
    ("protected", "change_cipher_spec", "protected"),
    *(
        ("open", kind, "open")
        for kind in ("application_data", "key_update", "hello_request", "certificate_request", "encrypted_handshake")
    ),
)

_MOST_TOGETHER = 7
"""Handshake messages of one record that have a symbol together: the longest flight has six."""

_OVER = "over"
_ENDINGS = ("close_notify", "fatal_alert", "encrypted_alert")
_AFTER = ("application_data", "key_update", "new_session_ticket", "alert", *_ENDINGS)
"""The other side may still have been speaking when one side closed (RFC 8446 6.1)."""
_ANYWHERE = ("alert", "heartbeat", "encrypted_heartbeat", "handshake_fragment")
"""Warnings, heartbeats (RFC 6520 3), and records in the middle of a long message."""
_ALONE = frozenset(("hello_request", "key_update", "end_of_early_data"))
"""RFC 8446 5.1: messages before a change of keys end their record."""


def _runs(rows: Mapping[tuple[str, str], str], state: str, depth: int) -> Iterator[tuple[str, str]]:
    """Symbols of one to `depth` messages of one side from a state on, and where each leads."""
    for (origin, name), following in rows.items():
        if origin != state:
            continue
        yield name, following
        if depth > 1 and name not in _ALONE:
            for more, last in _runs(rows, following, depth - 1):
                yield f"{name}+{more}", last


def _table() -> dict[tuple[str, str], str]:
    table = {(state, name): following for state, name, following in _EITHER}
    for rows in (_CLIENT, _SERVER):
        flight = {(state, name): following for state, name, following in rows}
        for state in {state for state, _ in flight}:
            for symbol, following in _runs(flight, state, _MOST_TOGETHER):
                table[state, symbol] = following
    for state in sorted({state for state, _ in table} | set(table.values())):
        table |= {(state, symbol): state for symbol in _ANYWHERE}
        if state != INITIAL:
            table |= {(state, symbol): _OVER for symbol in _ENDINGS}
    return table | {(_OVER, symbol): _OVER for symbol in _AFTER}


STATES: Mapping[tuple[str, str], str] = MappingProxyType(_table())
"""{(state, symbol): next state}."""
