import struct

from captures.synthesis import TcpConversation
from support.http_pairs import request, response
from support.measures import measured
from support.pcap import CLIENT, SERVER, tcp_frames, write_pcap
from workbench.api import Direction, Endpoint

FLAGS_AT, WINDOW_AT = 14 + 20 + 13, 14 + 20 + 14
RST_ACK = 0x14


def reflagged(frame: bytes, flags: int) -> bytes:
    return frame[:FLAGS_AT] + bytes([flags]) + frame[FLAGS_AT + 1 :]


def attempts(ports, *, refused: bool) -> list[bytes]:
    frames = []
    for port in ports:
        syn, syn_ack, *_ = TcpConversation(CLIENT, Endpoint("10.0.0.9", port)).open()
        frames += [syn, reflagged(syn_ack, RST_ACK)] if refused else [syn]
    return frames


def test_an_orderly_connection(tmp_path):
    found = measured(write_pcap(tmp_path / "x.pcap", tcp_frames([request(), response()])))
    shares = {name: each.value for (name, _), each in found.items() if name.startswith("tcp.")}
    assert set(shares.values()) == {0.0}
    assert found["tcp.reset_share", ""].samples == 1
    assert not any(name == "host.probed_ports" for name, _ in found)


def test_retransmissions(tmp_path):
    frames = tcp_frames([request(), response()])
    again = next(number for number, frame in enumerate(frames) if b"GET /" in frame)
    frames.insert(again + 2, frames[again])
    found = measured(write_pcap(tmp_path / "x.pcap", frames))["tcp.retransmission_share", ""]
    assert (found.value, found.samples, found.first_packet) == (1 / 3, 3, again + 3)


def test_windows_that_close(tmp_path):
    frames = tcp_frames([request(), response()])
    at = next(number for number, frame in enumerate(frames) if b"HTTP/1.1 200" in frame)
    frames[at] = frames[at][:WINDOW_AT] + struct.pack(">H", 0) + frames[at][WINDOW_AT + 2 :]
    found = measured(write_pcap(tmp_path / "x.pcap", frames))["tcp.zero_windows", ""]
    assert (found.value, found.first_packet) == (1.0, at + 1)


def test_attempts_in_vain_and_who_made_them(tmp_path):
    ports = range(100, 130)
    for refused in (True, False):
        found = measured(write_pcap(tmp_path / "x.pcap", attempts(ports, refused=refused)))
        assert found["tcp.refused_share", ""].value == float(refused)
        assert found["tcp.unanswered_share", ""].value == float(not refused)
        assert found["tcp.reset_share", ""].samples == 0
        scan = found["host.probed_ports", "10.0.0.1"]
        assert (scan.value, scan.first_packet) == (30.0, 1)


def test_a_reset_connection_and_a_silent_one(tmp_path):
    connection = TcpConversation(CLIENT, SERVER)
    opening, said = connection.open(), connection.send(Direction.TO_SERVER, b"hello")
    reset = reflagged(said[-1], RST_ACK)
    silent = tcp_frames([], client=Endpoint("10.0.0.1", 41_000))
    found = measured(write_pcap(tmp_path / "x.pcap", [*opening, *said, reset, *silent]))
    assert (found["tcp.reset_share", ""].value, found["tcp.reset_share", ""].samples) == (0.5, 2)
    assert (found["tcp.silent_share", ""].value, found["tcp.silent_share", ""].samples) == (0.5, 2)
