import json
import struct
from dataclasses import asdict

from captures.capture import open_capture
from support.pcap import BEGIN_NS, STEP_NS, tcp_frames, udp_frames, write_pcap
from workbench.analysis.overview import overview
from workbench.api import Direction


def test_the_capture_in_numbers(tmp_path):
    frames = tcp_frames([(Direction.TO_SERVER, b"hello")]) + udp_frames([(Direction.TO_SERVER, b"x")])
    path = write_pcap(tmp_path / "x.pcap", frames)
    with open_capture(path) as capture:
        capture.grow()
        facts = overview(capture)
    assert (facts.packets, facts.tcp_streams, facts.udp_streams) == (len(frames), 1, 1)
    assert facts.bytes == facts.captured_bytes == sum(map(len, frames))
    assert facts.file_bytes == path.stat().st_size
    assert (facts.first_ns, facts.last_ns) == (BEGIN_NS, BEGIN_NS + (len(frames) - 1) * STEP_NS)
    assert facts.dropped == -1
    assert [(interface.link_type, interface.packets) for interface in facts.interfaces] == [(1, len(frames))]
    assert facts.warnings == ()
    assert json.loads(json.dumps(asdict(facts)))["packets"] == len(frames)


def test_an_empty_capture_has_no_times(tmp_path):
    with open_capture(write_pcap(tmp_path / "x.pcap", [])) as capture:
        capture.grow()
        facts = overview(capture)
    assert (facts.packets, facts.first_ns, facts.duration_s) == (0, 0, 0.0)


def test_a_damaged_tail_is_a_warning(tmp_path):
    path = write_pcap(tmp_path / "x.pcap", tcp_frames([(Direction.TO_SERVER, b"hello")]))
    path.write_bytes(path.read_bytes()[:-3])
    with open_capture(path) as capture:
        capture.grow()
        assert len(overview(capture).warnings) == 1


def test_packets_without_a_time_stamp_do_not_begin_the_capture(tmp_path):
    def block(kind, body):
        return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))

    path = tmp_path / "x.pcapng"
    header = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) + block(1, struct.pack("<HHI", 1, 0, 0))
    stamped = block(6, struct.pack("<IIIII", 0, 0, 7_000_000, 4, 4) + b"abcd")
    simple = block(3, struct.pack("<I", 4) + b"abcd")
    path.write_bytes(header + simple + stamped)
    with open_capture(path) as capture:
        capture.grow()
        facts = overview(capture)
    assert (facts.packets, facts.first_ns, facts.last_ns) == (2, 7_000_000_000, 7_000_000_000)
    path.write_bytes(header + simple)
    with open_capture(path) as capture:
        capture.grow()
        assert overview(capture).first_ns == 0
