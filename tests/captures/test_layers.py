import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captures.layers import layers
from support.headers import ether, icmp, ipv4, ipv6, tcp, udp, vlan
from support.trees import assert_nested, values
from workbench.api import Packet


def _packet(data, link_type=1, **more):
    return Packet(7, 1_700_000_000_000_000_123, data, more.pop("wire", len(data)), link_type, **more)


def test_a_branch_for_each_header_then_the_payload():
    frame = ether(vlan(ipv4(tcp(b"hello")), 5), 0x8100)
    branches = layers(_packet(frame))
    assert [branch.abbrev for branch in branches] == ["frame", "eth", "vlan", "ip", "tcp", "tcp.payload"]
    payload = branches[-1]
    assert (payload.value, frame[payload.start : payload.end]) == (b"hello", b"hello")
    assert [branch.start for branch in branches[1:]] == [0, 14, 18, 38, 58]


def test_the_frame_says_what_the_capture_knows():
    found = values(layers(_packet(ether(ipv4(tcp())), interface=2, comments=("a", "b"), wire=1500))[0])
    assert found == {
        "frame.number": 7,
        "frame.time_epoch": "1700000000.000000123",
        "frame.len": 1500,
        "frame.cap_len": 54,
        "frame.interface_id": 2,
        "frame.protocols": "eth:ip:tcp",
        "frame.comment": ["a", "b"],
    }


def test_stream_numbers_are_shown_where_they_are_known():
    frame = ether(ipv4(udp(bytes(8) + ether(ipv4(tcp())), 50000, 4789), 17))
    branches = layers(_packet(frame), streams=[("udp", 3), ("tcp", 9)])
    assert (values(*branches)["udp.stream"], values(*branches)["tcp.stream"]) == (3, 9)
    assert "tcp.stream" not in values(*layers(_packet(frame)))


def test_padding_is_shown_apart():
    branches = layers(_packet(ether(ipv4(tcp())) + b"\0\0\0\0"))
    assert (branches[-1].name, branches[-1].start, branches[-1].end) == ("Padding or trailer", 54, 58)


def test_unknown_headers_have_a_place_and_a_name():
    frame = ether(ipv4(b"\0\0\x08\0" + ipv4(tcp()), 47))
    gre = next(branch for branch in layers(_packet(frame)) if branch.abbrev == "gre")
    assert (gre.name, gre.start, gre.end) == ("Generic Routing Encapsulation", 34, 38)
    data = layers(_packet(ether(b"?" * 20, 0x9999)))[-1]
    assert (data.abbrev, data.value) == ("data.data", b"?" * 20)


def test_a_cut_header_is_an_error_in_its_place():
    branch = layers(_packet(ether(ipv4(tcp()))[:40], wire=54))[-1]
    assert (branch.abbrev, branch.error) == ("tcp", "the header is cut short")
    assert values(branch) == {"tcp.srcport": 40000, "tcp.dstport": 80}


@pytest.mark.parametrize("length", [0, 1, 2])
def test_padding_behind_a_cut_header_is_none_of_its_fields(length):
    frame = ether(b"\xaa\xaa\x03" + bytes(43), length)
    found = layers(_packet(frame), verify_checksums=True)
    assert_nested(found, len(frame))
    branch = next(branch for branch in found if branch.abbrev == "llc")
    assert (branch.start, branch.end, branch.error) == (14, 14 + length, "the header is cut short")
    assert list(values(branch)) == ["llc.dsap", "llc.ssap"][:length]


def test_checksums_only_when_asked_for():
    frame = ether(ipv4(tcp(b"x")))
    wrong = frame[:-1] + b"y"
    assert not any(node.error for branch in layers(_packet(wrong)) for _, node in branch.walk())
    errors = [node.abbrev for branch in layers(_packet(wrong), verify_checksums=True) for _, node in branch.walk() if node.error]
    assert errors == ["tcp.checksum"]


@settings(max_examples=150)
@given(st.data())
def test_any_packet_gives_a_tree_that_lies_inside_it(data):
    frame = data.draw(
        st.sampled_from(
            [
                ether(ipv4(tcp(b"abc", options=bytes(12)), options=bytes(8))),
                ether(ipv6(b"\x06\x01" + bytes(14) + tcp(), 60), 0x86DD),
                ether(ipv6(icmp(135, bytes(16)), 58), 0x86DD),
                ether(ipv4(icmp(3, ipv4(udp(b"quoted"), 17)), 1)),
                ether(b"\xaa\xaa\x03\0\0\0\x08\0" + ipv4(udp()), 40),
            ]
        )
    )
    damaged = bytearray(frame)
    for _ in range(data.draw(st.integers(0, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    kept = bytes(damaged[: data.draw(st.integers(0, len(damaged)))])
    link_type = data.draw(st.sampled_from([0, 1, 9, 101, 113, 276]))
    assert_nested(layers(_packet(kept, link_type, wire=len(frame)), verify_checksums=True), len(kept))
