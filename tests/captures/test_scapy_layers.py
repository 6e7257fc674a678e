import subprocess
import sys

from hypothesis import given, settings
from hypothesis import strategies as st

from captures import scapy_layers
from captures.scapy_layers import further_layers
from support.headers import ether, ipv4, tcp, udp, vlan
from support.trees import assert_nested, values
from workbench.api import Packet

QUERY = b"\x12\x34\x01\x00\0\x01\0\0\0\0\0\0\x07example\x03com\0\0\x01\0\x01"
BPDU = b"\x42\x42\x03" + b"\0\0\0\0\0" + b"\x80\x01\x02\x02\x02\x02\x02\x02" + bytes(4) + bytes(20)


def _packet(data, link_type=1):
    return Packet(1, 0, data, len(data), link_type)


def test_spanning_tree_behind_llc():
    frame = ether(BPDU, len(BPDU))
    (branch,) = further_layers(_packet(frame))
    assert (branch.name, branch.start, branch.abbrev) == ("Spanning Tree Protocol", 17, "scapy.stp")
    assert values(branch)["scapy.stp.rootmac"] == "02:02:02:02:02:02"
    root = branch.find("scapy.stp.rootid")
    assert (root.start, root.end, root.value) == (22, 24, 0x8001)
    assert_nested([branch], len(frame))


def test_dns_in_udp_with_bits_inside_bytes():
    frame = ether(vlan(ipv4(udp(QUERY, 5353, 53), 17), 3), 0x8100)
    branch = further_layers(_packet(frame))[0]
    assert branch.start == 14 + 4 + 28
    assert branch.find("scapy.dns.id").value == 0x1234
    desired = branch.find("scapy.dns.rd")
    assert (desired.value, desired.bits) == (1, (8 * (branch.start + 2) + 7, 8 * (branch.start + 3)))
    assert_nested([branch], len(frame))


def test_nothing_where_scapy_knows_nothing_either():
    assert further_layers(_packet(ether(ipv4(tcp(b"hello", 40000, 40001))))) == ()
    assert further_layers(_packet(ether(ipv4(tcp())))) == ()
    assert further_layers(_packet(ether(ipv4(tcp()))[:20])) == ()
    assert further_layers(_packet(b"anything", 147)) == ()


def test_long_packets_are_left_alone(monkeypatch):
    monkeypatch.setattr(scapy_layers, "MAX_BYTES", 30)
    assert further_layers(_packet(ether(BPDU, len(BPDU)))) == ()


def test_a_dissector_that_stumbles_gives_nothing(monkeypatch):
    def stumble(packet, start):
        raise ZeroDivisionError

    monkeypatch.setattr(scapy_layers, "_dissected", stumble)
    assert further_layers(_packet(ether(BPDU, len(BPDU)))) == ()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_packets_are_harmless(data):
    frame = bytearray(data.draw(st.sampled_from([ether(BPDU, len(BPDU)), ether(ipv4(udp(QUERY, 5353, 53), 17))])))
    for _ in range(data.draw(st.integers(1, 5))):
        frame[data.draw(st.integers(14, len(frame) - 1))] = data.draw(st.integers(0, 255))
    for branch in further_layers(_packet(bytes(frame))):
        for _, node in branch.walk():
            assert 0 <= node.start <= node.end <= len(frame)
            assert node.text.isprintable()


def test_scapy_is_not_imported_before_it_is_asked():
    code = "import sys, captures, captures.scapy_layers; print('scapy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
