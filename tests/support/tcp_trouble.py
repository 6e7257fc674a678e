"""Two hosts that talk over TCP, with as much trouble as wanted: lost, late and repeated segments, closed windows, resets, odd numbers."""

import struct
from collections.abc import Iterator
from random import Random

from captures.segment import ACK, FIN, PSH, RST, SYN
from captures.tcp_walk import Sent
from support.headers import A4, B4, ether, ipv4

BEGIN_NS = 1_700_000_000_000_000_000
PORTS = 10_000, 80
_WORD = 0xFFFFFFFF


def frame(sent: Sent, blocks: tuple[tuple[int, int], ...] = (), client_port: int = PORTS[0]) -> bytes:
    """An Ethernet frame with that segment; `blocks` are SACK blocks."""
    ports = (client_port, PORTS[1]) if sent.direction == 0 else (PORTS[1], client_port)
    options = b"" if sent.shift < 0 else struct.pack("BBBx", 3, 3, sent.shift)
    if blocks:
        options += struct.pack("BBBB", 1, 1, 5, 2 + 8 * len(blocks)) + b"".join(struct.pack(">II", *block) for block in blocks)
    header = struct.pack(">HHIIBBHHH", *ports, sent.seq, sent.ack, (5 + len(options) // 4) << 4, sent.flags, sent.window, 0, 0)
    sides = {"source": A4, "destination": B4} if sent.direction == 0 else {"source": B4, "destination": A4}
    return ether(ipv4(header + options + b"x" * sent.length, **sides))


class Talk:
    """One connection, packet by packet. `trouble` is the share of segments that something happens to."""

    def __init__(self, choose: Random, trouble: float) -> None:
        self._choose, self._trouble = choose, trouble
        self._time = BEGIN_NS
        first = [choose.choice([100, 0xFFFFFF00, 0xFFFFFFF0, choose.getrandbits(32)]) for _ in range(2)]
        self._first, self._next, self._acked = first, list(first), [0, 0]
        self._window = [choose.choice([20, 1000, 64_240]) for _ in range(2)]
        self._with_handshake = choose.random() < 0.7

    def packets(self, count: int, first_row: int = 0) -> Iterator[tuple[Sent, tuple[tuple[int, int], ...]]]:
        """Segments with their SACK blocks."""
        for number in range(count):
            self._time += self._choose.choice([0, 1000, 100_000, 1_000_000, 2_000_000, 50_000_000])
            opening = self._with_handshake and number < 2
            way, seq, ack, flags, length = self._opening(number) if opening else self._next_segment()
            shift = self._choose.choice([-1, 0, 2, 7]) if flags & SYN else -1
            blocks = self._blocks(ack) if flags == ACK and self._choose.random() < 0.1 else ()
            sacked = sum(right - left for left, right in blocks[:3])
            end = seq + length + bool(flags & (SYN | FIN))
            self._next[way], self._acked[way] = max(end, self._next[way]), ack
            ack = ack & _WORD if flags & ACK else 0
            window = 0 if flags & RST else self._window[way]
            yield (
                Sent(first_row + number, self._time, way, seq & _WORD, ack, flags, window, length, shift, sacked),
                tuple((left & _WORD, right & _WORD) for left, right in blocks),
            )

    def _opening(self, number: int) -> tuple[int, int, int, int, int]:
        if number == 0:
            return 0, self._first[0], 0, SYN, 0
        return 1, self._first[1], self._next[0], SYN | ACK, 0

    def _next_segment(self) -> tuple[int, int, int, int, int]:
        choose = self._choose
        way = choose.randrange(2)
        seq, ack, flags, length = self._next[way], self._next[1 - way], ACK, choose.choice([0, 0, 1, 10, 10, 20, 100])
        if length and choose.random() < 0.5:
            flags |= PSH
        if choose.random() < 0.05:
            self._window[way] = choose.choice([10, 20, 100, 1000])
        if choose.random() < 0.02:
            flags |= choose.choice([FIN, FIN, RST])
            length = 0 if flags & RST else length
        if choose.random() < self._trouble:
            seq, ack, flags, length = self._spoil(way, seq, ack, flags, length)
        return way, seq, ack, flags, length

    def _spoil(self, way: int, seq: int, ack: int, flags: int, length: int) -> tuple[int, int, int, int]:
        choose = self._choose
        kind = choose.randrange(9)
        if kind == 0:  # keep-alives and the like
            return seq - 1, ack, ACK, choose.choice([0, 1, 2])
        if kind == 1:  # again, or late
            return seq - choose.choice([1, 5, 10, 20, 30]), ack, flags, choose.choice([1, 10, 20])
        if kind == 2:  # something is missing
            return seq + choose.choice([1, 10, 20]), ack, flags, length
        if kind == 3:
            return seq, ack - choose.choice([1, 5, 10, 20]), flags, length
        if kind == 4:
            return seq, ack + choose.choice([1, 10, 20]), flags, length
        if kind == 5:
            self._window[way] = choose.choice([0, self._window[way]])
            return seq, self._acked[way], ACK, choose.choice([0, 1])
        if kind == 6:
            return self._first[way], ack, choose.choice([SYN, SYN | ACK]), 0
        if kind == 7:
            return self._first[way] + 7, ack, choose.choice([SYN, SYN | ACK]), 0
        return choose.choice([0, seq]), ack, choose.choice([RST, RST | ACK, ACK]), 0

    def _blocks(self, ack: int) -> tuple[tuple[int, int], ...]:
        start = ack + self._choose.choice([-30, -15, 0, 20])
        return tuple((start + 40 * number, start + 40 * number + 10) for number in range(self._choose.choice([1, 2, 3, 4])))
