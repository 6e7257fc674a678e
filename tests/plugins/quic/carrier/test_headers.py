from hypothesis import given
from hypothesis import strategies as st

from workbench_quic.carrier.headers import Header, read_header
from workbench_quic.versions import V1, V2

UNKNOWN = 0x1A2A3A4A


def long_header(version=V1, first=0xC0, destination=b"d" * 8, source=b"s" * 4, rest=b"\x00\x05abcde"):
    identifiers = bytes([len(destination)]) + destination + bytes([len(source)]) + source
    return bytes([first]) + version.to_bytes(4, "big") + identifiers + rest


def test_initial_with_its_token():
    header = read_header(long_header(rest=b"\x03tok" + bytes(20)))
    assert header == Header(b"d" * 8, b"s" * 4, V1, True, b"tok")


def test_version_2_numbers_its_types_differently():
    """RFC 9369 3.2."""
    assert not read_header(long_header(V2)).initial
    assert read_header(long_header(V2, 0xD0, rest=b"\x00")).initial


def test_short_header():
    assert read_header(b"\x40" + b"12345678" + b"payload") == Header(b"12345678")
    assert read_header(b"\x00" + b"12345678" + b"payload") is None, "the fixed bit is 0"
    assert read_header(b"\x40" + b"1234567") is None


def test_connection_ids_of_other_versions_may_be_long():
    """RFC 8999 5.1."""
    assert read_header(long_header(UNKNOWN, destination=b"d" * 200)).version == UNKNOWN
    assert read_header(long_header(V1, destination=b"d" * 21)) is None


def test_cut_short():
    whole = long_header(rest=b"\x03tok")
    assert read_header(whole) is not None
    assert [cut for cut in range(len(whole)) if read_header(whole[:cut]) is not None] == []


@given(st.binary(max_size=64))
def test_anything_is_read_or_not(data):
    header = read_header(data)
    assert header is None or len(header.destination) < 256
