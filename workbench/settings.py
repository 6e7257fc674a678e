"""What a user set once for all runs: a small TOML file. Options of a command win over it.

# ~/.config/workbench/settings.toml
plugins = ["~/protocols/mine.py"]   # loaded as with --plugin
keymap = "wireshark"                # keys of the terminal interface
cache_mib = 128                     # dissected messages kept in memory
[serve.http1]                       # how `workbench serve http1` runs; [serve] is for all servers
port = 8080
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.api import UsageError

__all__ = ["Settings", "load_settings", "settings_path"]

KEYMAPS = ("default", "wireshark", "termshark", "mitmproxy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The values, with their defaults."""

    plugins: tuple[Path, ...] = ()
    """Plugin files that every command loads."""
    keymap: str = "default"
    """One of KEYMAPS."""
    cache_mib: int = 64
    """Megabytes of dissected messages that a session keeps: some thousand packets around the cursor, on any machine."""
    serve: Mapping[str, Any] = field(default_factory=dict)
    """The `[serve]` tables as they are; whoever serves checks them."""


def settings_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the file lies: $WORKBENCH_SETTINGS, else the XDG configuration folder."""
    if environment.get("WORKBENCH_SETTINGS"):
        return Path(environment["WORKBENCH_SETTINGS"])
    folder = environment.get("XDG_CONFIG_HOME") or str(Path(environment.get("HOME") or "/") / ".config")
    return Path(folder) / "workbench" / "settings.toml"


def load_settings(path: Path) -> Settings:
    """Read `path`; defaults where there is no such file; UsageError where it cannot be used, with the key that is wrong."""
    if not path.is_file():
        return Settings()
    import tomllib  # most runs have no such file

    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"cannot be read: {error}", place=str(path), remedy="Mend or remove the file") from error
    return _checked(values, path)


def _checked(values: dict[str, Any], path: Path) -> Settings:
    def wrong(text: str) -> UsageError:
        return UsageError(text, place=str(path), remedy="Known keys are plugins, keymap, cache_mib and serve")

    unknown = sorted(values.keys() - {"plugins", "keymap", "cache_mib", "serve"})
    if unknown:
        raise wrong(f"there is no setting {unknown[0]!r}")
    plugins, keymap, cache = values.get("plugins", []), values.get("keymap", "default"), values.get("cache_mib", 64)
    if not isinstance(plugins, list) or not all(isinstance(name, str) for name in plugins):
        raise wrong("plugins is not a list of file names")
    if keymap not in KEYMAPS:
        raise wrong(f"keymap is none of {', '.join(KEYMAPS)}")
    if type(cache) is not int or not 1 <= cache <= 65_536:
        raise wrong("cache_mib is not a number from 1 to 65536")
    if not isinstance(values.get("serve", {}), dict):
        raise wrong("serve is not a table")
    return Settings(
        plugins=tuple(Path(name).expanduser() for name in plugins), keymap=keymap, cache_mib=cache, serve=values.get("serve", {})
    )
