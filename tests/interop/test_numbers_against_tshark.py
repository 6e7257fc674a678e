"""Stream numbers, checksums and field names against the tshark that is installed, on packets made up for the purpose."""

import random
import subprocess

import pytest

from captures import PcapWriter, layers, link_fields, network_fields, open_capture, transport_fields
from captures.layers import layers as tree
from support.headers import A4, A6, B4, B6, arp, ether, icmp, ipv4, ipv6, tcp, udp, vlan
from support.shared import tool
from workbench.api import Packet

SEEDS = range(4)
PACKETS = 1500


def _tshark(path, *words: str) -> list[list[str]]:
    command = [tool("tshark"), "-n", "-r", str(path), "-T", "fields", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


def _write(path, frames):
    with path.open("wb") as file:
        writer = PcapWriter(file)
        for number, frame in enumerate(frames):
            writer.packet(number * 1_000_000, frame)
    return path


def _segment(choose: random.Random) -> bytes:
    """A segment of a few conversations that reuse their ports all the time, in an order no sane host would send."""
    client, server = choose.choice([50001, 50002]), choose.choice([50003, 50004])
    flags = choose.choice([0x02, 0x02, 0x42, 0x12, 0x10, 0x10, 0x18, 0x11, 0x04, 0x14, 0x00])
    numbers = {"seq": choose.choice([100, 101, 200, 300]), "ack": choose.choice([0, 100, 101, 201]), "flags": flags}
    if choose.random() < 0.5:
        return ether(ipv4(tcp(b"x" * choose.choice([0, 5]), client, server, **numbers)))
    return ether(ipv4(tcp(b"", server, client, **numbers), source=B4, destination=A4))


@pytest.mark.parametrize("seed", SEEDS)
def test_streams_of_reused_ports(tmp_path, seed):
    choose = random.Random(seed)
    path = _write(tmp_path / "tcp.pcap", [_segment(choose) for _ in range(PACKETS)])
    expected = [int(row[0]) for row in _tshark(path, "-e", "tcp.stream")]
    with open_capture(path) as capture:
        # odd steps, so that connections lie across batches
        while capture.grow(97):
            pass
        assert capture.index.stream.tolist() == expected
    assert max(expected) > PACKETS // 10


def test_streams_of_udp_and_of_tunnels(tmp_path):
    choose = random.Random(5)
    frames = []
    for _ in range(600):
        ports = choose.choice([1000, 1001, 53]), choose.choice([2000, 2001])
        inner = ipv4(
            udp(b"data", *choose.choice([ports, ports[::-1]])),
            17,
            source=choose.choice([A4, B4]),
            destination=choose.choice([A4, B4]),
        )
        outer = ipv4(udp(bytes(4) + b"\0\0\x07\0" + ether(inner), 40000 + choose.randrange(3), 4789), 17)
        frames.append(ether(choose.choice([inner, outer, ipv4(icmp(3, inner), 1), ipv4(b"\0\0\x08\0" + inner, 47)])))
    path = _write(tmp_path / "udp.pcap", frames)
    expected = [row[0] for row in _tshark(path, "-e", "udp.stream")]
    with open_capture(path) as capture:
        capture.grow()
        found = [",".join(str(stream) for _, stream in capture.streams_of(number)) for number in range(1, len(frames) + 1)]
    assert found == expected


def test_checksums(tmp_path):
    frames = [ether(ipv4(tcp(b"odd"))), ether(ipv4(udp(b"even"), 17)), ether(ipv4(icmp(8, b"ping"), 1))]
    frames += [ether(ipv6(tcp(b"x", between=(A6, B6))), 0x86DD), ether(ipv6(udp(b"x", between=(A6, B6)), 17), 0x86DD)]
    damaged = [frame[:-1] + bytes([frame[-1] ^ 0x55]) for frame in frames] + [frames[0][:22] + b"\x01" + frames[0][23:]]
    names = [f"{name}.checksum" for name in ("ip", "tcp", "udp", "icmp")]
    options = [word for name in ("ip", "tcp", "udp") for word in ("-o", f"{name}.check_checksum:TRUE")]
    path = _write(tmp_path / "sums.pcap", frames + damaged)
    expected = _tshark(path, *options, *[word for name in names for word in ("-e", f"{name}.status")])
    with open_capture(path) as capture:
        capture.grow()
        for number, row in enumerate(expected, 1):
            branches = layers(capture.packet(number), verify_checksums=True)
            found = [node for name in names for node in [next((b.find(name) for b in branches if b.find(name)), None)]]
            assert ["" if node is None else "0" if node.error else "1" for node in found] == row


def test_every_field_name_is_one_of_wiresharks():
    lines = subprocess.run([tool("tshark"), "-G", "fields"], capture_output=True, text=True, timeout=60, check=True).stdout
    known = {line.split("\t")[2] for line in lines.splitlines() if line.count("\t") >= 2}
    options = b"\x02\x04\x05\xb4\x08\x0a" + bytes(8) + b"\x03\x03\x07\x13\x12" + bytes(16) + b"\x01"
    frames = [
        ether(vlan(vlan(ipv4(tcp(b"x", options=options), options=b"\x94\x04\0\0"), 1), 2, 0x8100), 0x88A8),
        ether(ipv6(b"\x2b\0" + bytes(6) + b"\x2c\x02\0\x01" + bytes(20) + b"\x11\0\0\0" + bytes(4) + udp(b"x"), 0), 0x86DD),
        ether(ipv6(b"\x3a\0" + bytes(6) + icmp(135, bytes(16)), 60), 0x86DD),
        ether(ipv4(icmp(5, ipv4(udp(b"x"), 17)), 1)),
        ether(arp(), 0x0806),
        ether(b"\xaa\xaa\x03\0\0\0\x99\x99data", 12),
    ]
    used = {node.abbrev for frame in frames for branch in tree(Packet(1, 0, frame, len(frame), 1)) for _, node in branch.walk()}
    headers = {**link_fields.FIELDS, **network_fields.FIELDS, **network_fields.CHECKED_FIELDS, **transport_fields.CHECKED_FIELDS}
    assert used - {""} - known == set()
    assert len(used) > 90
    assert {kind for kind in headers if kind != "sll2"} <= known
