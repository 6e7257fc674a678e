"""Frames are checked field by field here and by a foreign tool in tests/interop."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captures.synthesis import MAX_DATAGRAM, TcpConversation, udp_frame
from workbench.api import Direction, Endpoint, UsageError

CLIENT, SERVER = Endpoint("192.0.2.1", 40000), Endpoint("192.0.2.2", 80)
CLIENT6, SERVER6 = Endpoint("2001:db8::1", 40000), Endpoint("2001:db8::2", 80)


def words(data: bytes) -> int:
    """The ones' complement sum of RFC 1071, the slow way; 0xFFFF over anything that contains its own checksum."""
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


class Parsed:
    """One frame taken apart, its checksums proven."""

    def __init__(self, frame: bytes) -> None:
        if frame[12:14] == b"\x08\x00":
            header, self.transport = frame[14:34], frame[34:]
            assert words(header) == 0xFFFF
            assert struct.unpack("!H", header[2:4])[0] == len(frame) - 14
            self.protocol, self.source, self.destination = header[9], header[12:16], header[16:20]
        else:
            header, self.transport = frame[14:54], frame[54:]
            assert frame[12:14] == b"\x86\xdd"
            assert struct.unpack("!H", header[4:6])[0] == len(self.transport)
            self.protocol, self.source, self.destination = header[6], header[8:24], header[24:40]
        pseudo = self.source + self.destination + struct.pack("!IBBBB", len(self.transport), 0, 0, 0, self.protocol)
        assert words(pseudo + self.transport) == 0xFFFF
        self.ports = struct.unpack("!HH", self.transport[:4])

    def tcp(self) -> tuple[int, int, int, bytes]:
        """Sequence, acknowledgment, flags, payload."""
        sequence, acknowledgment, offset, flags = struct.unpack("!IIBB", self.transport[4:14])
        return sequence, acknowledgment, flags, self.transport[offset >> 2 :]


def tcp(frames: list[bytes]) -> list[tuple[int, int, int, bytes]]:
    return [Parsed(frame).tcp() for frame in frames]


def test_handshake():
    frames = TcpConversation(CLIENT, SERVER, initial=(100, 200)).open()
    assert tcp(frames) == [(100, 0, 0x02, b""), (200, 101, 0x12, b""), (101, 201, 0x10, b"")]
    assert [Parsed(frame).ports for frame in frames] == [(40000, 80), (80, 40000), (40000, 80)]


def test_data_is_cut_pushed_and_acknowledged():
    conversation = TcpConversation(CLIENT, SERVER, mss=4, initial=(100, 200))
    conversation.open()
    assert tcp(conversation.send(Direction.TO_SERVER, b"abcdefghi")) == [
        (101, 201, 0x10, b"abcd"),
        (105, 201, 0x10, b"efgh"),
        (109, 201, 0x18, b"i"),
        (201, 110, 0x10, b""),
    ]
    assert tcp(conversation.send(Direction.TO_CLIENT, b"ok", acknowledged=False)) == [(201, 110, 0x18, b"ok")]
    assert conversation.send(Direction.TO_CLIENT, b"") == []


def test_each_direction_closes_once_and_counts_its_fin():
    conversation = TcpConversation(CLIENT, SERVER, initial=(100, 200))
    conversation.open()
    assert tcp(conversation.close(Direction.TO_CLIENT)) == [(201, 101, 0x11, b""), (101, 202, 0x10, b"")]
    assert conversation.close(Direction.TO_CLIENT) == []
    assert tcp(conversation.send(Direction.TO_SERVER, b"x"))[0] == (101, 202, 0x18, b"x")
    assert tcp(conversation.close(Direction.TO_SERVER))[1] == (202, 103, 0x10, b"")


def test_reset_and_refusal():
    conversation = TcpConversation(CLIENT, SERVER, initial=(100, 200))
    conversation.syn()
    assert tcp(conversation.reset(Direction.TO_CLIENT)) == [(200, 101, 0x14, b"")]
    assert conversation.close(Direction.TO_SERVER) == []


def test_sequence_numbers_wrap():
    conversation = TcpConversation(CLIENT, SERVER, initial=(0xFFFFFFFF, 0))
    conversation.open()
    assert tcp(conversation.send(Direction.TO_SERVER, b"ab"))[0][0] == 0
    assert tcp(conversation.send(Direction.TO_SERVER, b"cd"))[0][0] == 2


def test_ipv6_and_mixed_addresses():
    frame = Parsed(TcpConversation(CLIENT6, SERVER6).syn()[0])
    assert frame.source.hex() == "20010db8000000000000000000000001"
    mixed = Parsed(TcpConversation(CLIENT, Endpoint("::1", 80)).syn()[0])
    assert mixed.source == bytes(10) + b"\xff\xff" + bytes([192, 0, 2, 1])
    Parsed(TcpConversation(Endpoint("fe80::1%eth0", 1), SERVER6).syn()[0])


@pytest.mark.parametrize("mss", [0, 65_496])
def test_an_impossible_segment_size_is_refused(mss: int):
    with pytest.raises(UsageError, match="1 to 65495 bytes"):
        TcpConversation(CLIENT, SERVER, mss=mss)


def test_the_largest_segment_fits_its_packet():
    conversation = TcpConversation(CLIENT, SERVER, mss=65_495)
    assert len(tcp(conversation.send(Direction.TO_SERVER, bytes(65_495)))[0][3]) == 65_495


def test_datagrams():
    for source, destination in ((CLIENT, SERVER), (CLIENT6, SERVER6)):
        frame = Parsed(udp_frame(source, destination, b"hello"))
        assert (frame.protocol, frame.ports, frame.transport[8:]) == (17, (40000, 80), b"hello")
        assert struct.unpack("!H", frame.transport[4:6])[0] == 13
    Parsed(udp_frame(CLIENT, SERVER, bytes(MAX_DATAGRAM)))
    with pytest.raises(UsageError, match="65507"):
        udp_frame(CLIENT, SERVER, bytes(MAX_DATAGRAM + 1))


def test_a_udp_checksum_of_zero_is_sent_as_ones():
    base = Parsed(udp_frame(CLIENT, SERVER, b"\0\0")).transport
    data = base[6:8]  # adding the checksum itself as payload makes the sum of all words come out as zero
    assert Parsed(udp_frame(CLIENT, SERVER, data)).transport[6:8] == b"\xff\xff"


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(1, 50), st.integers(0, 0xFFFFFFFF))
def test_any_bytes_arrive_whole(data: bytes, mss: int, initial: int):
    conversation = TcpConversation(CLIENT6, SERVER6, mss=mss, initial=(initial, 0))
    segments = [segment for segment in tcp(conversation.open() + conversation.send(Direction.TO_SERVER, data)) if segment[3]]
    assert b"".join(segment[3] for segment in segments) == data
    position = initial + 1
    for sequence, _, _, payload in segments:
        assert sequence == position & 0xFFFFFFFF
        position += len(payload)


def test_lost_bytes_are_counted():
    connection = TcpConversation(CLIENT, SERVER)
    connection.open()
    connection.lose(Direction.TO_SERVER, 1000)
    (data, acknowledgment) = (Parsed(frame) for frame in connection.send(Direction.TO_SERVER, b"x"))
    assert struct.unpack("!I", data.transport[4:8])[0] == 1_000_000_001 + 1000
    assert struct.unpack("!I", acknowledgment.transport[8:12])[0] == 1_000_000_001 + 1001
