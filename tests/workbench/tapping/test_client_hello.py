"""A look at ClientHellos: of OpenSSL, cut in every way, and what is none."""

import itertools
import ssl
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.tapping.client_hello import MOST_HELLO, MOST_RECORDS, ClientHello, HelloReader, NoHello


def hello(name: str = "site.test", alpn: tuple[str, ...] = ("h2", "http/1.1")) -> bytes:
    context = ssl.create_default_context()
    context.check_hostname = bool(name)
    context.verify_mode = ssl.CERT_NONE if not name else ssl.CERT_REQUIRED
    if alpn:
        context.set_alpn_protocols(list(alpn))
    out = ssl.MemoryBIO()
    tls = context.wrap_bio(ssl.MemoryBIO(), out, server_hostname=name or None)
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return out.read()


def read_client_hello(data: bytes) -> ClientHello | None:
    return HelloReader().receive(data)


WHOLE = hello()


def in_records(message: bytes, size: int) -> bytes:
    parts = [message[at : at + size] for at in range(0, len(message), size)]
    return b"".join(b"\x16\x03\x01" + struct.pack("!H", len(part)) + part for part in parts)


@pytest.mark.parametrize(("name", "alpn"), [("site.test", ("h2", "http/1.1")), ("site.test", ()), ("", ("x",)), ("", ())])
def test_what_openssl_says(name, alpn):
    assert read_client_hello(hello(name, alpn)) == ClientHello(name, alpn)


def test_every_beginning_is_waited_for():
    assert {read_client_hello(WHOLE[:end]) for end in range(len(WHOLE))} == {None}
    assert read_client_hello(WHOLE + b"and more") == ClientHello("site.test", ("h2", "http/1.1"))


@given(st.lists(st.integers(1, len(WHOLE)), max_size=8), st.sampled_from([1, 50, 16_384]))
def test_pieces_make_no_difference(cuts, size):
    whole, reader = in_records(WHOLE[5:], size), HelloReader()
    edges = sorted({0, len(whole), *cuts})
    found = [reader.receive(whole[start:end]) for start, end in itertools.pairwise(edges)]
    assert found[-1] == ClientHello("site.test", ("h2", "http/1.1"))
    assert set(found[:-1]) <= {None}


@pytest.mark.parametrize("size", [1, 3, 4, 5, 100])
def test_one_in_many_records(size):
    whole = in_records(WHOLE[5:], size)
    assert read_client_hello(whole) == ClientHello("site.test", ("h2", "http/1.1"))
    assert read_client_hello(whole[:-1]) is None


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1",
        b"SSH-2.0",
        b"\x16\x02",
        b"\x15\x03\x01\x00\x02\x02\x28",
        b"\x16\x03\x01\x00\x00",
        b"\x16\x03\x01\x40\x01",
        b"\x16\x03\x01\x00\x04\x02\x00\x00\x00",
        b"\x16\x03\x01\x00\x04\x01" + (MOST_HELLO + 1).to_bytes(3, "big"),
        b"\x16\x03\x01\x00\x08\x01\x00\x00\x04\x03\x03\x00\x00",
    ],
)
def test_what_is_none(data):
    with pytest.raises(NoHello):
        read_client_hello(data)


def test_crumbs_without_end():
    """Records of one byte each, of a message that is never whole."""
    message = b"\x01" + bytes([0, 0xF0, 0]) + bytes(MOST_RECORDS)
    with pytest.raises(NoHello, match="too many records"):
        read_client_hello(in_records(message, 1))


def with_extensions(*extensions: tuple[int, bytes]) -> bytes:
    listed = b"".join(struct.pack("!HH", kind, len(value)) + value for kind, value in extensions)
    body = bytes(34) + b"\x00" + b"\x00\x02\x13\x01" + b"\x01\x00" + struct.pack("!H", len(listed)) + listed
    return in_records(b"\x01" + len(body).to_bytes(3, "big") + body, 16_384)


def test_odd_names_and_protocols():
    def read(*extensions):
        return read_client_hello(with_extensions(*extensions))

    assert read((0, b"\x00\x06\x00\x00\x03A.b")) == ClientHello("a.b", ())
    assert read((0, b"\x00\x06\x01\x00\x03a.b")) == ClientHello("", ())
    assert read((16, b"\x00\x06\x02\x8a\x8a\x02h2")) == ClientHello("", ("h2",))
    assert read() == ClientHello("", ())
    with pytest.raises(NoHello):
        read((0, b"\x00\x06\x00\x00\x03\xff.b"))


@given(st.binary(max_size=300))
def test_anything_is_read_refused_or_waited_for(data):
    try:
        read_client_hello(data)
    except NoHello:
        return


@given(st.integers(5, len(WHOLE) - 1), st.integers(0, 255))
def test_a_wrong_byte_never_raises_anything_else(at, value):
    try:
        read_client_hello(WHOLE[:at] + bytes([value]) + WHOLE[at + 1 :])
    except NoHello:
        return
