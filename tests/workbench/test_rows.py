from captures.capture import open_capture
from support.pcap import BEGIN_NS, STEP_NS, arp_frame, tcp_frames, udp_frames, write_pcap
from workbench.api import Direction
from workbench.rows import PacketRow, flag_names, row_of, rows_of


def test_rows_of_common_packets(tmp_path):
    frames = [*tcp_frames([(Direction.TO_SERVER, b"hello")]), *udp_frames([(Direction.TO_CLIENT, b"x")]), arp_frame()]
    with open_capture(write_pcap(tmp_path / "x.pcap", frames)) as capture:
        capture.grow()
        rows = list(rows_of(capture.index, range(1, len(frames) + 1)))
        assert [row.number for row in rows] == list(range(1, len(frames) + 1))
        assert rows[3] == PacketRow(4, BEGIN_NS + 3 * STEP_NS, "10.0.0.1", "10.0.0.2", "TCP", len(frames[3]), rows[3].info)
        assert "40000 → 8080 [SYN]" in rows[0].info
        assert "8080 → 40000 [SYN, ACK]" in rows[1].info
        assert rows[3].info.endswith("Len=5")
        assert (rows[-2].protocol, rows[-2].source, rows[-2].info) == ("UDP", "10.0.0.2", "8080 → 40000 Len=1")
        assert (rows[-1].protocol, rows[-1].info) == ("ARP", "")
        assert row_of(capture.index, 2) == rows[1]
        assert list(rows_of(capture.index, [])) == []


def test_flags_in_words():
    assert flag_names(0) == ""
    assert flag_names(0x12) == "SYN, ACK"
    assert flag_names(0xFF) == "FIN, SYN, RST, PSH, ACK, URG, ECE, CWR"
