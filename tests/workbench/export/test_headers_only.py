import struct

from hypothesis import given
from hypothesis import strategies as st

from captures.checksums import Verdict
from captures.layers import layers
from support.headers import ether, ipv4, tcp
from support.pcap import CLIENT, SERVER, arp_frame, tcp_frames, udp_frames
from workbench.api import Direction, Packet
from workbench.export.headers_only import headers_only
from workbench.export.pseudonyms import Pseudonyms

NAMES = Pseudonyms(b"key")


def _packet(data: bytes, link_type: int = 1, more: int = 0) -> Packet:
    return Packet(1, 0, data, len(data) + more, link_type)


def _kept(data: bytes, **more: int) -> bytes:
    return headers_only(_packet(data, **more), NAMES)


def _fields(data: bytes, original: int) -> dict[str, object]:
    found = layers(Packet(1, 0, data, original, 1), verify_checksums=True)
    return {node.abbrev: node for branch in found for _, node in branch.walk()}


def test_tcp_keeps_its_header_and_loses_what_it_carries():
    (frame,) = [frame for frame in tcp_frames([(Direction.TO_SERVER, b"secret")]) if b"secret" in frame]
    kept = _kept(frame)
    assert len(kept) == 54
    fields = _fields(kept, len(frame))
    assert fields["tcp.len"].value == 6
    assert fields["ip.src"].value != CLIENT.host
    assert (fields["tcp.srcport"].value, fields["tcp.dstport"].value) == (CLIENT.port, SERVER.port)
    assert fields["tcp.seq_raw"].value == int.from_bytes(frame[38:42], "big")
    assert Verdict.GOOD.value in fields["ip.checksum"].text
    # with zeros for what was cut off, the transport's checksum is right, too
    assert Verdict.GOOD.value in _fields(kept + bytes(6), len(frame))["tcp.checksum"].text


def test_udp_likewise_and_no_checksum_stays_none():
    (frame,) = udp_frames([(Direction.TO_SERVER, b"secret")])
    kept = _kept(frame)
    assert len(kept) == 42
    assert Verdict.GOOD.value in _fields(kept + bytes(6), len(frame))["udp.checksum"].text
    bare = frame[:40] + b"\0\0" + frame[42:]
    assert _kept(bare)[40:42] == b"\0\0"


def test_tcp_options_that_could_tell_something_are_overwritten():
    cookie, stamp, sack = b"\x22\x0a" + b"cookie!!", b"\x08\x0a" + bytes(8), b"\x05\x0a" + bytes(8)
    header = struct.pack("!HHIIBBHHH", 1, 2, 3, 4, (20 + 32) << 2, 0x10, 5, 0, 0) + b"\x01" + cookie + stamp + sack + b"\x01"
    kept = _kept(ether(ipv4(header)))
    assert kept[54:] == b"\x01" + b"\x01" * 10 + stamp + sack + b"\x01"


def test_arp_speaks_of_pseudonyms():
    frame = arp_frame()
    kept = _kept(frame)
    assert kept[:6] == b"\xff" * 6
    assert kept[6:12] == kept[22:28] == NAMES.mac(frame[6:12])
    assert kept[28:32] == NAMES.ip(frame[28:32])
    assert kept[38:42] == NAMES.ip(frame[38:42])


def test_a_quoted_packet_has_pseudonyms_too():
    quoted = ipv4(tcp(b"secret"))
    icmp = b"\x03\x01\0\0" + b"\x0a\0\0\x09" + quoted
    frame = ether(ipv4(icmp, 1))
    kept = _kept(frame)
    assert b"secret" not in kept
    assert kept[38:42] == bytes(4)
    assert kept[42 + 12 : 42 + 16] == NAMES.ip(quoted[12:16])
    assert quoted[12:16] not in kept


def test_what_is_not_known_is_not_kept():
    assert _kept(b"\0\0\x24\0" + bytes(60), link_type=127) == b""
    lldp = b"\x01\x80\xc2\0\0\x0e" + b"\x02\0\0\0\0\1" + b"\x88\xcc" + b"host name here"
    assert _kept(lldp) == NAMES.mac(lldp[:6]) + NAMES.mac(lldp[6:12]) + b"\x88\xcc"


def test_trailers_go():
    frame = tcp_frames([])[0]
    assert len(_kept(frame + b"trailing secret")) == len(frame)


@given(st.binary(max_size=200), st.sampled_from([0, 1, 12, 101, 113, 276, 127, 105, 9]), st.integers(0, 300))
def test_anything_goes_in_and_no_longer_thing_comes_out(data, link_type, more):
    # never raises, never longer, and what the kept headers say survives a second time
    kept = _kept(data, link_type=link_type, more=more)
    assert len(kept) <= len(data)


@given(st.binary(min_size=8, max_size=60), st.sampled_from([1, 6, 17, 58, 47, 41, 4, 0, 43, 44, 60]), st.booleans())
def test_no_address_and_no_payload_survives_in_an_ip_packet(body, protocol, six):
    source, destination = bytes([0xAA] * 14 + [1, 2]), bytes([0xBB] * 14 + [3, 4])
    if six:
        packet = struct.pack("!IHBB", 6 << 28, len(body), protocol, 64) + source + destination + body
    else:
        packet = ipv4(body, protocol, source=source[-4:], destination=destination[-4:])
    kept = _kept(b"\x02" + bytes(11) + (b"\x86\xdd" if six else b"\x08\0") + packet)
    assert source[-4:] not in kept
    assert destination[-4:] not in kept
