"""The registry of formats: name, file suffix, and the module that writes it (imported when it is asked for)."""

import difflib
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from workbench.api import UsageError
from workbench.export.source import Source

__all__ = ["FORMATS", "Format", "Writer", "format_for"]

Writer = Callable[[Source, BinaryIO], int]
"""Writes a source; returns how many packets or messages were written. Raises UsageError where the format cannot hold it."""


@dataclass(frozen=True, slots=True)
class Format:
    """One format. `unit` is what is counted: "packets" or "messages"."""

    name: str
    title: str
    suffix: str
    unit: str
    module: str

    def write(self, source: Source, out: BinaryIO) -> int:
        """See `Writer`."""
        writer: Writer = importlib.import_module(f"workbench.export.{self.module}").write
        return writer(source, out)


FORMATS: tuple[Format, ...] = (
    Format(
        "pcapng",
        "packets with our summaries and notes as comments, secrets, names, drop counts",
        ".pcapng",
        "packets",
        "dissected",
    ),
    Format("pcap", "packets only, for tools that know nothing else", ".pcap", "packets", "plain"),
    Format("ndjson", "one JSON object per message, flat fields with Wireshark's names", ".ndjson", "messages", "ndjson"),
    Format("csv", "the packet list for spreadsheets", ".csv", "packets", "spreadsheet"),
    Format("text", "messages field by field, for people", ".txt", "messages", "text"),
)


def format_for(name: str, path: Path | None = None) -> Format:
    """The format called `name`, or (name empty) the one whose suffix `path` has; raises UsageError."""
    if name:
        found = next((known for known in FORMATS if known.name == name), None)
    else:
        found = next((known for known in FORMATS if path is not None and path.name.lower().endswith(known.suffix)), None)
    if found is not None:
        return found
    names = [known.name for known in FORMATS]
    near = difflib.get_close_matches(name, names, n=1)
    what = f"there is no format {name!r}" if name else f"{path} does not end like a known format"
    raise UsageError(what, remedy=f"Did you mean {near[0]}?" if near else f"Choose one with --format: {', '.join(names)}")
