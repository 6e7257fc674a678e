import ssl

import pytest

from support.certificates import certified
from workbench.api import UsageError
from workbench.conformance.tls import TlsLayer, client_context


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return certified(tmp_path_factory.mktemp("tls"))


class Server:
    """The other end, in memory as well."""

    def __init__(self, certificate, alpn=()):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        if alpn:
            context.set_alpn_protocols(alpn)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.object = context.wrap_bio(self.incoming, self.outgoing, server_side=True)


def joined(files, *, verify=True, alpn=()):
    """A client's layer and a server whose handshake is done."""
    ca, own = files
    layer = TlsLayer(client_context(tuple(alpn), ca if verify else None, verify=verify), "127.0.0.1")
    server = Server(own, alpn)
    for _ in range(4):
        done = layer.shake_hands()
        server.incoming.write(layer.to_wire())
        try:
            server.object.do_handshake()
        except ssl.SSLWantReadError:
            done = False
        layer.from_wire(server.outgoing.read() or b"") if server.outgoing.pending else None
        if done:
            break
    return layer, server


def test_bytes_go_both_ways(files):
    layer, server = joined(files, alpn=["toy/1"])
    layer.write(b"hello")
    server.incoming.write(layer.to_wire())
    assert server.object.read(100) == b"hello"
    assert server.object.selected_alpn_protocol() == "toy/1"
    server.object.write(b"world")
    layer.from_wire(server.outgoing.read())
    assert layer.read() == b"world"
    assert not layer.ended


def test_the_end_is_said(files):
    layer, server = joined(files, verify=False)
    server.object.write(b"last")
    with pytest.raises(ssl.SSLWantReadError):
        server.object.unwrap()
    layer.from_wire(server.outgoing.read())
    assert layer.read() == b"last"
    assert layer.ended
    layer.close()
    layer.write(b"too late")


def test_an_end_in_the_middle_is_an_end(files):
    layer, _ = joined(files, verify=False)
    layer.from_wire(b"")
    assert layer.read() == b""
    assert layer.ended


def test_strangers_are_not_believed(files, tmp_path):
    other, _ = certified(tmp_path)
    layer = TlsLayer(client_context((), other, verify=True), "127.0.0.1")
    server = Server(files[1])
    layer.shake_hands()
    server.incoming.write(layer.to_wire())
    with pytest.raises(ssl.SSLWantReadError):
        server.object.do_handshake()
    layer.from_wire(server.outgoing.read())
    with pytest.raises(ssl.SSLCertVerificationError):
        layer.shake_hands()


def test_a_file_without_certificates(tmp_path):
    path = tmp_path / "empty.pem"
    path.write_text("nothing\n")
    with pytest.raises(UsageError, match="no certificates can be read there"):
        client_context((), path, verify=True)
