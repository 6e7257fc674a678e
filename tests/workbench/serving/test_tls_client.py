import ssl

import pytest

from support.certificates import certified
from workbench.api import UsageError
from workbench.serving.tls_client import TlsLayer, client_context


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return certified(tmp_path_factory.mktemp("tls"))


class Server:
    """The other end, in memory as well."""

    def __init__(self, certificate, alpn=(), newest=ssl.TLSVersion.TLSv1_3):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.maximum_version = newest
        self.context.load_cert_chain(certificate)
        if alpn:
            self.context.set_alpn_protocols(alpn)
        self.again()

    def again(self):
        """The same server for a fresh connection."""
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.object = self.context.wrap_bio(self.incoming, self.outgoing, server_side=True)
        return self


def joined(files, *, verify=True, alpn=(), session=None, server=None):
    """A client's layer and a server whose handshake is done."""
    ca, own = files
    layer = TlsLayer(client_context(tuple(alpn), ca if verify else None, verify=verify), "127.0.0.1", session)
    server = server or Server(own, alpn)
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


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_sessions_go_on(files, newest):
    layer, server = joined(files, server=Server(files[1], newest=newest))
    assert not layer.resumed
    server.object.write(b"hello")
    layer.from_wire(server.outgoing.read())
    assert layer.waiting
    assert layer.read() == b"hello"
    assert not layer.waiting
    layer, server = joined(files, session=layer.session, server=server.again())
    assert layer.resumed


def test_no_session_before_there_is_one(files):
    layer, _ = joined(files)
    assert layer.session is None


def test_secrets_go_where_somebody_asked_for_them(files, tmp_path):
    keylog = tmp_path / "keys"
    layer = TlsLayer(client_context((), None, verify=False, keylog=str(keylog)), "127.0.0.1")
    server = Server(files[1])
    layer.shake_hands()
    server.incoming.write(layer.to_wire())
    with pytest.raises(ssl.SSLWantReadError):
        server.object.do_handshake()
    layer.from_wire(server.outgoing.read())
    assert layer.shake_hands()
    assert "CLIENT_TRAFFIC_SECRET_0 " in keylog.read_text()
