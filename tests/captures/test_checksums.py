import pytest
from hypothesis import given
from hypothesis import strategies as st

from captures.checksums import Verdict, checksum, pseudo_header, verify
from support.headers import ipv4, ones_complement, pseudo, tcp


@given(st.binary(max_size=200))
def test_the_sum_is_that_of_the_slow_and_obvious_way(data):
    # any sum that is a multiple of 0xffff has two spellings of zero; RFC 1071 takes them as equal
    assert {checksum(data), ones_complement(data)} in ({checksum(data)}, {0, 0xFFFF})


def test_pseudo_headers_of_both_ip_versions():
    assert pseudo_header(bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]), 6, 20) == pseudo("10.0.0.1", "10.0.0.2", 6, 20)
    long = pseudo_header(bytes(15) + b"\x01", bytes(15) + b"\x02", 58, 70_000)
    assert long == bytes(15) + b"\x01" + bytes(15) + b"\x02" + (70_000).to_bytes(4, "big") + b"\0\0\0\x3a"


def test_a_right_and_a_wrong_checksum():
    header = ipv4(b"")
    assert verify(header, 10) == (Verdict.GOOD, int.from_bytes(header[10:12], "big"))
    verdict, right = verify(header[:8] + b"\x01" + header[9:], 10)
    assert verdict is Verdict.BAD
    assert right != int.from_bytes(header[10:12], "big")


@pytest.mark.parametrize("payload", [b"", b"odd", b"even"])
def test_what_a_network_card_was_to_fill_in_is_no_error(payload):
    segment = tcp(payload)
    head = pseudo("10.0.0.1", "10.0.0.2", 6, len(segment))
    partial = (~ones_complement(head) & 0xFFFF).to_bytes(2, "big")
    assert verify(segment, 16, head)[0] is Verdict.GOOD
    assert verify(segment[:16] + partial + segment[18:], 16, head)[0] is Verdict.PARTIAL
    assert verify(segment[:16] + b"\0\0" + segment[18:], 16, head)[0] is Verdict.UNFILLED
