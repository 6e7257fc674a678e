"""What QUIC demands of TLS handshake messages beyond TLS itself (RFC 9001 4 and 8): remarks on messages that break it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from workbench.api import Field, Note, Severity
from workbench_tls.handshake import Handshake
from workbench_tls.parameter_rules import parameter_remarks
from workbench_tls.quic_parameters import DRAFT_EXTENSION, EXTENSIONS

__all__ = ["remarks"]

_ALPN, _EARLY_DATA, _SUPPORTED_VERSIONS = 16, 42, 43
_TLS13 = 0x0304
_ANY_AMOUNT = 0xFFFFFFFF

_LEVELS: Mapping[str, frozenset[str]] = {
    "initial": frozenset(("client_hello", "server_hello", "hello_retry_request")),
    "0-rtt": frozenset(),
    "handshake": frozenset(
        (
            "encrypted_extensions",
            "certificate_request",
            "certificate",
            "compressed_certificate",
            "certificate_verify",
            "finished",
        )
    ),
    "1-rtt": frozenset(("new_session_ticket",)),
}
"""Level of encryption → messages that belong there (RFC 9001 4.1.3, RFC 8446 2 and 4.6; RFC 9001 4.4 leaves late authentication out)."""

_NEVER: Mapping[str, str] = {"key_update": "RFC 9001 6", "end_of_early_data": "RFC 9001 8.3"}
"""Messages that QUIC has something else for."""


def remarks(found: Handshake, level: str) -> Iterator[Note]:
    """What is wrong with a message at a level of encryption; "" for a level that is not known. The message begins at offset 0."""
    size = found.field.end
    if found.name in _NEVER:
        yield Note(Severity.ERROR, f"QUIC has no {found.name}", 0, size, _NEVER[found.name])
    elif level in _LEVELS and found.name not in _LEVELS[level]:
        yield Note(Severity.ERROR, f"no place for {found.name} at the level {level}", 0, size, "RFC 9001 4.1.3")
    if found.sound and found.name in _RULES:
        for severity, text, section in _RULES[found.name](found.value):
            yield Note(severity, text, 0, size, section)
    for extension in _extensions(found.field):
        if extension.children[0].value in EXTENSIONS:
            draft = extension.children[0].value == DRAFT_EXTENSION
            yield from parameter_remarks(extension, client=found.kind == 1, draft=draft)


_Remark = tuple[Severity, str, str]


def _extensions(field: Field) -> Iterator[Field]:
    return (node for child in field.children if child.name == "extensions" for node in child.children if node.name == "extension")


def _by_type(value: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    return {item["type"]: item for item in reversed(value.get("extensions", []))}


def _has_parameters(value: Mapping[str, Any]) -> Iterator[_Remark]:
    if not any(kind in _by_type(value) for kind in EXTENSIONS):
        yield Severity.ERROR, "the extension quic_transport_parameters is missing", "RFC 9001 8.2"


def _encrypted_extensions(value: Mapping[str, Any]) -> Iterator[_Remark]:
    yield from _has_parameters(value)
    if _ALPN not in _by_type(value):
        yield Severity.WARN, "no application protocol is chosen", "RFC 9001 8.1"


def _client_hello(value: Mapping[str, Any]) -> Iterator[_Remark]:
    extensions = _by_type(value)
    yield from _has_parameters(value)
    if _ALPN not in extensions:
        yield Severity.WARN, "no application protocol is offered", "RFC 9001 8.1"
    if value["session_id"]:
        yield Severity.WARN, "legacy_session_id asks for the compatibility mode, which QUIC does not have", "RFC 9001 8.4"
    offered = extensions.get(_SUPPORTED_VERSIONS, {}).get("supported_versions", [value["version"]])
    if any(0x0300 <= version < _TLS13 for version in offered):
        yield Severity.WARN, "versions before TLS 1.3 are offered", "RFC 9001 4.2"


def _ticket(value: Mapping[str, Any]) -> Iterator[_Remark]:
    amount = _by_type(value).get(_EARLY_DATA, {}).get("max_early_data_size", _ANY_AMOUNT)
    if amount != _ANY_AMOUNT:
        yield Severity.ERROR, f"max_early_data_size is {amount:#x}, only {_ANY_AMOUNT:#x} is allowed", "RFC 9001 4.6.1"


_RULES: Mapping[str, Callable[[Mapping[str, Any]], Iterator[_Remark]]] = {
    "client_hello": _client_hello,
    "encrypted_extensions": _encrypted_extensions,
    "new_session_ticket": _ticket,
}
