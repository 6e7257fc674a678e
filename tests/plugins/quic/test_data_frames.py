"""STREAM, CRYPTO, DATAGRAM and NEW_TOKEN: values, fields, byte ranges."""

import pytest

from workbench.api import Field, varint
from workbench_quic.data_frames import read_crypto, read_datagram, read_stream, read_token
from workbench_quic.frame_items import Crypto, DatagramData, Stream, Token
from workbench_quic.names import NO_CODES

BEFORE = b"\x01\x01"
"""Frames before the one that is read: ranges must not begin at 0 by chance."""


def ranges(field: Field) -> dict[str, tuple[int, int, object]]:
    return {node.abbrev: (node.start, node.end, node.value) for _, node in field.walk()}


class TestStream:
    @pytest.mark.parametrize(
        ("kind", "head", "stream", "offset"),
        [(0x0F, "4004 8001 0000 05", 4, 65_536), (0x0E, "04 00 05", 4, 0), (0x0B, "03 4005", 3, 0), (0x0A, "02 05", 2, 0)],
    )
    def test_with_a_length(self, kind: int, head: str, stream: int, offset: int):
        start = len(BEFORE)
        frame = bytes((kind,)) + bytes.fromhex(head) + b"hello"
        item, field = read_stream(BEFORE + frame + b"\0\0", start, start + 1, kind, 1, NO_CODES)
        end = start + len(frame)
        assert item == Stream(kind, start, end, stream, offset, b"hello", bool(kind & 1))
        found = ranges(field)
        assert (field.start, field.end) == (start, end)
        assert found["quic.stream_data"] == (end - 5, end, b"hello")
        assert found["quic.stream.stream_id"][2] == stream
        assert found["quic.stream.initiator"][2] == stream & 1
        assert found["quic.stream.direction"][2] == stream >> 1 & 1
        assert ("quic.stream.offset" in found) == bool(kind & 4)
        assert all(node.view == 1 for _, node in field.walk())

    def test_up_to_the_end_of_the_packet(self):
        item, field = read_stream(b"\x09\x00rest", 0, 1, 0x09, 0, NO_CODES)
        assert item == Stream(0x09, 0, 6, 0, 0, b"rest", True)
        assert "quic.stream.length" not in ranges(field)
        assert field.text == "stream 0, 4 bytes at 0, end"

    def test_the_bits_of_its_type_are_where_they_are(self):
        data = b"\x40\x0d\x00\x00x"  # the type in two bytes
        _, field = read_stream(data, 0, 2, 0x0D, 0, NO_CODES)
        bits = {node.abbrev: (node.value, node.bits) for _, node in field.walk() if node.bits}
        for value, (first, last) in bits.values():
            assert int.from_bytes(data, "big") >> (8 * len(data) - last) & (1 << last - first) - 1 == value
        assert bits["quic.stream.off"] == (True, (13, 14))
        assert bits["quic.stream.len"] == (False, (14, 15))
        assert bits["quic.stream.fin"] == (True, (15, 16))

    def test_data_that_are_not_there(self):
        with pytest.raises(IndexError):
            read_stream(b"\x0a\x00\x05four", 0, 1, 0x0A, 0, NO_CODES)


class TestOthers:
    def test_crypto(self):
        item, field = read_crypto(b"\x06\x40\x10\x03abc\0", 0, 1, 6, 0, NO_CODES)
        assert item == Crypto(6, 0, 7, 16, b"abc")
        assert ranges(field)["quic.crypto.offset"] == (1, 3, 16)
        assert ranges(field)["quic.crypto.crypto_data"] == (4, 7, None)

    def test_datagrams_with_and_without_a_length(self):
        assert read_datagram(b"\x31\x02hi\0", 0, 1, 0x31, 0, NO_CODES)[0] == DatagramData(0x31, 0, 4, b"hi")
        assert read_datagram(b"\x30hi\0", 0, 1, 0x30, 0, NO_CODES)[0] == DatagramData(0x30, 0, 4, b"hi\0")

    def test_token(self):
        item, field = read_token(b"\x07\x02to", 0, 1, 7, 0, NO_CODES)
        assert item == Token(7, 0, 4, b"to")
        assert ranges(field)["quic.nt.token"] == (2, 4, b"to")

    @pytest.mark.parametrize(("reader", "head"), [(read_crypto, b"\x06\x00"), (read_datagram, b"\x31"), (read_token, b"\x07")])
    def test_lengths_beyond_the_packet(self, reader, head: bytes):
        for length in (5, 100, 1 << 61):
            with pytest.raises(IndexError):
                reader(head + varint(length) + b"four", 0, 1, head[0], 0, NO_CODES)
