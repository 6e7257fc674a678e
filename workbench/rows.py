"""Lines of a packet list from the index's columns alone: cheap enough for a million packets. Messages are `Session`'s business."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from captures import marks
from captures.index import PacketIndex

__all__ = ["PacketRow", "flag_names", "row_of", "rows_of"]

STEP = 16_384
"""Rows fetched from the columns in one go."""

_FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR")
_COLUMNS = ("time_ns", "original_length", "ip_version", "ip_protocol", "source_port", "destination_port", "pair", "tcp_flags", "window",
            "payload_length", "flags")  # fmt: skip
_TCP, _UDP = 6, 17


@dataclass(frozen=True, slots=True)
class PacketRow:
    """One line of a packet list. `time_ns` is absolute; `length` is the length on the wire; `info` holds nothing from the payload."""

    number: int
    time_ns: int
    source: str
    destination: str
    protocol: str
    length: int
    info: str


def row_of(index: PacketIndex, number: int) -> PacketRow:
    """The line of packet `number`."""
    return next(rows_of(index, [number]))


def rows_of(index: PacketIndex, numbers: Iterable[int] | NDArray[np.int64]) -> Iterator[PacketRow]:
    """The lines of those packets."""
    wanted = np.asarray(numbers, np.int64) - 1
    hosts: dict[int, tuple[str, str]] = {}
    for at in range(0, len(wanted), STEP):
        rows = wanted[at : at + STEP]
        columns = [index.column(name)[rows].tolist() for name in _COLUMNS]
        for row, values in zip(rows.tolist(), zip(*columns, strict=True), strict=True):
            pair = values[6]
            found = hosts.get(pair)
            if found is None:
                found = hosts[pair] = index.pairs.hosts(pair) if pair >= 0 else ("", "")
            yield PacketRow(row + 1, values[0], *found, _protocol(index, row, values), values[1], _info(values))


def _protocol(index: PacketIndex, row: int, values: tuple[Any, ...]) -> str:
    plain = values[2] and not values[10] & marks.FRAGMENT
    if plain and values[3] == _TCP:
        return "TCP"
    if plain and values[3] == _UDP:
        return "UDP"
    return index.protocol(row)


def _info(values: tuple[Any, ...]) -> str:
    _, _, version, protocol, source, destination, _, flags, window, length, marked = values
    if not version:
        return ""
    if marked & marks.FRAGMENT:
        return "fragment"
    broken = ", broken header" if marked & marks.BROKEN else ""
    if protocol == _TCP:
        return f"{source} → {destination} [{flag_names(flags)}] Win={window} Len={length}{broken}"
    if protocol == _UDP:
        return f"{source} → {destination} Len={length}{broken}"
    return broken.removeprefix(", ")


@lru_cache(maxsize=4096)
def flag_names(flags: int) -> str:
    """TCP flags in words, lowest bit first."""
    return ", ".join(name for bit, name in enumerate(_FLAGS) if flags >> bit & 1)
