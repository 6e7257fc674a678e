"""What `captures.tcp_walk` says, by columns, for all streams without surprises at once.

A stream is *calm* when each segment continues its direction, ACKs never go back nor beyond what was seen, windows never close and
nothing follows a reset. Then the state that the walk carries from packet to packet is a running maximum or the row before. Which streams
are calm is decided here, strictly: whatever needs thinking about is left to the walk, and a property test holds both to the same words.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from captures.arrays import Ints, Mask
from captures.segment import ACK, FIN, PSH, RST, SYN
from captures.tcp_walk import DUPLICATE_ACK, MOST_UNACKED, NO_OPTION, PRESENT, REUSED_PORTS, WINDOW_FULL, WINDOW_UPDATE
from captures.tcp_windows import agree

__all__ = ["Calm", "Segments", "calm"]

_SPAN = 1 << 34
"""More than twice the offsets of one direction, so that key and offset fit into one number that sorts like the pair."""
_LOW = -(1 << 33)
_WORD = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Segments:
    """TCP packets sorted by stream and, inside, in capture order. `stream` counts from 0 without gaps; `shift` and `sacked` as in
    `captures.tcp_options`; `reused` by stream: an earlier one used the same ports."""

    row: Ints
    stream: Ints
    direction: Ints
    time_ns: Ints
    seq: Ints
    ack: Ints
    flags: Ints
    window: Ints
    length: Ints
    shift: Ints
    sacked: Ints
    reused: Mask


@dataclass(frozen=True, slots=True)
class Calm:
    """Findings in the order of the segments, as in `tcp_walk.Finding`; they hold for streams with `streams` set."""

    streams: Mask
    marks: NDArray[np.uint16]
    acks_frame: Ints
    ack_rtt_ns: Ints
    bytes_in_flight: Ints
    push_bytes_sent: Ints
    duplicate_ack_num: Ints
    duplicate_ack_frame: Ints
    initial_rtt_ns: Ints
    """By stream; 0 where the handshake was not seen."""
    initial_rtt_from: Ints
    """By stream: the row from which on it is known."""


class _State:
    """What the walk would know before each segment. All positions are places in the sorted columns."""

    def __init__(self, sent: Segments) -> None:
        self.sent = sent
        count = len(sent.row)
        self.place = np.arange(count)
        self.key = 2 * sent.stream + sent.direction
        self.streams = len(sent.reused)
        self.begin = _firsts(sent.stream, self.streams)
        """By stream: its first segment."""
        first = np.zeros(2 * self.streams, np.int64)
        first[self.key[::-1]] = self.place[::-1]
        self.first = first
        """By key: the first segment of that direction."""
        seen = [np.maximum.accumulate(np.where(sent.direction == way, self.place, -1)) for way in (0, 1)]
        behind = [np.concatenate(([-1], each[:-1])) for each in seen] if count else [self.place, self.place]
        start = self.begin[sent.stream]
        own = np.where(sent.direction == 0, behind[0], behind[1])
        other = np.where(sent.direction == 0, behind[1], behind[0])
        self.own = np.where(own >= start, own, -1)
        """The segment before in this direction, -1 for none."""
        self.other = np.where(other >= start, other, -1)
        """The last one of the other direction, -1 for none."""
        self.has_ack, self.is_reset = (sent.flags & ACK) != 0, (sent.flags & RST) != 0
        self.is_syn = (sent.flags & SYN) != 0
        self.plain = (sent.flags & (SYN | FIN | RST)) == 0
        counts = (sent.flags & (SYN | FIN)) != 0
        self.occupies = (sent.length > 0) | counts
        base = sent.seq[first]
        self.offset = _signed(sent.seq - base[self.key])
        self.end = self.offset + sent.length + counts
        self.acked = _signed(sent.ack - base[self.key ^ 1])
        self.reached = self.running(self.end, np.ones(count, np.bool_))
        """How far the direction got, this segment included."""
        self.ack_reached = self.running(self.acked, self.has_ack)
        """The highest ACK of this direction, this segment included; `_LOW` without any."""

    def running(self, values: Ints, counting: Mask) -> Ints:
        """Highest value so far in each direction, over the segments that count."""
        order = np.argsort(self.key, kind="stable")
        lifted = np.where(counting, values, _LOW)[order] + self.key[order] * _SPAN
        highest = np.empty(len(order), np.int64)
        highest[order] = np.maximum.accumulate(lifted)
        return highest - self.key * _SPAN

    def before(self, values: Any, places: Ints, otherwise: Any) -> Any:
        """`values` at `places` (`own` or `other`), with another value where there is no such segment."""
        return np.where(places >= 0, values[places], otherwise)


def calm(sent: Segments) -> Calm:
    """Findings for all segments, and for which streams they are right."""
    state = _State(sent)
    odd = _surprises(state)
    marks = np.zeros(len(sent.row), np.uint16)
    number, origin = _windows(state, marks)
    acks_frame, rtt = _round_trips(state)
    in_flight, pushed, crowded = _flights(state)
    odd |= crowded
    handshake, since, unclear = _handshakes(state)
    streams = np.ones(state.streams, np.bool_)
    streams[sent.stream[odd]] = False
    streams[unclear] = False
    told = (acks_frame > 0) | (sent.length > 0)
    first = state.begin[sent.reused]
    marks[first[(sent.flags[first] & (SYN | ACK)) == SYN]] |= REUSED_PORTS
    marks[(marks != 0) | told] |= PRESENT
    return Calm(streams, marks, acks_frame, rtt, in_flight, pushed, number, origin, handshake, since)


def _surprises(state: _State) -> Mask:
    """Segments that make their stream one for the walk."""
    sent = state.sent
    first = state.own < 0
    expected = state.before(state.reached, state.own, 0)
    odd = ~first & (state.offset != expected) & ~(state.is_reset & (sent.length == 0) & (state.offset <= expected))
    odd |= state.is_reset & state.occupies
    # a closed window, and numbers that read as "unknown" in the walk
    odd |= (sent.window == 0) & ~state.is_reset
    after = (sent.seq + state.end - state.offset) & _WORD
    odd |= (after == 0) | (sent.seq == 0) | (sent.seq == _WORD) | (((sent.seq + sent.length) & _WORD) == _WORD)
    # only the first SYN of a connection comes without an ACK, and a reset may
    opening = state.is_syn & ~state.has_ack
    odd |= ~state.has_ack & ~state.is_reset & (~opening | (state.place != state.begin[sent.stream]) | (sent.ack != 0))
    odd |= state.is_syn & ((sent.length > 0) | ~first)
    answering = state.is_syn & state.has_ack
    behind = state.place - state.begin[sent.stream]
    odd |= answering & (behind > 1)
    second = np.flatnonzero(answering & (behind == 1))
    odd[second] |= ~opening[second - 1]
    # ACKs go on, and never beyond what was seen
    odd |= state.has_ack & ~first & (state.acked < state.before(state.ack_reached, state.own, _LOW))
    odd |= state.has_ack & (state.other >= 0) & (state.acked > state.before(state.reached, state.other, 0))
    # who acknowledges more than was seen before the first segment of the other side was seen knows more than we do
    odd |= state.occupies & (state.other >= 0) & (state.before(state.ack_reached, state.other, _LOW) > state.offset)
    # nothing comes after a reset but resets
    resets = np.maximum.accumulate(np.where(state.is_reset, state.place, -1))
    odd |= ~state.is_reset & (resets >= state.begin[sent.stream])
    blunt = state.is_reset & ~state.has_ack
    resets = np.maximum.accumulate(np.where(blunt, state.place, -1))
    odd |= (state.has_ack & (resets >= state.begin[sent.stream])) | (blunt & (sent.ack != 0))
    surprises: Mask = odd
    return surprises


def _windows(state: _State, marks: NDArray[np.uint16]) -> tuple[Ints, Ints]:
    """Fill in window updates, full windows and duplicate ACKs; gives number and origin of the latter."""
    sent, own = state.sent, state.own
    changed = sent.ack != state.before(sent.ack, own, 0)
    again = state.plain & (sent.length == 0) & (own >= 0) & ~changed & (sent.window > 0)
    same = sent.window == state.before(sent.window, own, 0)
    marks[again & ~same] |= WINDOW_UPDATE
    duplicate = again & same
    marks[duplicate] |= DUPLICATE_ACK
    number, origin = np.zeros(len(sent.row), np.int64), np.zeros(len(sent.row), np.int64)
    if duplicate.any():
        order = np.argsort(state.key, kind="stable")
        total = np.cumsum(duplicate[order])
        new = changed[order] | (own[order] < 0)
        turn = np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))
        number[order] = np.where(duplicate[order], total - total[turn], 0)
        frame = np.where(changed[order][turn], sent.row[order][turn] + 1, 0)
        origin[order] = np.where(duplicate[order], frame, 0)
    marks[_full(state)] |= WINDOW_FULL
    return number, origin


def _full(state: _State) -> Mask:
    """Segments that fill the other side's window to the last byte."""
    sent, other = state.sent, state.other
    data = state.plain & (sent.length > 0) & (other >= 0)
    shift = _shifts(state)[state.key ^ 1]
    scaled = np.where(state.before(state.is_syn, other, False), 0, np.maximum(shift, 0))
    edge = state.before(sent.ack, other, 0) + (state.before(sent.window, other, 0) << scaled)
    full: Mask = data & (shift != NO_OPTION) & (((sent.seq + sent.length - edge) & _WORD) == 0)
    return full


