"""What is said between the doors and the engines above the rooms: how a person wants to start, and what the demo reports.

Engines yield these frozen values and never print; a command prints them, a screen shows them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["DemoDone", "DemoEvent", "DemoFact", "DemoProgress", "DemoStep", "Start"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What the terminal interface opens with: a capture file, a live interface, the demo, or (with none of them) its start screen."""

    path: Path | None = None
    interface: str = ""
    demo: bool = False
    seed: int = 1
    """Campaign and traffic seed of the demo."""
    filter: str = ""
    """Filter expression to begin with."""
    plugin_files: tuple[Path, ...] = ()
    """Extra plugins, for `workbench.registry.load`."""
    decode_as: tuple[str, ...] = ()
    """Rules as typed, for `dissectors.parse_decode_as`."""
    keylog: Path | None = None
    cache_bytes: int = 64 * 1024 * 1024
    """For `Session.open`."""
    keymap: str = "default"


@dataclass(frozen=True, slots=True)
class DemoStep:
    """The demo begins its step `number` (from 1)."""

    number: int
    title: str


@dataclass(frozen=True, slots=True)
class DemoFact:
    """One line worth reading, and the same for machines; `key` says where it goes in the summary ("" = narration only)."""

    text: str
    key: str = ""
    value: Any = None


@dataclass(frozen=True, slots=True)
class DemoProgress:
    """A running count, replaced by the next one."""

    text: str


@dataclass(frozen=True, slots=True)
class DemoDone:
    """The demo is over; `ok` when every step did what it promised, else `failures` says what did not."""

    ok: bool
    failures: tuple[str, ...] = ()
    summary: Mapping[str, Any] = field(default_factory=dict)


DemoEvent = DemoStep | DemoFact | DemoProgress | DemoDone
