"""How a person reads a SOCKS message: addresses as text, numbers by name, one line for the list. Passwords stay out of that line."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from workbench.api import Field
from workbench_socks5.grammar import Kind
from workbench_socks5.names import REPLIES, REPLIES4, REPLY_TEXTS

__all__ = ["host_of", "label_of", "named", "place_of", "readable", "summary_of"]

_LONGEST = 64
"""Characters of a name in a summary."""


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


_READABLE: Mapping[str, Callable[[bytes], str]] = {
    "socks.dst": lambda data: str(IPv4Address(data)),
    "socks.dstV6": lambda data: str(IPv6Address(data)),
    "socks.remote_name": _text,
    "socks.v4a_dns_name": _text,
    "socks.username": _text,
    "socks.password": _text,
}


def readable(root: Field) -> Field:
    """The tree with addresses and names as text, and replies with their meaning."""
    value, text = root.value, root.text
    if isinstance(value, bytes) and root.abbrev in _READABLE and not root.error:
        value = _READABLE[root.abbrev](value)
    if root.abbrev == "socks.results" and isinstance(value, int):
        text = REPLY_TEXTS.get(value, "")
    if root.abbrev == "socks.auth_status" and isinstance(value, int):
        text = "success" if value == 0 else "failure"
    children = tuple(readable(child) for child in root.children)
    return replace(root, value=value, text=text, children=children)


def host_of(value: Mapping[str, Any]) -> str:
    """The address or name that a parsed message speaks of, "" where it has none."""
    if value.get("v4a_dns_name") is not None:
        return _text(value["v4a_dns_name"])
    if value.get("remote_name") is not None:
        return _text(value["remote_name"])
    if value.get("dstV6") is not None:
        return str(IPv6Address(value["dstV6"]))
    return str(IPv4Address(value["dst"])) if value.get("dst") is not None else ""


def named(value: Any) -> str:
    """The name of a parsed enum value with spaces, or its number."""
    return str(value).replace("_", " ") if isinstance(value, str) else str(int(value))


def place_of(value: Mapping[str, Any]) -> str:
    """Host and port that a parsed message speaks of."""
    host = _short(host_of(value))
    port = value["port"] if "port" in value else value["dstport"]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _short(text: str) -> str:
    shown = text if text.isprintable() else ascii(text)[1:-1]
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"


def _request_label(value: Mapping[str, Any]) -> str:
    return str(value["command"]) if isinstance(value["command"], str) else "command"


def _selection_label(value: Mapping[str, Any]) -> str:
    method = value["auth_accepted_method"]
    known = {"none": "no authentication", "password": "password wanted", "gssapi": "gssapi wanted", "no_acceptable": "no method"}
    return known.get(method, "other method") if isinstance(method, str) else "other method"


_LABELS: Mapping[Kind, Callable[[Mapping[str, Any]], str]] = {
    Kind.GREETING: lambda _: "greeting",
    Kind.SELECTION: _selection_label,
    Kind.PASSWORD: lambda _: "password",
    Kind.STATUS: lambda value: "accepted" if value["auth_status"] == 0 else "denied",
    Kind.GSSAPI: lambda value: f"gssapi {named(value['gssapi']['command'])}",
    Kind.REQUEST: _request_label,
    Kind.REPLY: lambda value: "granted" if value["results"] == "succeeded" else "refused",
    Kind.REQUEST4: lambda value: f"{_request_label(value)} 4",
    Kind.REPLY4: lambda value: "granted" if value["results"] == "granted" else "refused",
    Kind.DATAGRAM: lambda value: "fragment" if value["fragment_number"] else "datagram",
}


def label_of(kind: Kind, value: Mapping[str, Any]) -> str:
    """The symbol of a whole message."""
    return _LABELS[kind](value)


def _result(value: Mapping[str, Any]) -> str:
    number = {**REPLIES, **REPLIES4}.get(value["results"], value["results"])
    return f"{REPLY_TEXTS.get(number, f'reply {number}')}, {place_of(value)}"


_SUMMARIES: Mapping[Kind, Callable[[Mapping[str, Any]], str]] = {
    Kind.GREETING: lambda value: f"SOCKS5 offers {', '.join(map(_method, value['auth_method'])) or 'nothing'}",
    Kind.SELECTION: lambda value: f"method {_method(value['auth_accepted_method'])}",
    Kind.PASSWORD: lambda value: f"user {_short(_text(value['username']))!r}",
    Kind.STATUS: lambda value: f"user {_LABELS[Kind.STATUS](value)}",
    Kind.GSSAPI: lambda value: f"GSSAPI {named(value['gssapi']['command'])}, {len(value['gssapi']['data'] or b'')} bytes",
    Kind.REQUEST: lambda value: f"{_command(value)} {place_of(value)}",
    Kind.REPLY: _result,
    Kind.REQUEST4: lambda value: f"SOCKS4{'a' if value['v4a_dns_name'] is not None else ''} {_command(value)} {place_of(value)}",
    Kind.REPLY4: _result,
    Kind.DATAGRAM: lambda value: f"{_piece(value['fragment_number'])} of {len(value['payload'])} bytes, {place_of(value)}",
}


def _command(value: Mapping[str, Any]) -> str:
    names = {"connect": "CONNECT", "bind": "BIND", "associate": "UDP ASSOCIATE"}
    command = value["command"]
    return names[command] if isinstance(command, str) else f"command {int(command)}"


def _method(value: Any) -> str:
    texts = {"none": "no authentication", "gssapi": "GSSAPI", "password": "username/password"}
    return texts.get(value) or named(value)


def _piece(fragment: int) -> str:
    if not fragment:
        return "datagram"
    return f"fragment {fragment & 0x7F}{' (last)' if fragment & 0x80 else ''}"


def summary_of(kind: Kind, value: Mapping[str, Any]) -> str:
    """One line about a whole message."""
    return _SUMMARIES[kind](value)
