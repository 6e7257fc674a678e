import gc
import gzip
import threading
import weakref

import pytest

from captures import marks, open_capture
from support.headers import A4, B4, ether, icmp, ipv4, tcp, udp
from support.pcap import BEGIN_NS, write_pcap
from workbench.api import CaptureError

FRAMES = [ether(ipv4(tcp(b"request", flags=0x18))), ether(ipv4(tcp(b"answer", 80, 40000), source=B4, destination=A4))]


@pytest.fixture
def opened(tmp_path):
    """Opens a capture of the given frames."""
    captures = []

    def make(frames=FRAMES, **more):
        captures.append(open_capture(write_pcap(tmp_path / "capture.pcap", frames, **more)))
        return captures[-1]

    yield make
    for capture in captures:
        capture.close()


def test_opening_reads_the_header_only(opened):
    capture = opened()
    assert (capture.format, len(capture.index), capture.at_end) == ("pcap", 0, False)
    assert capture.interfaces[0].link_type == 1


def test_packets_and_payloads(opened):
    capture = opened()
    assert capture.grow() == 2
    assert capture.at_end
    packet = capture.packet(2)
    assert (packet.number, packet.time_ns, packet.data, packet.link_type) == (2, BEGIN_NS + 1_000_000, FRAMES[1], 1)
    assert [capture.payload(number) for number in (1, 2)] == [b"request", b"answer"]
    assert capture.read(24 + 16, 6) == FRAMES[0][:6]


def test_growing_in_steps(opened):
    capture = opened(FRAMES * 5)
    assert [capture.grow(4), capture.grow(4), capture.at_end, capture.grow(4), capture.at_end] == [4, 4, False, 2, True]
    assert capture.grow() == 0
    assert capture.index.stream.tolist() == [0] * 10


def test_following_a_file_that_is_being_written(tmp_path):
    whole = write_pcap(tmp_path / "whole.pcap", FRAMES).read_bytes()
    path = tmp_path / "live.pcap"
    path.write_bytes(whole[:24])
    seen = []
    with open_capture(path) as capture, path.open("ab") as file:
        for at in range(24, len(whole), 13):
            file.write(whole[at : at + 13])
            file.flush()
            seen.append(capture.grow())
        assert sum(seen) == 2
        assert set(seen) == {0, 1}
        assert capture.data(2) == FRAMES[1]
        assert capture.warnings == []


def test_a_cut_tail_is_told_with_its_place(tmp_path):
    path = write_pcap(tmp_path / "cut.pcap", FRAMES)
    path.write_bytes(path.read_bytes()[:-3])
    with open_capture(path) as capture:
        assert capture.warnings == []
        capture.grow()
        place = 24 + 16 + len(FRAMES[0])
        assert capture.warnings == [
            f"the file ends in the middle of the record at byte {place} (after packet 1, {13 + len(FRAMES[1])} bytes are left)"
        ]


def test_a_compressed_capture(tmp_path):
    path = tmp_path / "capture.pcap.gz"
    path.write_bytes(gzip.compress(write_pcap(tmp_path / "plain", FRAMES).read_bytes()))
    with open_capture(path) as capture:
        capture.grow()
        assert capture.payload(2) == b"answer"


def test_payload_of_a_reassembled_datagram(opened):
    datagram = udp(b"0123456789" * 4)
    capture = opened([ether(ipv4(datagram[:24], 17, fragment=0x2000)), ether(ipv4(datagram[24:], 17, fragment=3))])
    capture.grow()
    assert capture.payload(1) == b""
    assert capture.payload(2) == b"0123456789" * 4
    assert [layer.kind for layer in capture.peel(2).layers] == ["eth", "ip", "udp"]
    assert [layer.kind for layer in capture.peel(1).layers] == ["eth", "ip", "fragment"]


def test_payload_of_a_truncated_packet(tmp_path):
    path = write_pcap(tmp_path / "capture.pcap", [FRAMES[0][:58]])
    data = bytearray(path.read_bytes())
    data[36:40] = len(FRAMES[0]).to_bytes(4, "little")
    path.write_bytes(data)
    with open_capture(path) as capture:
        capture.grow()
        assert capture.index.payload_length[0] == 7
        assert capture.index.flags[0] & marks.TRUNCATED
        assert capture.payload(1) == b"requ"


def test_a_segment_whose_options_were_cut_has_a_length_but_no_payload(tmp_path):
    frame = ether(ipv4(tcp(b"request", options=bytes(12))))
    path = write_pcap(tmp_path / "capture.pcap", [frame[:60]])
    data = bytearray(path.read_bytes())
    data[36:40] = len(frame).to_bytes(4, "little")
    path.write_bytes(data)
    with open_capture(path) as capture:
        capture.grow()
        assert (capture.index.payload_length[0], capture.index.payload_offset[0]) == (7, 66)
        assert capture.index.flags[0] & marks.TRUNCATED
        assert capture.payload(1) == b""


def test_streams_of_a_packet(opened):
    capture = opened([FRAMES[0], ether(ipv4(icmp(3, ipv4(tcp())), 1)), ether(ipv4(icmp(8, b""), 1)), ether(ipv4(udp(), 17))])
    capture.grow()
    assert [capture.streams_of(number) for number in (1, 2, 3, 4)] == [(("tcp", 0),), (("tcp", 0),), (), (("udp", 0),)]


def test_packets_that_are_not_there(opened):
    capture = opened()
    capture.grow()
    for number in (0, 3, -1):
        with pytest.raises(IndexError, match="there is no packet"):
            capture.packet(number)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "it is empty"),
        (b"GET / HTTP/1.1\r\n\r\n", "neither pcap nor pcapng"),
        (b"\x1f\x8bzzzzzzzz", "the compressed data is damaged"),
    ],
)
def test_what_is_no_capture_is_an_error_with_a_remedy(tmp_path, content, what):
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(CaptureError, match=what) as caught:
        open_capture(path)
    assert str(path) in str(caught.value)
    assert caught.value.remedy


def test_reading_while_another_thread_grows(opened):
    capture = opened([ether(ipv4(tcp(bytes([n % 256]) * 8, seq=n))) for n in range(3000)])
    wrong = []

    def look():
        while not capture.at_end:
            count = len(capture.index)
            if count:
                number = count // 2 + 1
                if capture.payload(number) != bytes([(number - 1) % 256]) * 8:
                    wrong.append(number)

    reader = threading.Thread(target=look)
    reader.start()
    while capture.grow(100):
        pass
    reader.join(timeout=30)
    assert wrong == []
    assert len(capture.index) == 3000


def test_closing_twice_is_harmless_and_the_index_stays(opened):
    capture = opened()
    capture.grow()
    capture.close()
    capture.close()
    assert capture.index.source(0) == A4


def test_the_remedy_fits_the_file(tmp_path):
    for content, remedy in ((b"", "it is empty. Record it again"), (b"some text" * 9, "Name a capture file")):
        (tmp_path / "x.txt").write_bytes(content)
        with pytest.raises(CaptureError, match=remedy):
            open_capture(tmp_path / "x.txt")


def test_a_closed_capture_leaves_memory_at_once(tmp_path):
    """Its window is large, and nothing large makes Python look for circles."""
    capture = open_capture(write_pcap(tmp_path / "x.pcap", FRAMES))
    capture.grow()
    left = weakref.ref(capture)
    gc.disable()
    try:
        capture.close()
        del capture
        assert left() is None
    finally:
        gc.enable()
