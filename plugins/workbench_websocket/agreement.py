"""What both sides agreed on in the opening handshake, and whether they were allowed to (RFC 6455 4, RFC 7692 7.1, RFC 8441).

Works on the header fields that `http1` and `http2` hand over as facts, and on those of a handshake that this plugin read itself.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.api import Severity
from workbench_websocket.extensions import PERMESSAGE_DEFLATE, Deflate, Extension, deflate_of, parse_extensions, split_list

__all__ = ["VERSION", "Agreement", "Headers", "Remark", "accept_of", "agree", "is_key"]

VERSION = b"13"

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""Hashed with the client's key, so that no other protocol can give the answer by accident (RFC 6455 1.3)."""

KEY_SIZE = 16
"""Bytes of a key before base64 (RFC 6455 4.1)."""

Headers = tuple[tuple[bytes, bytes], ...]
"""(lower-case name, value) in wire order."""

Remark = tuple[Severity, str, str]
"""Severity, text and section of a note about the handshake."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """`seen` unless the handshake is unknown (a capture that begins later): then anything may have been agreed."""

    seen: bool = False
    deflate: Deflate | None = None
    subprotocol: str = ""
    remarks: tuple[Remark, ...] = field(default=())
    foreign: bool = False
    """An extension was agreed on that is not known here, and may give the reserved bits a meaning."""


def accept_of(key: bytes) -> bytes:
    """The Sec-WebSocket-Accept that proves that the server understood the key (RFC 6455 4.2.2)."""
    import hashlib  # loads OpenSSL: not at the start of every command

    return base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())


def is_key(key: bytes) -> bool:
    """Whether these are 16 bytes in base64 (RFC 6455 4.1)."""
    try:
        return len(base64.b64decode(key, validate=True)) == KEY_SIZE
    except (binascii.Error, ValueError):
        return False


def agree(facts: Mapping[str, Any]) -> Agreement:
    """Read the facts of a hand-off: `request` and `response` (`Headers`), `method`; nothing was seen where there are none."""
    response = _headers(facts, "response")
    request = _headers(facts, "request")
    if not response and not request:
        return Agreement()
    tunnelled = facts.get("method") == b"CONNECT"
    remarks: list[Remark] = []
    if request:
        remarks += _request_remarks(request, tunnelled=tunnelled)
    if response and not tunnelled:
        remarks += _accept_remarks(request, response)
    deflate, troubles = _deflate(request, response)
    subprotocol, trouble = _subprotocol(request, response)
    foreign = any(extension.name != PERMESSAGE_DEFLATE for extension in _extensions(response) or ())
    return Agreement(True, deflate, subprotocol, (*remarks, *troubles, *trouble), foreign)


def _headers(facts: Mapping[str, Any], name: str) -> Headers:
    found = facts.get(name, ())
    return found if isinstance(found, tuple) else ()


def _all(headers: Headers, name: bytes) -> list[bytes]:
    return [value for key, value in headers if key == name]


def _joined(headers: Headers, name: bytes) -> str:
    return ", ".join(value.decode("latin-1") for value in _all(headers, name))


def _error(text: str, section: str) -> Remark:
    return Severity.ERROR, text, section


def _request_remarks(request: Headers, *, tunnelled: bool) -> Iterator[Remark]:
    versions = _all(request, b"sec-websocket-version")
    if versions != [VERSION]:
        shown = b", ".join(versions).decode("latin-1") or "missing"
        yield _error(f"Sec-WebSocket-Version is {shown}, not 13", "RFC 6455 4.1")
    if tunnelled:
        return
    keys = _all(request, b"sec-websocket-key")
    if len(keys) != 1:
        yield _error(f"the request has {len(keys)} Sec-WebSocket-Key fields, not one", "RFC 6455 4.1")
    elif not is_key(keys[0]):
        yield _error("Sec-WebSocket-Key is not 16 bytes in base64", "RFC 6455 4.1")


def _accept_remarks(request: Headers, response: Headers) -> Iterator[Remark]:
    accepts = _all(response, b"sec-websocket-accept")
    keys = _all(request, b"sec-websocket-key")
    if len(accepts) != 1:
        yield _error(f"the response has {len(accepts)} Sec-WebSocket-Accept fields, not one", "RFC 6455 4.2.2")
    elif len(keys) == 1 and accepts[0] != (right := accept_of(keys[0])):
        found = accepts[0].decode("latin-1")
        yield _error(f"Sec-WebSocket-Accept is {found}, the key asks for {right.decode()}", "RFC 6455 4.2.2")
    if _joined(response, b"upgrade").lower() != "websocket":
        yield _error("the response does not upgrade to websocket", "RFC 6455 4.1")
    if "upgrade" not in [option.lower() for option in split_list(_joined(response, b"connection"))]:
        yield _error("the response lacks Connection: Upgrade", "RFC 6455 4.1")


def _extensions(headers: Headers) -> list[Extension] | None:
    return parse_extensions(_joined(headers, b"sec-websocket-extensions"))


def _deflate(request: Headers, response: Headers) -> tuple[Deflate | None, list[Remark]]:
    given = _extensions(response)
    if given is None:
        return None, [_error("Sec-WebSocket-Extensions of the response cannot be read", "RFC 6455 9.1")]
    offered = _extensions(request) or []
    found: Deflate | None = None
    remarks: list[Remark] = []
    for extension in given:
        if request and extension.name not in [offer.name for offer in offered]:
            remarks.append(_error(f"the server uses {extension.name}, which was not offered", "RFC 6455 4.1"))
        if extension.name != PERMESSAGE_DEFLATE:
            remarks.append((Severity.WARN, f"the extension {extension.name} is not known here", "RFC 6455 9.1"))
            continue
        agreed = deflate_of(extension, response=True)
        if isinstance(agreed, str):
            remarks.append(_error(agreed, "RFC 7692 7.1"))
            agreed = Deflate()
        elif found is not None:
            remarks.append(_error("permessage-deflate is agreed on twice", "RFC 7692 7.1"))
        elif request:
            remarks += _beyond_offers(extension, offered)
        found = found or agreed
    return found, remarks


def _beyond_offers(answer: Extension, offered: list[Extension]) -> Iterator[Remark]:
    """What the response takes that no offer allows (RFC 7692 7.1.2.1, 7.1.2.2)."""
    offers = [dict(offer.parameters) for offer in offered if offer.name == PERMESSAGE_DEFLATE]
    given = dict(answer.parameters)
    reasons = [_beyond(given, offer) for offer in offers]
    if reasons and reasons[0] is not None and all(reasons):
        yield _error(*reasons[0])


def _beyond(given: Mapping[str, str | None], offer: Mapping[str, str | None]) -> tuple[str, str] | None:
    if "client_max_window_bits" in given and "client_max_window_bits" not in offer:
        return "client_max_window_bits was not offered", "RFC 7692 7.1.2.2"
    limit = offer.get("client_max_window_bits")
    if limit and "client_max_window_bits" in given and int(given["client_max_window_bits"] or 0) > int(limit):
        return "client_max_window_bits is larger than what was offered", "RFC 7692 7.1.2.2"
    asked = offer.get("server_max_window_bits")
    if asked and (not given.get("server_max_window_bits") or int(given["server_max_window_bits"] or 0) > int(asked)):
        return "the server does not keep to the server_max_window_bits that was asked for", "RFC 7692 7.1.2.1"
    if "server_no_context_takeover" in offer and "server_no_context_takeover" not in given:
        return "the server does not keep to the server_no_context_takeover that was asked for", "RFC 7692 7.1.1.1"
    return None


def _subprotocol(request: Headers, response: Headers) -> tuple[str, list[Remark]]:
    chosen = _all(response, b"sec-websocket-protocol")
    if not chosen:
        return "", []
    name = chosen[0].decode("latin-1")
    offered = split_list(_joined(request, b"sec-websocket-protocol"))
    remarks = []
    if len(chosen) > 1:
        remarks.append(_error("the response names more than one subprotocol", "RFC 6455 11.3.4"))
    if request and name not in offered:
        remarks.append(_error(f"the server chose the subprotocol {name}, which was not offered", "RFC 6455 4.1"))
    return name, remarks
