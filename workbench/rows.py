"""Lines of a packet list from the index's columns alone: cheap enough for a million packets. Messages are `Session`'s business."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from captures import marks
from captures.index import PacketIndex

__all__ = ["PacketRow", "flag_names", "row_of", "rows_of"]

STEP = 16_384
"""Rows fetched from the columns in one go."""

_FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR")
_COLUMNS = ("time_ns", "original_length", "pair", "ip_version", "ip_protocol", "tcp_flags", "window", "payload_length", "flags")
_TCP, _UDP = 6, 17
_NOBODY = ("", "", "")


class PacketRow(NamedTuple):
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
    parties: dict[int, tuple[str, str, str]] = {-1: _NOBODY}
    make, names = PacketRow._make, flag_names
    for at in range(0, len(wanted), STEP):
        rows = wanted[at : at + STEP]
        columns = (index.column(name)[rows].tolist() for name in _COLUMNS)
        for row, time_ns, length, pair, version, protocol, flags, window, payload, marked in zip(
            rows.tolist(), *columns, strict=True
        ):
            who = parties.get(pair) or parties.setdefault(pair, _parties(index, pair))
            source, destination, ports = who
            if not version or marked & (marks.FRAGMENT | marks.BROKEN) or protocol not in (_TCP, _UDP):
                yield make((row + 1, time_ns, source, destination, index.protocol(row), length, _rare(version, marked)))
            elif protocol == _TCP:
                info = f"{ports} [{names(flags)}] Win={window} Len={payload}"
                yield make((row + 1, time_ns, source, destination, "TCP", length, info))
            else:
                yield make((row + 1, time_ns, source, destination, "UDP", length, f"{ports} Len={payload}"))


def _parties(index: PacketIndex, pair: int) -> tuple[str, str, str]:
    """Source, destination and ports of a pair of addresses."""
    ports = index.pairs.ports(pair)
    return (*index.pairs.hosts(pair), f"{ports[0]} → {ports[1]}")


def _rare(version: int, marked: int) -> str:
    """What is to say about a packet that is not plain TCP or UDP."""
    if version and marked & marks.FRAGMENT:
        return "fragment"
    return "cut short or damaged" if marked & marks.BROKEN else ""


@lru_cache(maxsize=4096)
def flag_names(flags: int) -> str:
    """TCP flags in words, lowest bit first."""
    return ", ".join(name for bit, name in enumerate(_FLAGS) if flags >> bit & 1)
