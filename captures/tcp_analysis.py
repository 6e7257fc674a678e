"""Wireshark's `tcp.analysis.*` for every packet of a capture, as columns beside the index: worked out when somebody asks, then kept.

Streams without surprises are analysed by columns (`tcp_calm`), the others packet by packet (`tcp_walk`). A capture that grows is
analysed again where streams got new packets.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from captures import marks as index_marks
from captures import tcp_walk as told
from captures.arrays import Ints, Mask
from captures.index import PacketIndex
from captures.segment import ACK, SYN
from captures.tcp_calm import Segments, calm
from captures.tcp_options import tcp_options
from captures.tcp_walk import Finding, Sent, walk

__all__ = ["FLAG_FIELDS", "NUMBER_FIELDS", "TIME_FIELDS", "TcpAnalysis", "tcp_analysis"]

_TCP = 6
_BLOCK = 1 << 15
"""Segments analysed together, where their streams are no longer."""

FLAG_FIELDS: Mapping[str, int] = {
    "tcp.analysis": told.PRESENT,
    "tcp.analysis.flags": told.PRESENT - 1,
    "tcp.analysis.retransmission": told.RETRANSMISSION | told.FAST_RETRANSMISSION | told.SPURIOUS_RETRANSMISSION,
    "tcp.analysis.fast_retransmission": told.FAST_RETRANSMISSION,
    "tcp.analysis.spurious_retransmission": told.SPURIOUS_RETRANSMISSION,
    "tcp.analysis.out_of_order": told.OUT_OF_ORDER,
    "tcp.analysis.lost_segment": told.LOST,
    "tcp.analysis.ack_lost_segment": told.ACK_LOST,
    "tcp.analysis.duplicate_ack": told.DUPLICATE_ACK,
    "tcp.analysis.window_update": told.WINDOW_UPDATE,
    "tcp.analysis.window_full": told.WINDOW_FULL,
    "tcp.analysis.zero_window": told.ZERO_WINDOW,
    "tcp.analysis.zero_window_probe": told.ZERO_WINDOW_PROBE,
    "tcp.analysis.zero_window_probe_ack": told.ZERO_WINDOW_PROBE_ACK,
    "tcp.analysis.keep_alive": told.KEEP_ALIVE,
    "tcp.analysis.keep_alive_ack": told.KEEP_ALIVE_ACK,
    "tcp.analysis.reused_ports": told.REUSED_PORTS,
}
"""Fields without a value, by the bits of `TcpAnalysis.marks` of which one must be set. Fast and spurious retransmissions are
retransmissions, too."""

NUMBER_FIELDS = (
    "tcp.analysis.acks_frame",
    "tcp.analysis.bytes_in_flight",
    "tcp.analysis.push_bytes_sent",
    "tcp.analysis.duplicate_ack_num",
    "tcp.analysis.duplicate_ack_frame",
    "tcp.analysis.rto_frame",
)
"""Fields with a whole number."""

TIME_FIELDS = ("tcp.analysis.ack_rtt", "tcp.analysis.initial_rtt", "tcp.analysis.rto")
"""Fields with a duration; Wireshark shows seconds, here they are nanoseconds."""

_COLUMNS = {
    "marks": "u2",
    "acks_frame": "u4",
    "ack_rtt_ns": "i8",
    "bytes_in_flight": "u4",
    "push_bytes_sent": "u4",
    "duplicate_ack_num": "u4",
    "duplicate_ack_frame": "u4",
}
"""30 bytes a packet, whatever it carries; what only retransmissions have is kept apart."""


class TcpAnalysis:
    """What is known about the packets that were indexed at the last `update`. Columns have one value for each row of the index."""

    def __init__(self, index: PacketIndex) -> None:
        self._index = index
        self._columns: dict[str, NDArray[Any]] = {name: np.zeros(0, dtype) for name, dtype in _COLUMNS.items()}
        self._handshake = np.zeros(0, np.int64)
        self._handshake_row = np.zeros(0, np.int64)
        self.rto: dict[int, tuple[int, int]] = {}
        """By row of a retransmission: nanoseconds since the segment that was not acknowledged, and that one's frame."""
        self.walked = 0
        """Streams that were odd enough for the walk."""

    def __len__(self) -> int:
        return len(self._columns["marks"])

    def update(self) -> None:
        """Take in what was indexed since: the streams that got packets are analysed anew."""
        index, before, count = self._index, len(self), len(self._index)
        if before == count:
            return
        for name, column in self._columns.items():
            self._columns[name] = np.concatenate([column, np.zeros(count - before, column.dtype)])
        fresh = index.stream_count("tcp") - len(self._handshake)
        self._handshake = np.concatenate([self._handshake, np.zeros(fresh, np.int64)])
        self._handshake_row = np.concatenate([self._handshake_row, np.zeros(fresh, np.int64)])
        usable = (index.ip_protocol[:count] == _TCP) & (index.stream[:count] >= 0)
        usable &= (index.flags[:count] & index_marks.BROKEN) == 0
        if before:
            touched = np.zeros(index.stream_count("tcp"), np.bool_)
            touched[index.stream[before:count][usable[before:]]] = True
            usable &= touched[np.maximum(index.stream[:count], 0)]
        rows = np.flatnonzero(usable)
        options = tcp_options(index, rows)
        order = np.argsort(index.stream[rows], kind="stable")
        reused = index.tcp.reused()
        for part in _blocks(index.stream[rows[order]]):
            places = order[part]
            self._analyse(*_segments(index, rows[places], options.shift[places], options.sacked[places], reused))

    def column(self, name: str) -> NDArray[Any]:
        """A column by its name in `tcp_walk.Finding`."""
        return self._columns[name]

    def flagged(self, field: str, rows: Ints | None = None) -> Mask:
        """For each row (or each of `rows`) whether it has one of FLAG_FIELDS."""
        flagged: Mask = (self._of("marks", rows) & FLAG_FIELDS[field]) != 0
        return flagged

    def values(self, field: str, rows: Ints | None = None) -> tuple[Ints, Mask]:
        """(value, whether there is one) for each row (or each of `rows`); of NUMBER_FIELDS and TIME_FIELDS."""
        name = field.rpartition(".")[2]
        if name == "initial_rtt":
            values = self._initial_rtt(np.arange(len(self)) if rows is None else rows)
        elif name in ("rto", "rto_frame"):
            values = self._rto(name, np.arange(len(self)) if rows is None else rows)
        else:
            values = self._of("ack_rtt_ns" if name == "ack_rtt" else name, rows).astype(np.int64)
        return values, values != 0

    def initial_rtt_ns(self) -> Ints:
        """By TCP stream: from the SYN to the first ACK; 0 where the handshake was not seen."""
        return self._handshake

    def _of(self, name: str, rows: Ints | None) -> NDArray[Any]:
        column = self._columns[name]
        return column if rows is None else column[rows]

    def _rto(self, name: str, rows: Ints) -> Ints:
        values = np.zeros(len(rows), np.int64)
        places = np.flatnonzero(self._columns["marks"][rows] & told.RETRANSMISSION)
        values[places] = [self.rto.get(row, (0, 0))[name == "rto_frame"] for row in rows[places].tolist()]
        return values

    def _initial_rtt(self, rows: Ints) -> Ints:
        values = np.zeros(len(rows), np.int64)
        places = np.flatnonzero(self._columns["marks"][rows])
        stream = self._index.stream[rows[places]]
        known = rows[places] >= self._handshake_row[stream]
        values[places[known]] = self._handshake[stream[known]]
        return values

    def _analyse(self, sent: Segments, streams: Ints) -> None:
        found = calm(sent)
        keep = found.streams[sent.stream]
        for name, column in self._columns.items():
            column[sent.row[keep]] = getattr(found, name)[keep]
        quiet = streams[found.streams]
        self._handshake[quiet] = found.initial_rtt_ns[found.streams]
        self._handshake_row[quiet] = found.initial_rtt_from[found.streams]
        places = np.flatnonzero(~keep)
        numbers = sent.stream[places]
        for part in np.split(places, np.flatnonzero(np.diff(numbers)) + 1) if len(places) else ():
            self.walked += 1
            self._walk(sent, part, int(streams[sent.stream[part[0]]]))

    def _walk(self, sent: Segments, places: Ints, stream: int) -> None:
        columns = zip(*(getattr(sent, name)[places].tolist() for name in Sent._fields), strict=True)
        reused = bool(sent.reused[sent.stream[places[0]]])
        findings = list(walk(map(Sent._make, columns), reused=reused))
        rows = sent.row[places]
        table = np.array([finding[1:-3] for finding in findings], np.int64).reshape(len(findings), len(_COLUMNS))
        for place, column in enumerate(self._columns.values()):
            column[rows] = table[:, place]
        self.rto.update((finding.row, (finding.rto_ns, finding.rto_frame)) for finding in findings if finding.rto_ns)
        shaken = next((finding for finding in findings if finding.initial_rtt_ns), None)
        if shaken is not None:
            self._handshake[stream], self._handshake_row[stream] = shaken.initial_rtt_ns, shaken.row


