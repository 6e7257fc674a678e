"""The invariant: of a stream that is called calm the columns say, segment by segment, what the walk says."""

from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from captures.segment import ACK, FIN, SYN
from captures.tcp_calm import Segments, calm
from captures.tcp_walk import DUPLICATE_ACK, WINDOW_FULL, WINDOW_UPDATE, Sent, walk
from support.tcp_trouble import BEGIN_NS, Talk

ADDED = ("marks", "acks_frame", "ack_rtt_ns", "bytes_in_flight", "push_bytes_sent", "duplicate_ack_num", "duplicate_ack_frame")


def _segments(streams, reused=None):
    rows = [(number, sent) for number, stream in enumerate(streams) for sent in stream]

    def column(name):
        return np.array([getattr(sent, name) for _, sent in rows], np.int64)

    names = ("direction", "time_ns", "seq", "ack", "flags", "window", "length", "shift", "sacked")
    flags = np.zeros(len(streams), np.bool_) if reused is None else np.array(reused)
    return Segments(column("row"), np.array([number for number, _ in rows], np.int64), *map(column, names), flags)


def _agree(streams, reused=None):
    """The streams that were calm; what is said about them must be what the walk says."""
    sent = _segments(streams, reused)
    found = calm(sent)
    place = 0
    for number, stream in enumerate(streams):
        findings = list(walk(iter(stream), reused=bool(reused and reused[number])))
        if found.streams[number]:
            for finding in findings:
                got = {name: int(getattr(found, name)[place + findings.index(finding)]) for name in ADDED}
                assert got == {name: getattr(finding, name) for name in ADDED}, (finding, stream)
            known = next(((one.initial_rtt_ns, one.row) for one in findings if one.initial_rtt_ns), None)
            assert known is None or known == (found.initial_rtt_ns[number], found.initial_rtt_from[number])
            assert known is not None or not found.initial_rtt_ns[number]
        place += len(stream)
    return found.streams.tolist()


def _talk(seed, trouble, packets):
    return [sent for sent, _ in Talk(Random(seed), trouble).packets(packets, first_row=7)]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 1 << 32), st.sampled_from([0.0, 0.0, 0.01, 0.05, 0.5]), st.integers(1, 60)),
        min_size=1,
        max_size=6,
    )
)
def test_calm_streams_read_as_the_walk_reads_them(talks):
    streams = [_talk(*talk) for talk in talks]
    _agree(streams, [bool(stream[0].flags & (SYN | ACK) == SYN and stream[0].seq % 2) for stream in streams])


def _conversation():
    """Handshake, a request in two segments, an answer, window update, duplicate ACKs, a full window, both FINs."""
    plan = [
        (0, 1000, 0, SYN, 500, 0),
        (1, 5000, 1001, SYN | ACK, 500, 0),
        (0, 1001, 5001, ACK, 500, 0),
        (0, 1001, 5001, ACK, 500, 100),
        (0, 1101, 5001, ACK | 8, 500, 50),
        (1, 5001, 1151, ACK, 500, 0),
        (1, 5001, 1151, ACK, 400, 0),
        (1, 5001, 1151, ACK, 400, 0),
        (1, 5001, 1151, ACK, 400, 0),
        (0, 1151, 5001, ACK, 500, 400),
        (1, 5001, 1551, ACK | FIN, 400, 30),
        (0, 1551, 5032, ACK | FIN, 500, 0),
        (1, 5032, 1552, ACK, 400, 0),
    ]
    return [Sent(row, BEGIN_NS + row * 1000, *segment[:6]) for row, segment in enumerate(plan)]


def test_an_ordinary_conversation_is_calm():
    stream = _conversation()
    assert _agree([stream]) == [True]
    found = calm(_segments([stream]))
    kinds = [int(marks) & (WINDOW_UPDATE | DUPLICATE_ACK | WINDOW_FULL) for marks in found.marks]
    assert kinds == [0] * 6 + [WINDOW_UPDATE, DUPLICATE_ACK, DUPLICATE_ACK, WINDOW_FULL, 0, 0, 0]
    assert found.duplicate_ack_num.tolist()[7:9] == [1, 2]
    assert found.duplicate_ack_frame.tolist()[7:9] == [6, 6]
    assert found.acks_frame.tolist() == [0, 1, 2, 0, 0, 5, 0, 0, 0, 0, 10, 11, 12]
    assert found.bytes_in_flight.tolist() == [0, 0, 0, 100, 150, 0, 0, 0, 0, 400, 30, 0, 0]
    assert found.push_bytes_sent.tolist() == [0, 0, 0, 100, 150, 0, 0, 0, 0, 400, 30, 0, 0]
    assert found.initial_rtt_ns.tolist() == [2000]
    assert found.initial_rtt_from.tolist() == [2]


def test_trouble_is_for_the_walk():
    stream = _conversation()
    late = [*stream[:4], stream[4]._replace(seq=1201), *stream[5:]]
    again = [*stream[:5], stream[4]._replace(row=5), *(sent._replace(row=sent.row + 1) for sent in stream[5:])]
    closed = [*stream[:6], stream[6]._replace(window=0), *stream[7:]]
    unseen = [*stream[:5], stream[5]._replace(ack=1161), *stream[6:]]
    assert _agree([late, stream, again, closed, unseen]) == [False, True, False, False, False]


def test_most_talks_without_trouble_are_calm():
    streams = [_talk(seed, 0.0, 30) for seed in range(200)]
    assert sum(_agree(streams)) > 60


def test_nothing_gives_nothing():
    assert _agree([]) == []
