"""CSV (RFC 4180) and TSV: the packet list, one row per packet, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from dissectors.text import safe
from workbench.export.source import Source
from workbench.export.summaries import summaries
from workbench.rows import rows_of

__all__ = ["COLUMNS", "harmless", "write", "write_tsv"]

COLUMNS = ("number", "time_s", "source", "destination", "protocol", "length", "info")

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet would evaluate instead of show (OWASP, CSV injection)."""


def harmless(cell: str) -> str:
    """The cell as text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_BEGINS_A_FORMULA) else cell


def write(source: Source, out: BinaryIO) -> int:
    """Write the selected packets as CSV; returns how many. Times are seconds since the capture's first packet."""
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for row in _rows(source):
        table.writerow((*row[:2], *map(harmless, row[2:])))
    text.detach()
    return len(source.packets)


def write_tsv(source: Source, out: BinaryIO) -> int:
    """Likewise as TSV: no quotes, because what readers of it do with them differs; a cell holds no tab and no line break."""
    out.write("\t".join(COLUMNS).encode() + b"\n")
    for row in _rows(source):
        out.write("\t".join((*row[:2], *map(harmless, row[2:]))).encode() + b"\n")
    return len(source.packets)


def _rows(source: Source) -> Iterator[tuple[str, ...]]:
    """The cells of each packet, all of them printable text."""
    index = source.capture.index
    first = int(index.time_ns[0]) if len(index) else 0
    with summaries(source.messages()) as summary_of:
        for row in rows_of(index, source.packets):
            summary = summary_of(row.number)
            protocol = summary.protocols[-1] if summary.protocols else row.protocol
            info = "; ".join(summary.all_lines()) or row.info
            seconds = f"{(row.time_ns - first) / 1e9:.9f}"
            yield str(row.number), seconds, row.source, row.destination, safe(protocol), str(row.length), info
