"""Packets as the readers hand them over, without a file."""

from collections.abc import Iterable

import numpy as np

from captures.index import PacketIndex
from captures.indexing import Indexer
from captures.records import Interface, Records
from captures.source import MARGIN

Row = tuple[int, bytes, int]
"""(link type, captured bytes, length on the wire)."""


def records_of(rows: list[Row]) -> tuple[Records, list[Interface]]:
    """Records and interfaces, one of each per row."""
    sizes = np.array([len(data) for _, data, _ in rows], np.int64)
    start = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    buffer = np.frombuffer(b"".join(data for _, data, _ in rows) + bytes(MARGIN), np.uint8)
    zeros = np.zeros(len(rows), np.int64)
    original = np.array([wire for _, _, wire in rows], np.int64)
    interfaces = [Interface(link_type) for link_type, _, _ in rows]
    return Records(buffer, 0, start, sizes, original, zeros, np.arange(len(rows)), zeros), interfaces


def indexed(frames: Iterable[bytes], link_type: int = 1) -> PacketIndex:
    """An index of whole packets of one link type."""
    index = PacketIndex()
    Indexer(index).add(*records_of([(link_type, frame, len(frame)) for frame in frames]))
    return index
