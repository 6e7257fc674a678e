from captures import open_capture
from captures.segment import ACK, FIN, PSH, RST, SYN
from captures.tcp_walk import Sent
from support.pcap import STEP_NS, write_pcap
from support.surveys import asked
from support.tcp_trouble import frame
from workbench.analysis.resets_section import resets

HANDSHAKE = [(0, 100, 0, SYN, 0), (1, 500, 101, SYN | ACK, 0), (0, 101, 501, ACK, 0)]
DATA = [(0, 101, 501, ACK | PSH, 10)]
UP_RST, DOWN_RST = (0, 111, 501, RST | ACK, 0), (1, 501, 111, RST | ACK, 0)
FIN_UP, FIN_DOWN = (0, 111, 501, FIN | ACK, 0), (1, 501, 112, FIN | ACK, 0)


def _frames(*plans):
    return [
        frame(Sent(0, 0, way, seq, ack, flags, 1000, length), client_port=20_000 + number)
        for number, plan in enumerate(plans)
        for way, seq, ack, flags, length in plan
    ]


def test_at_what_point_connections_were_cut_off(tmp_path):
    plans = [
        [HANDSHAKE[0], (1, 0, 101, RST | ACK, 0)],
        [*HANDSHAKE, (0, 101, 501, RST | ACK, 0)],
        [*HANDSHAKE, *DATA, DOWN_RST, DOWN_RST],
        [*HANDSHAKE, *DATA, FIN_UP, DOWN_RST],
        [*HANDSHAKE, *DATA, FIN_UP, FIN_DOWN, UP_RST],
        [*HANDSHAKE, *DATA],
        [UP_RST],
    ]
    with open_capture(write_pcap(tmp_path / "x.pcap", _frames(*plans))) as capture:
        capture.grow()
        found = list(resets(capture.index))
    assert [(each.stream, each.kind, each.by) for each in found] == [
        (0, "refused", "server"),
        (1, "before data", "client"),
        (2, "in the middle", "server"),
        (3, "half closed", "server"),
        (4, "after the end", "client"),
        (6, "before data", "client"),
    ]
    assert (found[2].payload, found[2].after_ns, found[2].packet) == ((10, 0), 4 * STEP_NS, 2 + 4 + 5)


def test_the_section_sums_them_up(tmp_path):
    plans = [[*HANDSHAKE, *DATA, DOWN_RST], [*HANDSHAKE, *DATA, DOWN_RST], [HANDSHAKE[0], (1, 0, 101, RST | ACK, 0)]]
    said = asked(write_pcap(tmp_path / "x.pcap", _frames(*plans)), "resets", top=1)
    assert [(row["kind"], row["by"], row["streams"], row["first_packet"]) for row in said["resets_kinds"]] == [
        ("in the middle", "server", 2, 5),
        ("refused", "server", 1, 12),
    ]
    (shown,) = said["resets"]
    assert (shown["packet"], shown["payload_to_server"], shown["client"]) == (5, 10, "10.0.0.1:20000")


def test_without_resets_there_is_nothing(tmp_path):
    assert asked(write_pcap(tmp_path / "x.pcap", _frames(HANDSHAKE)), "resets") == {"resets_kinds": [], "resets": []}
