"""Fields of TCP packets that whole streams tell: Wireshark's `tcp.analysis`, and windows as they are scaled.

They are worked out for the capture when a filter first asks, and never with the other headers of a packet.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from captures.arrays import Ints, Mask
from captures.index import PacketIndex
from captures.tcp_analysis import FLAG_FIELDS, NUMBER_FIELDS, TIME_FIELDS, tcp_analysis
from captures.tcp_windows import tcp_windows

__all__ = ["STREAM_FIELDS", "StreamField"]

StreamField = Callable[[PacketIndex, Ints], tuple[Mask, NDArray[Any], int]]
"""For rows of an index: which have a value, the values, and a number that none is beyond, either way. Durations are nanoseconds."""


def _flag(name: str) -> StreamField:
    def read(index: PacketIndex, rows: Ints) -> tuple[Mask, NDArray[Any], int]:
        there = tcp_analysis(index).flagged(name, rows)
        return there, there.view(np.uint8), 1

    return read


def _value(name: str, most: int) -> StreamField:
    def read(index: PacketIndex, rows: Ints) -> tuple[Mask, NDArray[Any], int]:
        values, there = tcp_analysis(index).values(name, rows)
        return there, values, most

    return read


def _window(index: PacketIndex, rows: Ints) -> tuple[Mask, NDArray[Any], int]:
    values, there = tcp_windows(index).sizes(rows)
    return there, values, 1 << 30


STREAM_FIELDS: Mapping[str, StreamField] = {
    **{name: _flag(name) for name in FLAG_FIELDS},
    **{name: _value(name, 1 << 32) for name in NUMBER_FIELDS},
    **{name: _value(name, 1 << 62) for name in TIME_FIELDS},
    "tcp.window_size": _window,
}
"""A flag is there where it is set, and has the value 1."""
