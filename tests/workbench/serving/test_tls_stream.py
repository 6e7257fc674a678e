"""TLS between two ends of a socket pair, both turned by the test: needs, sessions, ends."""

import contextlib
import socket
import ssl

import pytest

from support.certificates import certificates, tls
from workbench.serving.streams import NOTHING, READ, WRITE, HandshakeError
from workbench.serving.tls import Contexts
from workbench.serving.tls_stream import TlsStream


class Client:
    """The other end, in memory: `turn` moves its bytes over the socket."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext, **more) -> None:
        self.sock = sock
        self.sock.setblocking(False)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost", **more)

    def turn(self) -> None:
        if self.outgoing.pending:
            self.sock.sendall(self.outgoing.read())
        with contextlib.suppress(BlockingIOError):
            data = self.sock.recv(1 << 20)
            self.incoming.write(data) if data else self.incoming.write_eof()

    def shake(self) -> bool:
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            self.turn()
            return False
        self.turn()
        return True


@pytest.fixture
def folder(tmp_path):
    return certificates(tmp_path)


@pytest.fixture
def pair(folder):
    """A function that gives a stream and its client, handshake still to come."""
    with contextlib.ExitStack() as stack:

        def make(name: str = "", **more) -> tuple[TlsStream, Client]:
            ours, theirs = socket.socketpair()
            stack.callback(theirs.close)
            context = ssl.create_default_context(cafile=folder.authority)
            context.maximum_version = more.pop("maximum", ssl.TLSVersion.TLSv1_3)
            context.set_alpn_protocols(["one", "two"])
            if name:
                context.load_cert_chain(folder.path / f"{name}.pem", folder.path / f"{name}-key.pem")
            stream = TlsStream(Contexts(tls(folder, **more)).wrap(ours))
            stack.callback(stream.close)
            return stream, Client(theirs, context)

        yield make


def established(stream: TlsStream, client: Client) -> None:
    done = False
    for _ in range(10):
        done = client.shake() and done
        done = stream.establish()
        if done and client.shake():
            return
    raise AssertionError("no handshake")


def test_what_was_agreed_on(pair):
    stream, client = pair(alpn=("two",))
    assert (stream.needs, stream.session) == (READ, None)
    assert not stream.establish()
    established(stream, client)
    assert stream.needs == NOTHING
    session = stream.session
    assert (session.version, session.alpn, session.server_name, session.resumed, session.client) == (
        "TLSv1.3",
        "two",
        "localhost",
        False,
        "",
    )


def test_bytes_both_ways_and_the_end(pair):
    stream, client = pair()
    established(stream, client)
    assert stream.receive(100) is None
    client.tls.write(b"hello")
    client.turn()
    assert stream.receive(100) == b"hello"
    assert stream.send(bytearray(b"x" * 40_000)) == 40_000  # three records
    client.turn()
    got = b""
    while len(got) < 40_000:
        got += client.tls.read(1 << 16)
    assert got == b"x" * 40_000
    assert stream.end()
    assert stream.end()
    client.turn()
    assert client.tls.read(10) == b""  # close_notify came; without it there would be an error
    client.turn()
    client.sock.close()
    while (rest := stream.waste(1000)) != b"":
        assert rest is not None


def test_what_the_socket_does_not_take_waits(pair):
    stream, client = pair()
    established(stream, client)
    waiting = bytearray(b"y" * 8_000_000)
    taken = stream.send(waiting)
    assert 0 < taken < len(waiting)
    del waiting[:taken]
    got = 0
    while waiting or got < 8_000_000:
        client.turn()
        with contextlib.suppress(ssl.SSLWantReadError):
            while True:
                got += len(client.tls.read(1 << 16))
        taken = stream.send(waiting)
        del waiting[:taken]
    assert got == 8_000_000


def test_an_end_that_has_no_room_needs_to_write(pair):
    stream, client = pair()
    established(stream, client)
    while stream.send(bytearray(1 << 16)):
        pass
    assert not stream.end()
    assert stream.needs == WRITE


def test_an_end_without_close_notify_is_an_end(pair):
    stream, client = pair()
    established(stream, client)
    client.sock.shutdown(socket.SHUT_WR)
    assert stream.receive(10) == b""


def test_the_clients_certificate(pair, folder):
    stream, client = pair("client-alice", client_authority=folder.authority)
    established(stream, client)
    assert stream.session.client == "alice"


@pytest.mark.parametrize("maximum", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(
    ("name", "reason"), [("", "certificate"), ("client-stranger", "the client's certificate was not accepted")]
)
def test_clients_without_a_proper_certificate(pair, folder, name, reason, maximum):
    stream, client = pair(name, client_authority=folder.authority, maximum=maximum)
    with pytest.raises(HandshakeError, match=reason):
        established(stream, client)
    assert stream.end()  # nothing to say, but the alert must get through


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x05hello", b"\x00" * 100])
def test_garbage(pair, garbage):
    stream, client = pair()
    client.sock.sendall(garbage)
    with pytest.raises(HandshakeError):
        stream.establish()


@pytest.mark.parametrize(("said", "reason"), [(False, "the peer hung up"), (True, "Broken pipe")])
def test_a_peer_that_goes_away(pair, said, reason):
    stream, client = pair()
    if said:
        client.shake()
    client.sock.close()
    with pytest.raises(HandshakeError, match=reason):
        stream.establish()
