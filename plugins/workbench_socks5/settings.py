"""The proxy's options, as a user types them (`--set NAME=VALUE`).

| name | meaning | default |
|---|---|---|
| `users` | `name:password`, several with commas; clients must then give one | none: nobody is asked |
| `users-file` | a file with one `name:password` per line | |
| `allow`, `deny` | rules where clients may go, see `access.py`; deny wins | loopback only |
| `commands` | which of `connect`, `bind`, `associate` are served | all |
| `socks4` | `yes`: SOCKS4 and SOCKS4A clients, too (never with users: they have no passwords) | `no` |
| `handshake` | seconds until the request must be there | 10 |
| `dial` | seconds until a connection must be open | 10 |
| `bind` | seconds to wait for a caller | 60 |
| `idle` | seconds without a byte after which a connection ends | the server's |
| `buffer` | bytes kept for one slow reader, each way | 262144 |
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.api import ServerOptions, UsageError
from workbench_socks5.access import LOOPBACK, Rules, parse_rules
from workbench_socks5.names import COMMANDS

__all__ = ["Settings", "read_settings"]

_SECOND = 1_000_000_000
_LONGEST = 255
"""RFC 1929 section 2: bytes of a user name and of a password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options of one service; times are nanoseconds."""

    users: Mapping[bytes, bytes]
    rules: Rules
    commands: frozenset[str]
    socks4: bool
    handshake_ns: int
    dial_ns: int
    bind_ns: int
    idle_ns: int
    buffer: int


def read_settings(options: ServerOptions) -> Settings:
    """The settings of a service; raises `UsageError` for a name or a value that cannot be."""
    given = options.settings
    for name in given:
        if name not in _NAMES:
            raise UsageError("is no setting of socks5", place=name, remedy=f"There are {', '.join(_NAMES)}")
    users = {**_users(given.get("users", "").split(",")), **_users_of_file(given.get("users-file", ""))}
    socks4 = _choice("socks4", given.get("socks4", "no"))
    if socks4 and users:
        raise UsageError("SOCKS4 has no passwords", place="socks4", remedy="Leave out socks4, or the users")
    return Settings(
        users=users,
        rules=Rules(parse_rules(given.get("allow", LOOPBACK), "allow"), parse_rules(given.get("deny", ""), "deny")),
        commands=_commands(given.get("commands", ",".join(COMMANDS))),
        socks4=socks4,
        handshake_ns=_duration(given, "handshake", 10 * _SECOND),
        dial_ns=_duration(given, "dial", 10 * _SECOND),
        bind_ns=_duration(given, "bind", 60 * _SECOND),
        idle_ns=_duration(given, "idle", options.idle_ns),
        buffer=_number(given, "buffer", 256 * 1024),
    )


_NAMES = ("users", "users-file", "allow", "deny", "commands", "socks4", "handshake", "dial", "bind", "idle", "buffer")


def _users(entries: list[str]) -> dict[bytes, bytes]:
    users = {}
    for entry in filter(None, (entry.strip() for entry in entries)):
        name, colon, password = (part.encode() for part in entry.partition(":"))
        if not colon or not 1 <= len(name) <= _LONGEST or not 1 <= len(password) <= _LONGEST:
            # the entry itself stays out of the message: half of it is a password
            raise UsageError("an entry is not NAME:PASSWORD", place="users", remedy=f"Both have 1 to {_LONGEST} bytes")
        users[name] = password
    return users


def _users_of_file(path: str) -> dict[bytes, bytes]:
    if not path:
        return {}
    try:
        return _users(Path(path).read_text("utf-8").splitlines())
    except (OSError, ValueError) as error:
        raise UsageError(f"the file cannot be read ({error})", place="users-file", remedy="Give a text file") from error


def _choice(name: str, text: str) -> bool:
    if text not in ("yes", "no"):
        raise UsageError(f"{text!r} is neither yes nor no", place=name, remedy="Write yes or no")
    return text == "yes"


def _commands(text: str) -> frozenset[str]:
    chosen = frozenset(filter(None, (word.strip() for word in text.split(","))))
    if not chosen <= COMMANDS.keys():
        unknown = ", ".join(sorted(chosen - COMMANDS.keys()))
        raise UsageError(f"{unknown} is no command", place="commands", remedy=f"There are {', '.join(COMMANDS)}")
    return chosen


def _duration(given: Mapping[str, str], name: str, default: int) -> int:
    return _read(given, name, default, lambda text: int(float(text) * _SECOND))


def _number(given: Mapping[str, str], name: str, default: int) -> int:
    return _read(given, name, default, int)


def _read(given: Mapping[str, str], name: str, default: int, convert: Callable[[str], int]) -> int:
    if name not in given:
        return default
    try:
        value = convert(given[name])
    except (ValueError, OverflowError):
        value = 0
    if value <= 0:
        raise UsageError(f"{given[name]!r} is no number above 0", place=name, remedy="Give a number")
    return value
