"""One line about a handshake message: its name, and what people want to know first."""

from collections.abc import Callable, Mapping
from typing import Any

from workbench_tls.certificates import subject_of
from workbench_tls.handshake import Handshake
from workbench_tls.names import SCHEMES, version_name
from workbench_tls.vocabulary import suite_name

__all__ = ["words_about"]

Value = Mapping[str, Any]
_EARLY_DATA = 42
_LONGEST = 80
"""Characters of a name that a peer chose."""


def words_about(message: Handshake) -> str:
    """Name and gist of a message."""
    say = _WORDS.get(message.name)
    said = say(message.value) if say is not None and message.sound else ""
    return f"{message.name} {said[:_LONGEST]}".rstrip()


def _extension(value: Value, kind: int) -> Value:
    return next((item for item in value.get("extensions", []) if item["type"] == kind), {})


def _protocols(value: Value) -> str:
    return "/".join(_text(item["extensions_alpn_str"]) for item in _extension(value, 16).get("extensions_alpn_list", []))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _client_hello(value: Value) -> str:
    names = _extension(value, 0).get("server_name_list", [])
    early = "early_data" if any(item["type"] == _EARLY_DATA for item in value.get("extensions", [])) else ""
    return " ".join(filter(None, (*(_text(item["extensions_server_name"]) for item in names[:1]), _protocols(value), early)))


def _server_hello(value: Value) -> str:
    version = _extension(value, 43).get("supported_version", value["version"])
    suite = value.get("ciphersuite", 0)
    return " ".join(filter(None, (version_name(version), suite_name(suite) or f"0x{suite:04x}", _protocols(value))))


def _certificate(value: Value) -> str:
    chain = value["certificates"]
    return f"{subject_of(chain[0]['certificate'])} ({len(chain)})" if chain else "(none)"


def _verify(value: Value) -> str:
    return SCHEMES.get(value.get("sig_hash_alg", -1), "")


_WORDS: Mapping[str, Callable[[Value], str]] = {
    "client_hello": _client_hello,
    "server_hello": _server_hello,
    "hello_retry_request": _server_hello,
    "encrypted_extensions": _protocols,
    "certificate": _certificate,
    "certificate_verify": _verify,
}
