"""Transport payloads of many packets at once: few large reads instead of one read per packet.

Which packets, and what their bytes mean, is the caller's business.
"""

import numpy as np

from captures import marks
from captures.arrays import Ints
from captures.capture import Capture

__all__ = ["batches", "payloads"]

BATCH_ROWS = 16_384
"""Packets whose payloads are held at once: enough to forget numpy's overhead, few enough that a first answer comes soon."""

BATCH_BYTES = 16 << 20
"""Their bytes on the wire at most, as loopback packets reach 64 KiB."""

READ = 1 << 18
"""Bytes read at once: they are cut into payloads while they are still in the processor's cache."""

NEAR = 16_384
"""Bytes between two payloads up to which one read for both is cheaper than two."""


def batches(capture: Capture, rows: Ints) -> list[Ints]:
    """Cut ascending rows so that the payloads of each part fit into memory."""
    parts = []
    for start in range(0, len(rows), BATCH_ROWS):
        part = rows[start : start + BATCH_ROWS]
        total = np.cumsum(capture.index.payload_length[part], dtype=np.int64)
        cuts = np.flatnonzero(np.diff(total // BATCH_BYTES)) + 1
        parts += np.split(part, cuts)
    return parts


def payloads(capture: Capture, rows: Ints) -> list[bytes]:
    """What the file holds of the transport payload of each row (ascending), reassembled IP datagrams included."""
    index = capture.index
    skip = index.payload_offset[rows].astype(np.int64)
    size = np.minimum(index.payload_length[rows].astype(np.int64), index.captured_length[rows].astype(np.int64) - skip)
    assembled = (index.flags[rows] & marks.ASSEMBLED) != 0
    size[assembled] = 0
    found = [b""] * len(rows)
    present = np.flatnonzero(size > 0)
    if len(present):
        start = (index.offset[rows] + skip)[present]
        for place, data in zip(present.tolist(), _slices(capture, start, start + size[present]), strict=True):
            found[place] = data
    for place in np.flatnonzero(assembled).tolist():
        found[place] = capture.payload(int(rows[place]) + 1)
    return found


def _slices(capture: Capture, starts: Ints, ends: Ints) -> list[bytes]:
    """The bytes `[start, end)` of the file for each pair, ascending."""
    found: list[bytes] = []
    for group in _near(starts, ends):
        base = int(starts[group[0]])
        data = capture.read(base, int(ends[group[-1]]) - base)
        low, high = (starts[group] - base).tolist(), (ends[group] - base).tolist()
        found += [data[start:end] for start, end in zip(low, high, strict=True)]
    return found


def _near(starts: Ints, ends: Ints) -> list[Ints]:
    """Positions grouped so that each group is read at once."""
    far = starts[1:] - ends[:-1] > NEAR
    groups = []
    for group in np.split(np.arange(len(starts)), np.flatnonzero(far) + 1):
        step = (starts[group] - starts[group[0]]) // READ
        groups += np.split(group, np.flatnonzero(np.diff(step)) + 1)
    return groups
