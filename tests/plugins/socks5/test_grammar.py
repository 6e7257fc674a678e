import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.api import FrameError
from workbench_socks5.grammar import BROKEN_HEADS, GRAMMARS, LONGEST_STRING4, Kind, address_size, build, frame

VECTORS = {
    Kind.GREETING: b"\x05\x02\x00\x02",
    Kind.SELECTION: b"\x05\xff",
    Kind.PASSWORD: b"\x01\x05alice\x06s3cret",
    Kind.STATUS: b"\x01\x00",
    Kind.GSSAPI: b"\x01\x01\x00\x04abcd",
    Kind.REQUEST: b"\x05\x01\x00\x03\x09localhost\x00\x50",
    Kind.REPLY: b"\x05\x05\x00\x04" + bytes(15) + b"\x01\x04\x38",
    Kind.REQUEST4: b"\x04\x01\x00\x50\x00\x00\x00\x01me\x00localhost\x00",
    Kind.REPLY4: b"\x00\x5a\x00\x50\x7f\x00\x00\x01",
    Kind.DATAGRAM: b"\x00\x00\x00\x01\x7f\x00\x00\x01\x00\x35payload",
}
"""Written by hand from the RFCs' tables."""


@pytest.mark.parametrize("kind", Kind)
def test_each_message_parses_and_builds(kind):
    data = VECTORS[kind]
    assert build(kind, GRAMMARS[kind].parse(data)) == data


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.DATAGRAM])
def test_a_frame_is_the_same_whatever_follows_and_none_before_its_end(kind):
    data = VECTORS[kind]
    assert frame(kind, data + b"\x05\x00rest") == len(data)
    for size in range(len(data)):
        assert frame(kind, data[:size]) is None


def test_lengths_are_made_right():
    assert (
        build(Kind.PASSWORD, {"subnegotiation_version": 1, "username": b"ab", "password": b"", "username_length": 99})
        == b"\1\2ab\0"
    )
    assert build(Kind.GREETING, {"version": 5, "auth_method": [0, 2], "auth_method_count": 7}) == b"\5\2\0\2"


def test_an_address_type_may_be_given_by_number():
    value = {"version": 5, "command": 1, "reserved": 0, "address_type": 1, "dst": b"\1\2\3\4", "port": 80}
    assert build(Kind.REQUEST, value) == b"\5\1\0\1\1\2\3\4\0\x50"


def test_an_abort_of_gssapi_has_no_token():
    assert frame(Kind.GSSAPI, b"\x01\xff\x05") == 2
    assert build(Kind.GSSAPI, GRAMMARS[Kind.GSSAPI].parse(b"\x01\xff")) == b"\x01\xff"


def test_unknown_address_types_have_no_end():
    for kind in (0, 2, 5, 255):
        with pytest.raises(FrameError, match=f"address type {kind}"):
            address_size(kind, b"\0")
    with pytest.raises(FrameError):
        frame(Kind.REQUEST, b"\5\1\0\2")
    assert BROKEN_HEADS[Kind.REQUEST] == 4


def test_strings_of_socks4_must_end():
    endless = b"\x04\x01\x00\x50\x7f\x00\x00\x01" + b"a" * LONGEST_STRING4
    assert frame(Kind.REQUEST4, endless[:-1]) is None
    with pytest.raises(FrameError, match="does not end"):
        frame(Kind.REQUEST4, endless)


@given(st.sampled_from(list(Kind)), st.binary(max_size=300))
def test_any_bytes_have_an_answer(kind, data):
    try:
        size = frame(kind, data)
    except FrameError:
        return
    assert size is None or size <= len(data)
