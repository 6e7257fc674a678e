"""CSV (RFC 4180): the packet list, one row per packet, safe to open in a spreadsheet."""

import csv
import io
from typing import BinaryIO

from dissectors.text import safe
from workbench.export.source import Source
from workbench.export.summaries import PacketSummary, summaries
from workbench.rows import rows_of

__all__ = ["COLUMNS", "harmless", "write"]

COLUMNS = ("number", "time_s", "source", "destination", "protocol", "length", "info")

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet would evaluate instead of show (OWASP, CSV injection)."""


def harmless(cell: str) -> str:
    """The cell as text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_BEGINS_A_FORMULA) else cell


def write(source: Source, out: BinaryIO) -> int:
    """Write the selected packets; returns how many. Times are seconds since the capture's first packet."""
    index = source.capture.index
    found = summaries(source.messages())
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(COLUMNS)
    first = int(index.time_ns[0]) if len(index) else 0
    nothing = PacketSummary()
    for row in rows_of(index, source.packets):
        summary = found.get(row.number, nothing)
        protocol = summary.protocols[-1] if summary.protocols else row.protocol
        info = "; ".join(summary.all_lines()) or row.info
        cells = (row.source, row.destination, safe(protocol), str(row.length), info)
        table.writerow((row.number, f"{(row.time_ns - first) / 1e9:.9f}", *map(harmless, cells)))
    text.detach()
    return len(source.packets)
