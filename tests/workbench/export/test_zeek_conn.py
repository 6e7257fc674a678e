import struct

import pytest

from captures.capture import open_capture
from captures.segment import ACK, FIN, RST, SYN
from support.headers import ether, ipv4
from support.pcap import write_pcap
from workbench.export.zeek_conn import connections

O, R = 0, 1  # noqa: E741 - originator and responder


def _frame(way, seq, flags, data=b"", window=100):
    ports = (40000, 80) if way == O else (80, 40000)
    segment = struct.pack("!HHIIBBHHH", *ports, seq & 0xFFFFFFFF, 1, 5 << 4, flags, window, 0, 0) + data
    parties = {"source": "10.0.0.1", "destination": "10.0.0.2"} if way == O else {"source": "10.0.0.2", "destination": "10.0.0.1"}
    return ether(ipv4(segment, **parties))


def _connection(tmp_path, *packets):
    path = write_pcap(tmp_path / "x.pcap", [_frame(*packet) for packet in packets])
    with open_capture(path) as capture:
        capture.grow()
        (found,) = connections(capture.index, {("tcp", 0)}, [1])
    return found


OPEN = ((O, 0, SYN), (R, 0, SYN | ACK), (O, 1, ACK))


@pytest.mark.parametrize(
    ("packets", "state", "history"),
    [
        (((O, 0, SYN),), "S0", "S"),
        (OPEN, "S1", "ShA"),
        ((*OPEN, (O, 1, ACK, b"ask"), (R, 1, ACK, b"yes"), (O, 4, FIN | ACK), (R, 4, FIN | ACK)), "SF", "ShADdFf"),
        (((O, 0, SYN), (R, 0, RST | ACK)), "REJ", "Sr"),
        ((*OPEN, (O, 1, FIN | ACK)), "S2", "ShAF"),
        ((*OPEN, (R, 1, FIN | ACK)), "S3", "ShAf"),
        ((*OPEN, (O, 1, RST)), "RSTO", "ShAR"),
        ((*OPEN, (R, 1, RST)), "RSTR", "ShAr"),
        (((O, 0, SYN), (O, 1, RST)), "RSTOS0", "SR"),
        (((O, 0, SYN), (O, 1, FIN)), "SH", "SF"),
        (((R, 0, SYN | ACK), (R, 1, RST)), "RSTRH", "^hr"),
        (((R, 0, SYN | ACK), (R, 1, FIN)), "SHR", "^hf"),
        (((O, 5, ACK, b"mid"), (R, 9, ACK)), "OTH", "Da"),
        ((*OPEN, (R, 1, ACK, b"", 0)), "S1", "ShAaw"),
        ((*OPEN, (R, 1, FIN | RST)), "RSTR", "ShAi"),
        (((O, 0, SYN | FIN),), "SH", "Q"),
    ],
)
def test_states_and_histories(tmp_path, packets, state, history):
    found = _connection(tmp_path, *packets)
    assert (found.state, "".join(found.history)) == (state, history)


def test_sizes_by_sequence_numbers(tmp_path):
    big = 0xFFFFFFF0
    found = _connection(
        tmp_path,
        (O, big, SYN),
        (R, 0, SYN | ACK),
        (O, big + 1, ACK, b"x" * 100),  # the numbers begin again inside
        (O, big + 1, ACK, b"x" * 100),
        (O, big + 151, ACK, b"x" * 50),
        (O, big + 101, ACK, b"x" * 20),
    )
    orig, _ = found.sides
    assert found.sizes == (200, 0)
    assert (orig.missed, orig.payload, orig.packets) == (30, 270, 5)
    assert "".join(found.history) == "ShDTG"
    assert orig.ip_bytes == 5 * 40 + 270


def test_only_wanted_streams(tmp_path):
    path = write_pcap(tmp_path / "x.pcap", [_frame(O, 0, SYN)])
    with open_capture(path) as capture:
        capture.grow()
        assert list(connections(capture.index, set(), [1])) == []