def _shifts(state: _State) -> Ints:
    """By key: the window scale, NO_OPTION where it is unknown, UNSCALED where none is used."""
    shift = np.full(2 * state.streams, NO_OPTION)
    for with_ack in (False, True):
        rows = np.flatnonzero(state.is_syn & (state.has_ack == with_ack))
        agree(shift, state.key[rows], state.sent.shift[rows], state.has_ack[rows])
    return shift


def _round_trips(state: _State) -> tuple[Ints, Ints]:
    """For each ACK that is the first for the end of a segment: that segment's frame, and the time since."""
    sent = state.sent
    frame, rtt = np.zeros(len(sent.row), np.int64), np.zeros(len(sent.row), np.int64)
    segments = np.flatnonzero(state.occupies)
    if not len(segments):
        return frame, rtt
    mark = state.key[segments] * _SPAN + state.end[segments]
    order = np.argsort(mark, kind="stable")
    segments, mark = segments[order], mark[order]
    fresh = np.flatnonzero((state.acked > state.before(state.ack_reached, state.own, _LOW)) & (state.other >= 0))
    wanted = (state.key[fresh] ^ 1) * _SPAN + state.acked[fresh]
    found = np.minimum(np.searchsorted(mark, wanted), len(mark) - 1)
    hit = (mark[found] == wanted) & (segments[found] < fresh)
    fresh, segment = fresh[hit], segments[found[hit]]
    frame[fresh] = sent.row[segment] + 1
    rtt[fresh] = sent.time_ns[fresh] - sent.time_ns[segment]
    return frame, rtt


