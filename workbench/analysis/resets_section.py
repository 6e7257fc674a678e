"""The section `resets`: which TCP connections were cut off, by whom, and at what point."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from captures.index import PacketIndex
from captures.segment import ACK, FIN, RST, SYN
from workbench.analysis.parts import Cell, Column, Part, Table
from workbench.analysis.sections import FromColumns, Material, Section
from workbench.api import FlowKey

__all__ = ["SECTION", "Reset", "resets"]

_TCP = 6
_KINDS = (
    Column("kind", "when"),
    Column("by", "by"),
    Column("streams", "streams", "count"),
    Column("first_packet", "first", "packet"),
)
_RESETS = (
    Column("packet", "packet", "packet"),
    Column("stream", "stream", "count"),
    Column("client", "client", "address"),
    Column("server", "server", "address"),
    Column("by", "by"),
    Column("kind", "when"),
    Column("payload_to_server", "payload →", "bytes"),
    Column("payload_to_client", "←", "bytes"),
    Column("after_ns", "after", "ns"),
)


@dataclass(frozen=True, slots=True)
class Reset:
    """The first reset of a stream. `payload` (to the server, to the client) is what was carried before it, `after_ns` the time since
    the stream's first packet."""

    packet: int
    stream: int
    flow: FlowKey
    by: str
    kind: str
    payload: tuple[int, int]
    after_ns: int


def resets(index: PacketIndex) -> Iterator[Reset]:
    """In the order of the capture. `kind`: "refused" (it answers a SYN), "after the end" (both sides had said FIN), "half closed" (one
    had), "in the middle", or "before data"."""
    own = (index.ip_protocol == _TCP) & (index.stream >= 0)
    rows = np.flatnonzero(own & ((index.tcp_flags & RST) != 0))
    _, first = np.unique(index.stream[rows], return_index=True)
    rows = np.sort(rows[first])
    # all packets of those streams, sorted once: looking through the columns for each stream would be quadratic
    every = np.flatnonzero(own & np.isin(index.stream, index.stream[rows]))
    every = every[np.argsort(index.stream[every], kind="stable")]
    begin, end = (np.searchsorted(index.stream[every], index.stream[rows], side=side).tolist() for side in ("left", "right"))
    for row, start, stop in zip(rows.tolist(), begin, end, strict=True):
        own_rows = every[start:stop]
        yield _reset(index, row, int(index.stream[row]), own_rows[: int(np.searchsorted(own_rows, row))])


def _reset(index: PacketIndex, row: int, stream: int, before: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Reset:
    way, flags = index.direction[before], index.tcp_flags[before]
    carried = index.payload_length[before].astype(np.int64)
    payload = int(carried[way == 0].sum()), int(carried[way == 1].sum())
    ended = len(set(way[(flags & FIN) != 0].tolist()))
    answers = bool(len(before)) and all((flags & (SYN | ACK)) == SYN)
    kinds = {1: "half closed", 2: "after the end"}
    kind = "refused" if answers else kinds.get(ended, "in the middle" if any(payload) else "before data")
    start = int(before[0]) if len(before) else row
    by = "server" if index.direction[row] else "client"
    return Reset(
        row + 1, stream, index.flow("tcp", stream), by, kind, payload, int(index.time_ns[row]) - int(index.time_ns[start])
    )


def _parts(material: Material) -> Iterable[Part]:
    found = list(resets(material.capture.index))
    kinds = Counter((each.kind, each.by) for each in found)
    first: dict[tuple[str, str], int] = {}
    for each in found:
        first.setdefault((each.kind, each.by), each.packet)
    sums = tuple((*kind, count, first[kind]) for kind, count in kinds.most_common())
    yield Table(name="kinds", title="connections that were cut off", columns=_KINDS, rows=sums)
    shown = found[: material.most]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            each.packet,
            each.stream,
            str(each.flow.client),
            str(each.flow.server),
            each.by,
            each.kind,
            *each.payload,
            each.after_ns,
        )
        for each in shown
    )
    yield Table(name="resets", title="first reset of each", columns=_RESETS, rows=rows, more=len(found) - len(rows))


SECTION = Section(
    name="resets",
    title="Resets",
    about="Which TCP connections were cut off by a reset, by whom, and at what point.",
    need="columns",
    begin=lambda material: FromColumns(lambda: _parts(material)),
)
