from random import Random

import numpy as np
import pytest

from captures import open_capture
from captures.index import PacketIndex
from captures.segment import ACK, SYN
from captures.tcp_analysis import FLAG_FIELDS, NUMBER_FIELDS, TIME_FIELDS, tcp_analysis
from captures.tcp_walk import PRESENT, Sent
from support.headers import A4, B4, ether, ipv4, udp
from support.pcap import STEP_NS, write_pcap
from support.tcp_trouble import Talk, frame

FIELDS = (*FLAG_FIELDS, *NUMBER_FIELDS, *TIME_FIELDS)


def _talks(seed, count=12):
    """Frames of some connections, quiet and troubled ones, mixed with datagrams."""
    choose = Random(seed)
    talks = [Talk(choose, choose.choice([0.0, 0.0, 0.05, 0.5])).packets(40) for _ in range(count)]
    frames = [frame(sent, blocks, 20_000 + number) for number, talk in enumerate(talks) for sent, blocks in talk]
    choose.shuffle(frames)
    return [each for one in frames for each in (one, ether(ipv4(udp(b"x"), 17, source=A4, destination=B4)))]


def _everything(analysis):
    flags = {field: analysis.flagged(field).tolist() for field in FLAG_FIELDS}
    return flags | {field: analysis.values(field)[0].tolist() for field in (*NUMBER_FIELDS, *TIME_FIELDS)}


def test_a_growing_capture_ends_up_the_same(tmp_path):
    path = write_pcap(tmp_path / "x.pcap", _talks(3))
    with open_capture(path) as capture, open_capture(path) as growing:
        capture.grow()
        whole = _everything(tcp_analysis(capture.index))
        while growing.grow(97):
            analysis = tcp_analysis(growing.index)
            assert len(analysis) == len(growing.index)
        assert _everything(tcp_analysis(growing.index)) == whole
    assert any(whole["tcp.analysis.retransmission"])


def test_many_small_blocks_say_what_one_says(tmp_path, monkeypatch):
    path = write_pcap(tmp_path / "x.pcap", _talks(5))
    with open_capture(path) as capture:
        capture.grow()
        whole = _everything(tcp_analysis(capture.index))
        capture.index.derived.clear()
        monkeypatch.setattr("captures.tcp_analysis._BLOCK", 50)
        assert _everything(tcp_analysis(capture.index)) == whole


def test_some_rows_say_what_all_say(tmp_path):
    with open_capture(write_pcap(tmp_path / "x.pcap", _talks(3))) as capture:
        capture.grow()
        analysis, rows = tcp_analysis(capture.index), np.arange(7, len(capture.index), 3)
        for field in FLAG_FIELDS:
            assert (analysis.flagged(field, rows) == analysis.flagged(field)[rows]).all()
        for field in (*NUMBER_FIELDS, *TIME_FIELDS):
            for some, every in zip(analysis.values(field, rows), analysis.values(field), strict=True):
                assert (some == every[rows]).all()
        assert analysis.values("tcp.analysis.rto", rows)[1].any()


def test_it_is_worked_out_once(tmp_path):
    with open_capture(write_pcap(tmp_path / "x.pcap", _talks(1, 2))) as capture:
        capture.grow()
        first = tcp_analysis(capture.index)
        columns = first.column("marks")
        assert tcp_analysis(capture.index) is first
        assert first.column("marks") is columns


def test_a_stream_on_ports_that_were_used_before(tmp_path):
    opening = [Sent(0, 0, 0, 100, 0, SYN, 9, 0), Sent(0, 0, 1, 7, 101, SYN | ACK, 9, 0), Sent(0, 0, 0, 101, 8, ACK, 9, 0)]
    again = [sent._replace(seq=sent.seq + 5000, ack=sent.ack and sent.ack + 5000) for sent in opening]
    with open_capture(write_pcap(tmp_path / "x.pcap", map(frame, opening + again))) as capture:
        capture.grow()
        analysis = tcp_analysis(capture.index)
        assert analysis.flagged("tcp.analysis.reused_ports").tolist() == [False] * 3 + [True] + [False] * 2
        values, there = analysis.values("tcp.analysis.initial_rtt")
        assert analysis.initial_rtt_ns().tolist() == [2 * STEP_NS] * 2
        # said from the ACK on, of packets that something is said about
        assert values.tolist() == [0, 0, 2 * STEP_NS] * 2
        assert there.tolist() == [False, False, True] * 2


def test_every_packet_that_something_is_said_about_is_marked(tmp_path):
    with open_capture(write_pcap(tmp_path / "x.pcap", _talks(9))) as capture:
        capture.grow()
        analysis = tcp_analysis(capture.index)
        marked = analysis.flagged("tcp.analysis")
        said = np.logical_or.reduce([analysis.values(field)[1] for field in (*NUMBER_FIELDS, *TIME_FIELDS)])
        assert not (said & ~marked).any()
        assert not (analysis.flagged("tcp.analysis.flags") & ~marked).any()
        assert not marked[capture.index.ip_protocol == 17].any()
        assert 0 < analysis.walked < capture.index.stream_count("tcp")


def test_flags_and_numbers_have_names():
    assert all(field == "tcp.analysis" or field.startswith("tcp.analysis.") for field in FIELDS)
    assert len(set(FIELDS)) == len(FIELDS)
    assert FLAG_FIELDS["tcp.analysis.flags"] & PRESENT == 0


def test_an_empty_index_has_nothing():
    analysis = tcp_analysis(PacketIndex())
    assert len(analysis) == 0
    assert analysis.flagged("tcp.analysis").tolist() == []
    with pytest.raises(KeyError):
        analysis.flagged("tcp.analysis.unheard_of")
