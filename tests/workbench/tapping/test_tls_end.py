"""Two ends of TLS in memory."""

import pytest

from support.tls_in_memory import client_context, handshake, joined, server_context
from workbench.tapping.tls_end import TlsEnd, TlsError


def test_words_and_goodbyes_pass_both_ways():
    client, server = handshake()
    client.write(b"ask" * 20_000)
    server.feed(client.output())
    assert server.read() == b"ask" * 20_000
    client.goodbye()
    client.goodbye()
    server.feed(client.output())
    assert (server.read(), server.closed) == (b"", True)
    server.write(b"still talking")
    client.feed(server.output())
    assert (client.read(), client.closed) == (b"still talking", False)


def test_the_protocol_that_was_agreed_on(tmp_path):
    client = TlsEnd(client_context(alpn=("h2", "x")), server=False, server_name="localhost")
    server = TlsEnd(server_context(tmp_path, alpn=("x",)), server=True)
    joined(client, server)
    assert client.alpn == server.alpn == "x"
    assert handshake()[0].alpn == ""


def test_a_handshake_goes_on_as_bytes_come(tmp_path):
    client = TlsEnd(client_context(), server=False, server_name="localhost")
    server = TlsEnd(server_context(tmp_path), server=True)
    assert not client.handshake()
    for byte in client.output():
        assert not server.handshake()
        server.feed(bytes([byte]))
    assert not server.handshake()
    assert server.output()


def test_what_breaks_off_says_why(tmp_path):
    server = TlsEnd(server_context(tmp_path), server=True)
    server.feed(b"GET / HTTP/1.1\r\n\r\n")
    with pytest.raises(TlsError, match="http request"):
        server.handshake()
    client = TlsEnd(client_context(), server=False, server_name="other.test")
    server = TlsEnd(server_context(tmp_path), server=True)
    client.handshake()
    server.feed(client.output())
    server.handshake()
    client.feed(server.output())
    with pytest.raises(TlsError, match="certificate is not accepted: Hostname mismatch"):
        client.handshake()
    server.feed(client.output())
    with pytest.raises(TlsError, match="does not accept the certificate"):
        server.handshake()


def test_garbage_after_the_handshake():
    client, server = handshake()
    client.write(b"last")
    server.feed(client.output() + b"\x17\x03\x03\x00\x20" + bytes(32))
    assert server.read() == b"last"
    with pytest.raises(TlsError):
        server.read()


@pytest.mark.parametrize("name", [".x", "a" * 300])
def test_names_that_cannot_be(name):
    with pytest.raises(TlsError):
        TlsEnd(client_context(), server=False, server_name=name)
