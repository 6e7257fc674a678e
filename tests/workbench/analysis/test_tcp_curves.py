import pytest

from captures import open_capture
from captures.segment import ACK, PSH, SYN
from captures.tcp_walk import Sent
from support.pcap import STEP_NS, write_pcap
from support.tcp_trouble import frame
from workbench.analysis.tcp_curves import STEPS, curves


def _sent(way, seq, ack, flags, length, window=1000, shift=-1):
    return Sent(0, 0, way, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, flags, window, length, shift)


def _handshake(*shifts):
    client, server = shifts or (-1, -1)
    return [_sent(0, 100, 0, SYN, 0, 900, client), _sent(1, 500, 101, SYN | ACK, 0, 800, server), _sent(0, 101, 501, ACK, 0)]


DATA = [
    _sent(0, 101, 501, ACK, 10),
    _sent(0, 111, 501, ACK | PSH, 20),
    _sent(1, 501, 131, ACK, 0, 50),
    _sent(0, 101, 501, ACK, 10),
]


def _charts(path, segments):
    with open_capture(write_pcap(path, map(frame, segments))) as capture:
        capture.grow()
        found = list(curves(capture.index, 0))
    assert [chart.name for chart in found] == ["sequence", "throughput", "round_trips", "window"]
    for chart in found:
        assert all(len(series.x) == len(series.y) and list(series.x) == sorted(series.x) for series in chart.series)
    return {chart.name: {series.title: (series.x, series.y) for series in chart.series} for chart in found}


def test_bytes_over_time_with_those_sent_again(tmp_path):
    sequence = _charts(tmp_path / "x.pcap", _handshake() + DATA)["sequence"]
    assert sequence["to the server"] == ((3 * STEP_NS, 4 * STEP_NS, 6 * STEP_NS), (11.0, 31.0, 11.0))
    assert sequence["to the server, sent again"] == ((6 * STEP_NS,), (11.0,))
    assert sequence["to the client"] == ((), ())


def test_numbers_that_wrap_go_on(tmp_path):
    half = 1 << 31
    segments = [_sent(0, (half - 1) * number, 1, ACK, 10) for number in range(5)]
    (_, y) = _charts(tmp_path / "x.pcap", segments)["sequence"]["to the server"]
    assert y == tuple(float((half - 1) * number + 10) for number in range(5))


def test_throughput_is_payload_by_interval(tmp_path):
    x, y = _charts(tmp_path / "x.pcap", _handshake() + DATA)["throughput"]["to the server"]
    assert x == tuple(number * STEP_NS for number in range(7))
    assert y == (0, 0, 0, 10_000, 20_000, 0, 10_000)
    many = _handshake() + [_sent(0, 101 + number, 501, ACK, 1) for number in range(1000)]
    x, y = _charts(tmp_path / "y.pcap", many)["throughput"]["to the server"]
    assert len(x) <= STEPS
    assert sum(y) * (x[1] - x[0]) / 1e9 == pytest.approx(1000)


def test_round_trips_belong_to_what_was_acknowledged(tmp_path):
    found = _charts(tmp_path / "x.pcap", _handshake() + DATA)["round_trips"]
    assert found["to the server"] == ((STEP_NS, 5 * STEP_NS), (STEP_NS, STEP_NS))
    assert found["to the client"] == ((2 * STEP_NS,), (STEP_NS,))


@pytest.mark.parametrize(("shifts", "scaled"), [((2, 3), 50 << 3), ((2, -1), 50), ((), 50)])
def test_windows_are_scaled_when_both_sides_agree(tmp_path, shifts, scaled):
    found = _charts(tmp_path / "x.pcap", _handshake(*shifts) + DATA)["window"]
    assert found["window to the server"][1] == (800.0, float(scaled))
    assert found["in flight to the server"][1][:2] == (10.0, 30.0)
