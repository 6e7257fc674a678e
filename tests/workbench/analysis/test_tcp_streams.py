import pytest

from captures import open_capture
from captures.segment import ACK, PSH, RST, SYN
from captures.tcp_walk import Sent
from support.headers import arp, ether
from support.pcap import STEP_NS, write_pcap
from support.tcp_trouble import frame
from workbench.analysis.tcp_streams import flag_counts, stream_count, stream_facts

HANDSHAKE = [(0, 100, 0, SYN, 0), (1, 500, 101, SYN | ACK, 0), (0, 101, 501, ACK, 0)]
QUIET = [*HANDSHAKE, (0, 101, 501, ACK | PSH, 900), (1, 501, 1001, ACK, 0), (1, 501, 1001, ACK | PSH, 20)]
TROUBLED = [
    *HANDSHAKE,
    (0, 101, 501, ACK, 10),
    (1, 501, 111, ACK, 0),
    (0, 101, 501, ACK, 10),
    (1, 501, 111, ACK, 0),
    (1, 501, 111, RST | ACK, 0),
]


@pytest.fixture
def index(tmp_path):
    frames = [
        frame(Sent(0, 0, way, seq, ack, flags, 1000, length), client_port=20_000 + number)
        for number, plan in enumerate((QUIET, TROUBLED))
        for way, seq, ack, flags, length in plan
    ]
    with open_capture(write_pcap(tmp_path / "x.pcap", [*frames, ether(arp(), 0x0806)])) as capture:
        capture.grow()
        yield capture.index


def test_who_had_trouble_comes_first(index):
    troubled, quiet = stream_facts(index)
    assert (troubled.stream, troubled.retransmissions, troubled.duplicate_acks, troubled.resets) == (1, 1, 1, 1)
    assert (quiet.retransmissions, quiet.out_of_order, quiet.lost, quiet.zero_windows, quiet.resets) == (0,) * 5
    assert list(stream_facts(index, top=1)) == [troubled]
    assert stream_count(index) == 2


def test_times_and_rates(index):
    _, quiet = stream_facts(index)
    assert (quiet.packets, quiet.payload, quiet.duration_ns) == (6, (900, 20), 5 * STEP_NS)
    assert quiet.throughput == (900 / 0.005, 20 / 0.005)
    # the ACKs of SYN, SYN+ACK and data
    assert (quiet.handshake_ns, quiet.acks, quiet.ack_rtt_p50_ns, quiet.ack_rtt_max_ns) == (2 * STEP_NS, 3, STEP_NS, STEP_NS)
    assert str(quiet.flow.client) == "10.0.0.1:20000"


def test_flags_with_the_first_packet_of_each(index):
    found = {count.field: (count.packets, count.streams, count.first_packet) for count in flag_counts(index)}
    assert found == {
        "tcp.analysis.retransmission": (1, 1, 12),
        "tcp.analysis.spurious_retransmission": (1, 1, 12),
        "tcp.analysis.duplicate_ack": (1, 1, 13),
    }


def test_nothing_gives_nothing(tmp_path):
    with open_capture(write_pcap(tmp_path / "x.pcap", [])) as capture:
        capture.grow()
        assert (list(stream_facts(capture.index)), flag_counts(capture.index), stream_count(capture.index)) == ([], (), 0)
