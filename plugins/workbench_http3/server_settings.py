"""The server's options, as a user types them (`--set NAME=VALUE`), and the SETTINGS frame that follows from them (RFC 9114 7.2.4).

| name | meaning | default |
|---|---|---|
| `qpack-table` | bytes of the dynamic table that clients may fill, 0 for none | 4096 |
| `qpack-blocked` | requests that may wait for entries of that table at once | 16 |
| `qpack-use` | bytes of a client's table that responses use at most, 0 for none | 4096 |
| `datagrams` | `yes`: HTTP datagrams (RFC 9297) for extended CONNECT; `no`: none | `yes` |
"""

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.api import ServerOptions, UsageError
from workbench_http3.names import Setting
from workbench_http3.server_fields import MAX_FIELDS
from workbench_http3.server_frames import reserved

__all__ = ["Settings", "read_settings"]

LARGEST_TABLE = 65_536
"""Bytes: browsers offer as much, and a thousand connections of it are still little."""

MOST_BLOCKED = 100
"""Every blocked request may hold back its content: as many as may be open at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options of one service."""

    table: int = 4_096
    blocked: int = 16
    used: int = 4_096
    datagrams: bool = True

    def pairs(self) -> tuple[tuple[int, int], ...]:
        """What the SETTINGS frame says; one setting is there to be ignored (RFC 9114 7.2.4.1)."""
        return (
            (Setting.QPACK_MAX_TABLE_CAPACITY, self.table),
            (Setting.MAX_FIELD_SECTION_SIZE, MAX_FIELDS),
            (Setting.QPACK_BLOCKED_STREAMS, self.blocked),
            (Setting.ENABLE_CONNECT_PROTOCOL, 1),
            (Setting.H3_DATAGRAM, int(self.datagrams)),
            (reserved(1), 1),
        )


def read_settings(options: ServerOptions) -> Settings:
    """The settings of a service; raises `UsageError` for a name or a value that cannot be."""
    given = options.settings
    for name in given:
        if name not in _NAMES:
            raise UsageError("is no setting of http3", place=name, remedy=f"There are {', '.join(_NAMES)}")
    default = Settings()
    return Settings(
        table=_number(given, "qpack-table", default.table, LARGEST_TABLE),
        blocked=_number(given, "qpack-blocked", default.blocked, MOST_BLOCKED),
        used=_number(given, "qpack-use", default.used, LARGEST_TABLE),
        datagrams=_choice(given, "datagrams", default.datagrams),
    )


_NAMES = ("qpack-table", "qpack-blocked", "qpack-use", "datagrams")


def _number(given: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = given.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= most):
        raise UsageError(f"{text} is no number from 0 to {most}", place=name)
    return int(text)


def _choice(given: Mapping[str, str], name: str, default: bool) -> bool:
    text = given.get(name, "yes" if default else "no")
    if text not in ("yes", "no"):
        raise UsageError(f"{text} is neither yes nor no", place=name)
    return text == "yes"