def _flights(state: _State) -> tuple[Ints, Ints, Mask]:
    """(bytes in flight, bytes since the last PSH, segments with too many unacknowledged ones before them)."""
    sent = state.sent
    size = len(sent.row)
    in_flight, pushed, crowded = np.zeros(size, np.int64), np.zeros(size, np.int64), np.zeros(size, np.bool_)
    order = np.argsort(state.key, kind="stable")
    segments = order[state.occupies[order]]
    if not len(segments):
        return in_flight, pushed, crowded
    key, end = state.key[segments], state.end[segments]
    fresh = np.concatenate(([True], np.diff(key) != 0))
    head = np.maximum.accumulate(np.where(fresh, np.arange(len(segments)), 0))
    acked = state.before(state.ack_reached, state.other, _LOW)[segments]
    gone = np.searchsorted(key * _SPAN + end, key * _SPAN + np.maximum(acked, _LOW + 1), side="right")
    crowded[segments] = np.arange(len(segments)) - np.maximum(gone, head) >= MOST_UNACKED
    span = end - np.maximum(state.offset[segments][head], acked) - state.before(sent.sacked, state.other, 0)[segments]
    data = sent.length[segments] > 0
    flying = data & (span > 0) & (span < 2_000_000_000)
    ends = (sent.flags[segments] & FIN) != 0
    in_flight[segments] = np.where(flying, span - ends, 0)
    segments, key = segments[data], key[data]
    push = (sent.flags[segments] & PSH) != 0
    begins = np.concatenate(([True], (np.diff(key) != 0) | push[:-1])) if len(segments) else np.zeros(0, np.bool_)
    total = np.cumsum(sent.length[segments])
    start = np.maximum.accumulate(np.where(begins, np.arange(len(segments)), 0))
    since = total - total[start] + sent.length[segments][start] if len(segments) else total
    pushed[segments] = np.where(in_flight[segments] > 0, since, 0)
    return in_flight, pushed, crowded


def _handshakes(state: _State) -> tuple[Ints, Ints, Mask]:
    """By stream: nanoseconds from the SYN to the first ACK, the row of that ACK; and whether only the walk knows."""
    sent = state.sent
    rtt, since = np.zeros(state.streams, np.int64), np.zeros(state.streams, np.int64)
    unclear = np.zeros(state.streams, np.bool_)
    answers = np.flatnonzero(state.has_ack & ~state.is_syn)
    stream, first = np.unique(sent.stream[answers], return_index=True)
    answer, syn = answers[first], state.begin[stream]
    known = (sent.flags[syn] & (SYN | ACK)) == SYN
    stream, answer, syn = stream[known], answer[known], syn[known]
    rtt[stream], since[stream] = sent.time_ns[answer] - sent.time_ns[syn], sent.row[answer]
    # both in one tick of the clock: the walk takes a later ACK then
    unclear[stream[rtt[stream] == 0]] = True
    return rtt, since, unclear


def _signed(difference: Ints) -> Ints:
    """Differences of sequence numbers, the nearer way round."""
    return difference.astype(np.uint32).view(np.int32).astype(np.int64)


def _firsts(stream: Ints, streams: int) -> Ints:
    first = np.zeros(streams, np.int64)
    first[stream[::-1]] = np.arange(len(stream) - 1, -1, -1)
    return first
