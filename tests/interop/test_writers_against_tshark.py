"""Files that we write, read by Wireshark's own tools."""

import subprocess
from pathlib import Path

import pytest

from captures import PcapngWriter, PcapWriter
from support.headers import ether, ipv4, tcp
from support.shared import tool
from workbench.api import Direction

TIME_NS = 1_700_000_000_123_456_789
FRAME = ether(ipv4(tcp(b"hello")))


def _run(*words: object) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _fields(path: Path, *names: str) -> list[list[str]]:
    words = [word for name in names for word in ("-e", name)]
    lines = _run(tool("tshark"), "-n", "-r", path, "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=|", *words)
    return [line.split("\t") for line in lines.splitlines()]


@pytest.fixture
def pcapng(tmp_path):
    path = tmp_path / "out.pcapng"
    with path.open("wb") as file:
        writer = PcapngWriter(file, hardware="abacus", os="none", application="a test", comment="about the whole")
        writer.interface("lo", filter="tcp port 80", description="loop")
        writer.interface("raw", link_type=101, snaplen=20)
        writer.names({"10.0.0.1": "alpha.example"})
        writer.secrets(b"CLIENT_RANDOM " + b"00" * 32 + b" " + b"11" * 48 + b"\n")
        custom = [(32473, "mutated field"), (32473, b"\x01\x02\x03")]
        writer.packet(TIME_NS, FRAME, comments=["first", "zwölf"], direction=Direction.TO_SERVER, custom=custom)
        writer.packet(TIME_NS + 1, FRAME[14:34], interface=1, original_length=45, direction=Direction.TO_CLIENT)
        writer.statistics(0, TIME_NS + 2, received=7, dropped=3)
    return path


def test_packets_comments_directions_and_nanoseconds(pcapng):
    names = ("frame.time_epoch", "frame.len", "frame.cap_len", "frame.interface_id", "frame.interface_name", "frame.comment")
    assert _fields(pcapng, *names, "frame.packet_flags_direction", "ip.src") == [
        ["1700000000.123456789", "59", "59", "0", "lo", "first|zwölf", "0x00000002", "10.0.0.1"],
        ["1700000000.123456790", "45", "20", "1", "raw", "", "0x00000001", "10.0.0.1"],
    ]


def test_capinfos_finds_everything(pcapng):
    found = _run(tool("capinfos"), pcapng)
    for text in (
        "Wireshark/... - pcapng",
        "abacus",
        "about the whole",
        "Filter string = tcp port 80",
        "Description = loop",
        "Time precision = nanoseconds (9)",
        "Number of resolved IPv4 addresses in file: 1",
        "Number of decryption secrets in file: 1",
        "Number of stat entries = 1",
    ):
        assert text in found, found


def test_names_are_used(pcapng):
    first = _run(tool("tshark"), "-N", "n", "-r", pcapng, "-T", "fields", "-e", "ip.src_host").splitlines()[0]
    assert first == "alpha.example"


@pytest.mark.parametrize(("nanoseconds", "time"), [(True, "1700000000.123456789"), (False, "1700000000.123456000")])
def test_pcap(tmp_path, nanoseconds, time):
    path = tmp_path / "out.pcap"
    with path.open("wb") as file:
        writer = PcapWriter(file, nanoseconds=nanoseconds)
        writer.packet(TIME_NS, FRAME)
        writer.packet(TIME_NS, FRAME[:40], original_length=len(FRAME))
    assert _fields(path, "frame.time_epoch", "frame.cap_len", "frame.len") == [[time, "59", "59"], [time, "40", "59"]]
