"""The section `lengths`: how long packets are, in the classes that Wireshark uses."""

from collections.abc import Iterable

import numpy as np

from workbench.analysis.parts import Cell, Column, Part, Table
from workbench.analysis.sections import FromColumns, Material, Section

__all__ = ["BOUNDS", "SECTION"]

BOUNDS = (0, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120)
"""Where classes begin, in bytes on the wire; the last one has no end."""

_COLUMNS = (
    Column("from", "from", "count"),
    Column("to", "to", "count"),
    Column("packets", "packets", "count"),
    Column("share", "share", "share"),
    Column("average", "average", "number"),
    Column("shortest", "shortest", "count"),
    Column("longest", "longest", "count"),
    Column("bytes", "bytes", "bytes"),
)


def _parts(material: Material) -> Iterable[Part]:
    lengths = material.capture.index.original_length[material.rows()].astype(np.int64)
    place = np.searchsorted(BOUNDS, lengths, side="right") - 1
    rows = [_row(lengths[place == number], len(lengths), number) for number in range(len(BOUNDS))]
    yield Table(name="lengths", title="packet lengths", columns=_COLUMNS, rows=tuple(rows))


def _row(lengths: "np.ndarray[tuple[int], np.dtype[np.int64]]", packets: int, number: int) -> tuple[Cell, ...]:
    end = BOUNDS[number + 1] - 1 if number + 1 < len(BOUNDS) else None
    if not len(lengths):
        return BOUNDS[number], end, 0, 0.0, None, None, None, 0
    total = int(lengths.sum())
    share, average = len(lengths) / packets, total / len(lengths)
    return BOUNDS[number], end, len(lengths), share, average, int(lengths.min()), int(lengths.max()), total


SECTION = Section(
    name="lengths",
    title="Packet lengths",
    about="How many packets are how long on the wire.",
    need="columns",
    begin=lambda material: FromColumns(lambda: _parts(material)),
    filtered=True,
)
