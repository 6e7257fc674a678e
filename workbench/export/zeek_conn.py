"""Connections as Zeek's conn.log tells them: sizes by sequence numbers, how each side ended, a letter for each first thing that happened.

Definitions: https://docs.zeek.org/en/master/scripts/base/protocols/conn/main.zeek.html (conn_state, history).
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass, field

import numpy as np

from captures.index import PacketIndex
from captures.segment import ACK, FIN, RST, SYN
from workbench.export.source import Stream

__all__ = ["Connection", "connections"]

_TCP, _UDP = 6, 17
_STEP = 65_536
_HALF = 1 << 31
_IP_AT = {1: 14, 0: 4, 108: 4, 113: 16, 276: 20}
"""Bytes before the IP header by link type; none where it is not named."""

MOST_HOLES = 64
"""Holes in one direction that are remembered until they are filled; of more the oldest stay holes."""


@dataclass(slots=True)
class _Side:
    """One direction of a connection. Places count from the first byte after the SYN, or from the first one seen."""

    packets: int = 0
    ip_bytes: int = 0
    payload: int = 0
    base: int = -1
    end: int = 0
    syn: bool = False
    syn_ack: bool = False
    fin: bool = False
    rst: bool = False
    holes: list[tuple[int, int]] = field(default_factory=list)
    lost: int = 0
    letters: set[str] = field(default_factory=set)

    def place(self, seq: int, *, is_syn: bool) -> int:
        """Where a sequence number stands in this direction, far beyond 2^32."""
        if self.base < 0:
            self.base = (seq + is_syn) & 0xFFFFFFFF
        step = (seq + is_syn - self.base - self.end) & 0xFFFFFFFF
        return self.end + (step - (1 << 32) if step >= _HALF else step)

    def carry(self, place: int, length: int) -> str:
        """Payload at a place: "g" when it leaves a hole, "t" when all of it came before, "" else."""
        stop = place + length
        if place > self.end:
            self.holes.append((self.end, place))
            if len(self.holes) > MOST_HOLES:
                first = self.holes.pop(0)
                self.lost += first[1] - first[0]
            self.end = stop
            return "g"
        if stop <= self.end:
            return "" if self._fill(place, stop) else "t"
        self._fill(place, self.end)
        self.end = stop
        return ""

    def _fill(self, start: int, stop: int) -> bool:
        before = self.holes
        parts = (part for low, high in before for part in ((low, min(high, start)), (max(low, stop), high)))
        self.holes = [(low, high) for low, high in parts if low < high]
        return before != self.holes

    @property
    def missed(self) -> int:
        """Bytes that were never seen."""
        return self.lost + sum(stop - start for start, stop in self.holes)


@dataclass(slots=True)
class Connection:
    """One line of conn.log but for the service. Times are nanoseconds; `state` and `history` as Zeek's."""

    stream: Stream
    first_ns: int
    last_ns: int
    sides: tuple[_Side, _Side]
    history: list[str] = field(default_factory=list)

    @property
    def sizes(self) -> tuple[int, int]:
        """Payload of originator and responder: for TCP what the sequence numbers say."""
        orig, resp = self.sides
        return (orig.end, resp.end) if self.stream[0] == "tcp" else (orig.payload, resp.payload)

    @property
    def state(self) -> str:
        """conn_state."""
        orig, resp = self.sides
        if self.stream[0] == "udp":
            return "SF" if orig.packets and resp.packets else "S0" if orig.packets else "SHR"
        return _tcp_state(orig, resp)


def _tcp_state(orig: _Side, resp: _Side) -> str:
    if orig.syn and resp.syn_ack:
        if orig.rst:
            return "RSTO"
        if resp.rst:
            return "RSTR"
        return {(True, True): "SF", (True, False): "S2", (False, True): "S3", (False, False): "S1"}[orig.fin, resp.fin]
    if orig.syn:
        if resp.rst:
            return "REJ"
        return "RSTOS0" if orig.rst else "SH" if orig.fin else "S0"
    if resp.syn_ack:
        return "RSTRH" if resp.rst else "SHR" if resp.fin else "OTH"
    return "OTH"


def connections(index: PacketIndex, wanted: Set[Stream], link_types: list[int]) -> Iterator[Connection]:
    """The wanted streams in the order in which they began; `link_types` are those of the capture's interfaces."""
    found: dict[Stream, Connection] = {}
    for protocol, number, way, time_ns, seq, flags, window, length, size in _packets(index, link_types):
        stream: Stream = ("tcp" if protocol == _TCP else "udp", number)
        if stream not in wanted:
            continue
        connection = found.get(stream)
        if connection is None:
            connection = found[stream] = Connection(stream, time_ns, time_ns, (_Side(), _Side()))
            if way:
                connection.history.append("^")  # the first packet came from whom we take for the responder
        connection.last_ns = max(connection.last_ns, time_ns)
        side = connection.sides[way]
        side.packets += 1
        side.ip_bytes += size
        side.payload += length
        if protocol == _TCP:
            _hear(connection, way, seq, flags, window, length)
        elif length:
            _note(connection, way, "d")
    yield from found.values()


def _packets(index: PacketIndex, link_types: list[int]) -> Iterator[tuple[int, ...]]:
    """Of each TCP and UDP packet: protocol, stream, direction, time, sequence number, flags, window, payload and IP length."""
    rows = np.flatnonzero((index.stream >= 0) & np.isin(index.ip_protocol, (_TCP, _UDP)))
    names = ("ip_protocol", "stream", "direction", "time_ns", "seq", "tcp_flags", "window", "payload_length")
    ahead = np.array([_IP_AT.get(kind, 0) for kind in link_types] or [0])
    for at in range(0, len(rows), _STEP):
        part = rows[at : at + _STEP]
        before = ahead[index.interface[part]] + np.where(index.vlan[part] >= 0, 4, 0)
        payload = index.payload_length[part].astype(np.int64)
        size = np.maximum(index.payload_offset[part] + payload - before, payload)
        yield from zip(*(index.column(name)[part].tolist() for name in names), size.tolist(), strict=True)


def _hear(connection: Connection, way: int, seq: int, flags: int, window: int, length: int) -> None:
    """One TCP packet. Of flags that do not go together history tells only that."""
    side = connection.sides[way]
    place = side.place(seq, is_syn=bool(flags & SYN))
    syn, fin, rst = flags & SYN, flags & FIN, flags & RST
    mixed = "q" if syn and (fin or rst) else "i" if fin and rst else ""
    if mixed:
        _note(connection, way, mixed)
    elif syn:
        _note(connection, way, "h" if flags & ACK else "s")
    if length:
        _note(connection, way, side.carry(place, length))
        _note(connection, way, "d")
    elif flags & ACK and not (syn or fin or rst):
        _note(connection, way, "a")
    if not (window or syn or fin or rst):
        _note(connection, way, "w")
    if (fin or rst) and not mixed:
        _note(connection, way, "f" if fin else "r")
    side.syn_ack = side.syn_ack or bool(syn and flags & ACK)
    side.syn = side.syn or bool(syn and not flags & ACK)
    side.fin = side.fin or bool(fin)
    side.rst = side.rst or bool(rst)


def _note(connection: Connection, way: int, letter: str) -> None:
    side = connection.sides[way]
    if letter and letter not in side.letters:
        side.letters.add(letter)
        connection.history.append(letter if way else letter.upper())
