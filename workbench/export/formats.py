"""The registry of formats: name, what it is for, file suffix, and the function that writes it (imported when it is asked for)."""

import difflib
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from workbench.api.errors import UsageError

if TYPE_CHECKING:  # a command's help lists the formats, and must not pay for numpy
    from workbench.export.source import Source

__all__ = ["FORMATS", "FolderWriter", "Format", "Writer", "format_for"]

Writer = Callable[["Source", BinaryIO], int]
"""Writes a source; returns how many units were written. Raises UsageError where the format cannot hold it."""

FolderWriter = Callable[["Source", Path], int]
"""Likewise, for formats that are several files in one folder, which is there."""


@dataclass(frozen=True, slots=True)
class Format:
    """One format. `unit` is what is counted ("packets"); `place` names the writing function as "module:function".

    One that is a `folder` of files has no suffix and is written by `write_folder`.
    """

    name: str
    title: str
    suffix: str
    unit: str
    place: str
    folder: bool = False

    def write(self, source: "Source", out: BinaryIO) -> int:
        """See `Writer`."""
        writer: Writer = self._function()
        return writer(source, out)

    def write_folder(self, source: "Source", folder: Path) -> int:
        """See `FolderWriter`."""
        writer: FolderWriter = self._function()
        return writer(source, folder)

    def _function(self) -> Callable[..., int]:
        module, name = self.place.split(":")
        found: Callable[..., int] = getattr(importlib.import_module(f"workbench.export.{module}"), name)
        return found


FORMATS: tuple[Format, ...] = (
    Format(
        "pcapng", "packets with summaries and notes as comments, secrets, names, drops", ".pcapng", "packets", "dissected:write"
    ),
    Format("pcap", "packets only, for tools that know nothing else", ".pcap", "packets", "plain:write"),
    Format("ndjson", "one JSON object per message, flat fields with Wireshark's names", ".ndjson", "messages", "ndjson:write"),
    Format("csv", "the packet list for spreadsheets", ".csv", "packets", "spreadsheet:write"),
    Format("tsv", "the packet list with tabs, for cut, awk and sort", ".tsv", "packets", "spreadsheet:write_tsv"),
    Format("pdml", "dissected packets as XML, in Wireshark's shape", ".pdml", "packets", "pdml:write"),
    Format("json", "dissected packets in the shape of tshark -T json", ".json", "packets", "wireshark_json:write"),
    Format("ek", "dissected packets for Elasticsearch, in the shape of tshark -T ek", ".ek", "packets", "elastic:write"),
    Format("har", "HTTP exchanges with bodies and timings, for browsers' tools (HAR 1.2)", ".har", "exchanges", "har:write"),
    Format("zeek", "Zeek's conn, http, ssl, quic, dns and weird logs, with tabs", "", "connections", "zeek:write", folder=True),
    Format("zeek-json", "the same logs as JSON", "", "connections", "zeek:write_json", folder=True),
    Format("parquet", "packets, flows and messages as typed tables", "", "packets", "parquet:write", folder=True),
    Format("keylog", "the TLS secrets of the capture (SSLKEYLOGFILE)", ".keylog", "secrets", "keylog:write"),
    Format("text", "messages field by field, for people", ".txt", "messages", "text:write"),
)


def format_for(name: str, path: Path | None = None) -> Format:
    """The format called `name`, or (name empty) the one whose suffix `path` has; raises UsageError."""
    if name:
        found = next((known for known in FORMATS if known.name == name), None)
    else:
        fitting = (known for known in FORMATS if known.suffix and path is not None and path.name.lower().endswith(known.suffix))
        found = next(fitting, None)
    if found is not None:
        return found
    names = [known.name for known in FORMATS]
    near = difflib.get_close_matches(name, names, n=1)
    what = f"there is no format {name!r}" if name else f"{path} does not end like a known format"
    raise UsageError(what, remedy=f"Did you mean {near[0]}?" if near else f"Choose one with --format: {', '.join(names)}")
