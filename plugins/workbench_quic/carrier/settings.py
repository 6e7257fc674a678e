"""The carrier's options, as a user types them (`--set NAME=VALUE`).

| name | meaning | default |
|---|---|---|
| `retry` | `yes`: clients must show that they receive at their address before anything else happens (RFC 9000 8.1.2) | `no` |
| `versions` | which of `v1`, `v2` are spoken; the first is what Version Negotiation recommends | `v1,v2` |
| `early` | `no`: data before the end of the handshake (0-RTT) are not taken | `yes` |
| `key-update` | packets sent on a connection until its keys are changed (RFC 9001 6.6) | 4194304 |

A client knows `versions` only: the first is what it begins with.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.api import UsageError
from workbench_quic.versions import V1, V2

__all__ = ["NAMES", "ClientSettings", "Settings", "read_client_settings", "read_settings"]

NAMES = ("retry", "versions", "early", "key-update")

_VERSIONS = {"v1": V1, "v2": V2}

MOST_PACKETS = 1 << 22
"""Half of what AES-GCM allows with one key (2**23, RFC 9001 6.6 and appendix B)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options of one server."""

    retry: bool
    versions: tuple[int, ...]
    early: bool
    key_update: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """The options of one client."""

    versions: tuple[int, ...]


def read_settings(given: Mapping[str, str]) -> Settings:
    """The settings of a server; raises `UsageError` for a name or a value that cannot be."""
    _known(given, NAMES)
    return Settings(
        retry=_choice("retry", given.get("retry", "no")),
        versions=_versions(given.get("versions", "v1,v2")),
        early=_choice("early", given.get("early", "yes")),
        key_update=_count("key-update", given.get("key-update", str(MOST_PACKETS))),
    )


def read_client_settings(given: Mapping[str, str]) -> ClientSettings:
    """The settings of a client; raises `UsageError` for a name or a value that cannot be."""
    _known(given, ("versions",))
    return ClientSettings(versions=_versions(given.get("versions", "v1,v2")))


def _known(given: Mapping[str, str], names: tuple[str, ...]) -> None:
    for name in given:
        if name not in names:
            raise UsageError("is no setting of quic", place=name, remedy=f"There are {', '.join(names)}")


def _choice(name: str, value: str) -> bool:
    if value not in ("yes", "no", "true", "false"):
        raise UsageError(f"{value!r} is neither yes nor no", place=name)
    return value in ("yes", "true")


def _versions(value: str) -> tuple[int, ...]:
    words = [word.strip() for word in value.split(",")]
    if not set(words) <= _VERSIONS.keys():
        raise UsageError(f"{value!r} are no versions", place="versions", remedy="Give v1, v2, or both: v1,v2")
    return tuple(dict.fromkeys(_VERSIONS[word] for word in words))


def _count(name: str, value: str) -> int:
    if not value.isascii() or not value.isdecimal() or not 1 <= int(value) <= MOST_PACKETS:
        raise UsageError(f"{value!r} is no number of packets", place=name, remedy=f"Give a number from 1 to {MOST_PACKETS}")
    return int(value)
