import zlib

from construct import Bytes, GreedyBytes, Int8ub, Int16ub, Int32ub, Struct
from hypothesis import given
from hypothesis import strategies as st

from fuzzers.repair import repairer
from support.tiny import FRAME, PACKET, packet
from workbench.api import Crc, Framed


@given(st.binary(max_size=60))
def test_repaired_bytes_have_the_right_length_and_checksum(tail: bytes):
    repair = repairer(PACKET)
    assert repair is not None
    data = repair(packet(1, "echo")[:5] + tail + b"crc?")
    assert FRAME(data) == len(data)
    assert int.from_bytes(data[-4:], "big") == zlib.crc32(data[:-4])


def test_a_right_message_stays_as_it_is():
    repair = repairer("renamed" / PACKET)
    assert repair is not None
    message = packet(3, "sum", (1, 2))
    assert repair(message) == message


def test_nothing_to_repair():
    assert repairer(None) is None
    assert repairer(GreedyBytes) is None
    assert repairer(Struct("a" / Int8ub)) is None


def test_short_and_overlong_messages_are_left_alone_where_they_must_be():
    repair = repairer(Framed("n", "n" / Int8ub, "data" / GreedyBytes))
    assert repair is not None
    assert repair(b"") == b""
    assert repair(b"\x00" + bytes(300)) == b"\x00" + bytes(300)  # 300 does not fit a byte
    assert repair(b"\x00ab") == b"\x02ab"


def test_a_checksum_with_fields_behind_it():
    grammar = Struct("data" / Bytes(3), "crc" / Crc(Int32ub, zlib.crc32), "tail" / Int16ub)
    repair = repairer(grammar)
    assert repair is not None
    fixed = repair(b"abcXXXX\x00\x01")
    assert grammar.parse(fixed).crc == zlib.crc32(b"abc")