def tcp_analysis(index: PacketIndex) -> TcpAnalysis:
    """The analysis of everything indexed so far; kept with the index."""
    found = index.derived.get("tcp")
    if not isinstance(found, TcpAnalysis):
        found = index.derived["tcp"] = TcpAnalysis(index)
    found.update()
    return found


def _blocks(streams: NDArray[np.int32]) -> Iterator[slice]:
    """Runs of whole streams, so that what is worked out on the way stays small and in the processor's cache."""
    borders = np.concatenate(([0], np.flatnonzero(np.diff(streams)) + 1, [len(streams)]))
    start = 0
    while start < len(streams):
        last = int(np.searchsorted(borders, start + _BLOCK, side="right")) - 1
        end = max(int(borders[last]), int(borders[np.searchsorted(borders, start, side="right")]))
        yield slice(start, end)
        start = end


def _segments(index: PacketIndex, rows: Ints, shift: NDArray[Any], sacked: NDArray[Any], reused: Mask) -> tuple[Segments, Ints]:
    """Segments of rows that are sorted by stream, and the stream number behind each of theirs."""
    streams, stream = np.unique(index.stream[rows], return_inverse=True)
    stream = stream.reshape(-1)

    def column(name: str) -> Ints:
        return index.column(name)[rows].astype(np.int64)

    flags = column("tcp_flags")
    first = np.searchsorted(stream, np.arange(len(streams)))
    opening = (flags[first] & (SYN | ACK)) == SYN
    sent = Segments(
        row=rows,
        stream=stream,
        direction=column("direction"),
        time_ns=column("time_ns"),
        seq=column("seq"),
        ack=column("ack"),
        flags=flags,
        window=column("window"),
        length=column("payload_length"),
        shift=shift.astype(np.int64),
        sacked=sacked.astype(np.int64),
        reused=reused[streams] & opening,
    )
    return sent, streams.astype(np.int64)


assert tuple(_COLUMNS) == Finding._fields[1:-3]
