"""Bytes of a record from its value: what a fuzzer or an editor changed, with lengths made right.

A value is {"content_type", "version", "length", …} with one of

    messages   [handshake message, …]; see `workbench_tls.handshake`
    alerts     [{"level", "desc"}, …]
    data       bytes as they are: protected records, fragments, everything else

or {"header", "data"} for SSL 2.0.
"""

from collections.abc import Mapping
from typing import Any

from workbench.api import Message
from workbench_tls.bodies import Agreed
from workbench_tls.handshake import build_handshake

__all__ = ["encode"]


def encode(message: Message) -> bytes:
    """The record. Raises `ValueError` where there is no value, and what construct raises where a part does not fit."""
    value: Mapping[str, Any] | None = message.value
    if value is None:
        raise ValueError("a record that is not whole has no value to build from")
    if "header" in value:
        return bytes(value["header"]) + bytes(value["data"])
    body = _content(value, message.parameters.get("agreed", (Agreed(),)))
    version: int = value["version"]
    return bytes((value["content_type"],)) + version.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body


def _content(value: Mapping[str, Any], agreed: tuple[Agreed, ...]) -> bytes:
    if "messages" in value:
        known = len(agreed) - 1
        return b"".join(build_handshake(one, agreed[min(place, known)]) for place, one in enumerate(value["messages"]))
    if "alerts" in value:
        return b"".join(bytes((one["level"], one["desc"])) for one in value["alerts"])
    return bytes(value["data"])
