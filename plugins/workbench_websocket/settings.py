"""What a user may set about the reference server (`--set NAME=VALUE`).

| name | values | default | meaning |
|---|---|---|---|
| `deflate` | `on`, `off` | `on` | whether permessage-deflate (RFC 7692) is accepted |
| `window` | 9 to 15 | 12 | the largest LZ77 window, as bits, in either direction where the client leaves the choice |
"""

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.api import UsageError

__all__ = ["Settings", "settings_of"]

SMALLEST_WINDOW, USUAL_WINDOW, LARGEST_WINDOW = 9, 12, 15
"""zlib compresses with 9 to 15; 12 bits are 4 KiB: a few per cent larger messages, an eighth of the memory per connection."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Checked settings."""

    deflate: bool = True
    window: int = USUAL_WINDOW


def settings_of(given: Mapping[str, str]) -> Settings:
    """Read the settings; raises `UsageError` for a name or value that there is not."""
    unknown = sorted(set(given) - {"deflate", "window"})
    if unknown:
        raise UsageError("there is no such setting", place=unknown[0], remedy="Choose deflate or window")
    deflate, window = given.get("deflate", "on"), given.get("window", str(USUAL_WINDOW))
    if deflate not in ("on", "off"):
        raise UsageError(f"{deflate!r} is neither on nor off", place="deflate", remedy="Give deflate=on or deflate=off")
    if not window.isdecimal() or not SMALLEST_WINDOW <= int(window) <= LARGEST_WINDOW:
        raise UsageError(f"{window!r} is no window", place="window", remedy="Give a number from 9 to 15")
    return Settings(deflate == "on", int(window))
