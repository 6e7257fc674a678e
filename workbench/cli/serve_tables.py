"""What may be said about a server in TOML: `[serve]` for all of them, `[serve.NAME]` for one, keys named like the options.

The same tables stand in the file of `--config` and in the settings file; this module checks them, `serve_plan.py` puts them together.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from workbench.api.errors import UsageError

__all__ = ["KEYS", "Table", "read_config", "table_for", "tables_of", "within"]

Table = Mapping[str, Any]


def _wrong(wanted: str) -> ValueError:
    return ValueError(f"is not {wanted}")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _wrong("a text")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise _wrong("true or false")
    return value


def _count(value: object) -> int:
    if type(value) is not int or not 0 < value < 1 << 40:
        raise _wrong("a whole number from 1 up")
    return value


def _port(value: object) -> int:
    if type(value) is not int or not 0 <= value < 65_536:
        raise _wrong("a port")
    return value


def _seconds(value: object) -> float:
    if type(value) not in (int, float) or not 0 < float(value) < 1e9:  # type: ignore[arg-type]
        raise _wrong("a number of seconds")
    return float(value)  # type: ignore[arg-type]


def _path(value: object) -> Path:
    return Path(_text(value)).expanduser()


def _paths(value: object) -> list[Path]:
    return [_path(entry) for entry in (value if isinstance(value, list) else [value])]


def _settings(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _wrong("a table of the protocol's own settings")
    return {name: str(entry).lower() if isinstance(entry, bool) else str(entry) for name, entry in value.items()}


KEYS: Mapping[str, Callable[[object], Any]] = {
    "host": _text,
    "port": _port,
    "workers": _count,
    "connections": _count,
    "idle": _seconds,
    "max-request": _count,
    "max-stored": _count,
    "set": _settings,
    "tls": _flag,
    "cert": _paths,
    "key": _paths,
    "mtls": _flag,
    "client-ca": _path,
    "tls-versions": _text,
    "keylog": _path,
    "training": _flag,
    "allow-remote": _flag,
    "dial-remote": _flag,
    "abort-on-crash": _flag,
}
"""Every key and what makes a value of it; raises ValueError with the end of a sentence. The port of one table is for one server."""


def tables_of(values: Table, place: str) -> dict[str, dict[str, Any]]:
    """A `serve` table checked and cut into one table per server, "" for what all of them share; UsageError names the key that is wrong."""
    found: dict[str, dict[str, Any]] = {"": {}}
    for key, value in values.items():
        if isinstance(value, dict) and key != "set":
            found[key] = {name: _checked(f"serve.{key}.{name}", name, entry, place) for name, entry in value.items()}
        else:
            found[""][key] = _checked(f"serve.{key}", key, value, place)
    return found


def _checked(shown: str, key: str, value: object, place: str) -> object:
    make = KEYS.get(key)
    if make is None:
        raise UsageError(f"there is no key {shown!r}", place=place, remedy=f"Known keys are {', '.join(KEYS)}")
    try:
        return make(value)
    except ValueError as error:
        raise UsageError(f"{shown} {error}", place=place, remedy="See `workbench serve --help`") from error


def read_config(path: Path) -> dict[str, dict[str, Any]]:
    """The tables of a file of `--config`; UsageError where it cannot be used."""
    import tomllib

    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"cannot be read: {error}", place=str(path), remedy="Give a TOML file with [serve.NAME] tables"
        ) from error
    serve = values.pop("serve", None)
    if values or not isinstance(serve, dict):
        odd = sorted(values)[0] if values else "nothing"
        raise UsageError(f"{odd} is not a [serve] table", place=str(path), remedy="Put everything under [serve] or [serve.NAME]")
    return tables_of(serve, str(path))


def table_for(name: str, sources: list[dict[str, dict[str, Any]]], given: Table) -> dict[str, Any]:
    """What counts for one server: later sources win over earlier ones, its own table over the common one, the command line over all."""
    merged: dict[str, Any] = {}
    for values in [table for source in sources for table in (source.get("", {}), source.get(name, {}))] + [dict(given)]:
        together = {**merged.get("set", {}), **values.get("set", {})}
        merged |= values
        if together:
            merged["set"] = together
    return merged


def within(source: dict[str, dict[str, Any]], carrier: str, name: str) -> dict[str, dict[str, Any]]:
    """The same tables for a protocol that is served together with all others of its carrier: `[serve.CARRIER]` counts for it, too, and
    what its own table says more."""
    outer, own = source.get(carrier, {}), source.get(name, {})
    together = {**outer.get("set", {}), **own.get("set", {})}
    return {**source, name: {**outer, **own, **({"set": together} if together else {})}}
