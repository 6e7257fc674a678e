"""Ethernet addresses of many packets at once. The index keeps them only where there is no IP; whoever asks reads them from the file."""

from collections.abc import Iterator

import numpy as np

from captures.arrays import Gather, Ints
from captures.capture import Capture
from captures.pairs import MAC, Keys
from captures.source import MARGIN

__all__ = ["ethernet_rows", "link_addresses"]

_HEADER = 14
_BATCH_BYTES = 4 << 20
"""Bytes of the file that are looked through at once."""


def ethernet_rows(capture: Capture) -> Ints:
    """Index rows of packets that begin with a whole Ethernet header (and no Cisco tag before it)."""
    index = capture.index
    ethernet = np.array([link == "eth" for link in index.links] or [False])
    shapes = np.array([names[:1] in ((), ("eth",), ("ieee8021ad",), ("vlan",)) for names in index.shapes.names])
    return np.flatnonzero(ethernet[index.interface] & shapes[index.column("shape")] & (index.captured_length >= _HEADER))


def link_addresses(capture: Capture, rows: Ints) -> Iterator[tuple[Ints, Keys]]:
    """Source and destination of Ethernet frames (rows ascending), some thousand rows at a time, as keys of `captures.pairs`."""
    index = capture.index
    offset = index.offset[rows]
    for part in np.split(np.arange(len(rows)), np.flatnonzero(np.diff(offset // _BATCH_BYTES)) + 1):
        if not len(part):
            continue
        first = int(offset[part].min())
        data = capture.read(first, int(offset[part].max()) + _HEADER - first)
        gather = Gather(np.frombuffer(data + bytes(MARGIN), np.uint8))
        begin = offset[part] - first
        keys = np.zeros((len(part), 5), np.uint64)
        keys[:, 0] = gather.u64(begin + 6) >> np.uint64(16)
        keys[:, 2] = gather.u64(begin) >> np.uint64(16)
        keys[:, 4] = np.uint64(MAC << 40)
        yield rows[part], keys
