"""Measurements of TCP and of the capture itself, from the index's columns and Wireshark's analysis of TCP."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from captures.index import PacketIndex
from captures.tcp_analysis import tcp_analysis
from workbench.analysis.measurement import Measurement
from workbench.analysis.sections import Material
from workbench.api import Direction

__all__ = ["transport_measurements"]

_TCP = 6
_SYN, _RST, _ACK = 0x02, 0x04, 0x10

_Flags = NDArray[np.bool_]
_Rows = NDArray[np.int64]


def transport_measurements(material: Material) -> Iterator[Measurement]:
    """All of them, of the packets that the user wants counted."""
    yield from _drops(material)
    index = material.capture.index
    chosen = material.rows()
    rows = chosen[(index.ip_protocol[chosen] == _TCP) & (index.stream[chosen] >= 0)]
    if not len(rows):
        return
    analysis = tcp_analysis(index)
    data = int((index.payload_length[rows] > 0).sum())
    again = rows[analysis.flagged("tcp.analysis.retransmission")[rows]]
    yield Measurement("tcp.retransmission_share", "", min(1.0, len(again) / data) if data else 0.0, data, _first(again))
    closed = rows[analysis.flagged("tcp.analysis.zero_window")[rows]]
    yield Measurement("tcp.zero_windows", "", float(len(closed)), len(rows), _first(closed))
    yield from _Connections(index, rows).measurements()


def _drops(material: Material) -> Iterator[Measurement]:
    lost = sum(max(0, interface.dropped) for interface in material.capture.interfaces)
    count = len(material.capture.index) + lost
    if count:
        yield Measurement("capture.drop_share", "", lost / count, count)


class _Connections:
    """What happened to each TCP connection, as one truth value for each."""

    def __init__(self, index: PacketIndex, rows: _Rows) -> None:
        self._index, self._rows = index, rows
        self._count = index.stream_count("tcp")
        self._stream = index.stream[rows]
        flags = index.tcp_flags[rows]
        self._asks = (flags & (_SYN | _ACK)) == _SYN
        self._answers = (flags & (_SYN | _ACK)) == (_SYN | _ACK)
        self._resets = (flags & _RST) != 0
        self._data = index.payload_length[rows] > 0

    def measurements(self) -> Iterator[Measurement]:
        """Shares of connections and of attempts, and who tried many ports in vain."""
        asked, answered, reset, spoke = map(self._streams, (self._asks, self._answers, self._resets, self._data))
        from_server = self._index.direction[self._rows] == Direction.TO_CLIENT
        refused = asked & ~answered & self._streams(self._resets & from_server)
        silent = asked & answered & ~spoke
        unanswered = asked & ~answered & ~refused & ~self._streams(from_server)
        there = self._streams(np.ones(len(self._rows), np.bool_))
        yield self._share("tcp.reset_share", reset & (spoke | answered), there & ~(refused | unanswered), self._resets)
        yield self._share("tcp.refused_share", refused, asked, self._resets)
        yield self._share("tcp.unanswered_share", unanswered, asked, self._asks)
        yield self._share("tcp.silent_share", silent, asked & answered, self._asks)
        yield from self._probing(refused | unanswered)

    def _streams(self, which: _Flags) -> _Flags:
        """The streams with such a row."""
        found = np.zeros(self._count, np.bool_)
        found[self._stream[which]] = True
        return found

    def _share(self, name: str, these: _Flags, among: _Flags, evidence: _Flags) -> Measurement:
        whole, part = int(among.sum()), int((these & among).sum())
        first = self._rows[evidence & (these & among)[self._stream]]
        return Measurement(name, "", part / whole if whole else 0.0, whole, _first(first))

    def _probing(self, vain: _Flags) -> Iterator[Measurement]:
        """For each host that opened connections in vain: how many different (host, port) it tried."""
        rows = self._rows[self._asks & vain[self._stream]]
        tried: dict[str, set[tuple[str, int]]] = {}
        first: dict[str, int] = {}
        for row, port in zip(rows.tolist(), self._index.destination_port[rows].tolist(), strict=True):
            source, target = self._index.hosts(row)
            tried.setdefault(source, set()).add((target, port))
            first.setdefault(source, row + 1)
        for source, targets in tried.items():
            yield Measurement("host.probed_ports", source, float(len(targets)), len(targets), first[source])


def _first(rows: _Rows) -> int:
    return int(rows[0]) + 1 if len(rows) else 0
