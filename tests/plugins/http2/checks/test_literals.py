"""Blocks by hand are what hpack reads; RFC 7541 C.1 and C.2 as vectors."""

from hpack import Decoder
from hypothesis import given
from hypothesis import strategies as st

from workbench_http2.checks.literals import block, indexed, integer, literal, resize


def test_integers_of_the_rfc():
    assert integer(10, 5) == b"\x0a"
    assert integer(1337, 5) == b"\x1f\x9a\x0a"
    assert integer(42, 8) == b"\x2a"


def test_literals_of_the_rfc():
    assert literal(b"custom-key", b"custom-header", pattern=0x40) == b"\x40\x0acustom-key\x0dcustom-header"
    assert literal(b"password", b"secret", pattern=0x10) == b"\x10\x08password\x06secret"
    assert indexed(2) == b"\x82"
    assert resize(4096) == b"\x3f\xe1\x1f"


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=300), st.binary(max_size=300)), max_size=5))
def test_hpack_reads_them(fields):
    assert [(bytes(name), bytes(value)) for name, value in Decoder(1 << 20).decode(block(fields), raw=True)] == fields
