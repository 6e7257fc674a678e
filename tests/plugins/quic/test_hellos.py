"""The minimal reader of handshake messages: what it finds, and that nothing makes it raise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.quic_wire import Wire, alpn, extension, handshake_message, parameters
from workbench.api import varint
from workbench_quic.hellos import CLIENT_HELLO, ENCRYPTED_EXTENSIONS, SERVER_HELLO, message_size, read_hello


def test_a_client_hello():
    hello = read_hello(Wire().client_hello())
    assert (hello.kind, hello.random, hello.suites) == (CLIENT_HELLO, bytes(range(32)), (0x1301, 0x1302, 0x1303))
    assert (hello.name, hello.alpn, hello.parameters) == (b"example.test", b"h3", {0x01: 30_000, 0x0E: 4})


def test_a_server_hello_and_a_hello_retry_request():
    hello = read_hello(Wire(suite=0x1302).server_hello())
    assert (hello.kind, hello.suites, hello.retry) == (SERVER_HELLO, (0x1302,), False)
    again = Wire().server_hello()
    random = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
    assert read_hello(again[:6] + random + again[38:]).retry


def test_encrypted_extensions_with_tokens():
    preferred = bytes(24) + b"\x04abcd" + b"p" * 16
    hello = read_hello(Wire().encrypted_extensions(parameters((0x02, b"t" * 16), (0x0D, preferred), (0x03, varint(1472)))))
    assert (hello.kind, hello.alpn, hello.token) == (ENCRYPTED_EXTENSIONS, b"h3", b"t" * 16)
    assert hello.preferred == (b"abcd", b"p" * 16)
    assert hello.parameters == {0x03: 1472}


def test_parameters_of_the_drafts_are_read():
    body = varint(0x04) + b"\x01\x07"
    hello = read_hello(handshake_message(8, len(extension(0xFFA5, body)).to_bytes(2, "big") + extension(0xFFA5, body)))
    assert hello.parameters == {4: 7}


def test_a_token_of_another_size_is_none():
    assert read_hello(Wire().encrypted_extensions(parameters((0x02, b"short")))).token == b""


def test_many_parameters_are_cut():
    many = parameters(*((number, b"\1") for number in range(32, 132)))
    assert len(read_hello(Wire().encrypted_extensions(many)).parameters) == 64


def test_other_messages_are_none():
    assert read_hello(handshake_message(20, bytes(32))) is None
    assert read_hello(b"") is None


@pytest.mark.parametrize(("data", "size"), [(b"", 0), (b"\1\0\0", 0), (b"\1\0\1\0", 260), (b"\1\xff\xff\xff", 0x1000003)])
def test_sizes(data, size):
    assert message_size(data) == size


@given(st.integers(0, 3), st.data())
def test_broken_messages_never_raise(which, data):
    wire = Wire()
    whole = (
        wire.client_hello(),
        wire.server_hello(),
        wire.encrypted_extensions(alpn(b"h3"), parameters((2, bytes(16)))),
        b"\x01",
    )[which]
    cut = data.draw(st.integers(0, len(whole)))
    junk = data.draw(st.binary(max_size=40))
    hello = read_hello(whole[:cut] + junk)
    assert hello is None or hello.kind in (CLIENT_HELLO, SERVER_HELLO, ENCRYPTED_EXTENSIONS)
