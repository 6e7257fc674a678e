"""What every transport keeps, whatever it is made of: a server that gives back what it gets is talked to over each."""

import contextlib
import select
import socket
import threading
from collections.abc import Iterator

import pytest

from fuzzers.targets.links.carried import CarriedDialer
from fuzzers.targets.links.link import Dialer, Link
from fuzzers.targets.links.tcp import TcpDialer
from fuzzers.targets.links.tls import TlsDialer, TlsFacts
from fuzzers.targets.links.udp import UdpDialer
from support.answering import heard, secured
from support.certificates import certified
from support.quic_servers import quic_server
from support.waiting import until
from workbench.api import Endpoint, StreamData
from workbench_quic.carrier.client import QuicClient

SAID = bytes(StreamData(0, b"hello"))
"""A frame over QUIC, any bytes over the others."""

Transport = tuple[Dialer, Endpoint]


def give_back(connection: socket.socket) -> None:
    while data := connection.recv(100):
        connection.sendall(data)


@contextlib.contextmanager
def tcp() -> Iterator[Transport]:
    def serve() -> None:
        while True:
            connection = listener.accept()[0]
            with connection, contextlib.suppress(OSError):
                if over.is_set():
                    return
                give_back(connection)

    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield TcpDialer(), Endpoint(*listener.getsockname())
        over.set()
        socket.create_connection(listener.getsockname()).close()
        thread.join(10)


@contextlib.contextmanager
def udp() -> Iterator[Transport]:
    def serve() -> None:
        while True:
            data, peer = server.recvfrom(100)
            if data == b"over":
                return
            server.sendto(data, peer)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=serve)
        thread.start()
        yield UdpDialer(), Endpoint(*server.getsockname())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"over", server.getsockname())
        thread.join(10)


@pytest.fixture(scope="module", params=["tcp", "tls", "udp", "quic"])
def transport(request, tmp_path_factory) -> Iterator[Transport]:
    folder = tmp_path_factory.mktemp(request.param)
    with contextlib.ExitStack() as stack:
        if request.param == "tls":
            yield TlsDialer(TlsFacts(verify=False)), stack.enter_context(secured(give_back, certified(folder)[1]))
        elif request.param == "quic":
            place = stack.enter_context(quic_server(folder))
            yield CarriedDialer(QuicClient, TlsFacts(alpn=("echo",), verify=False)), place.endpoint
        else:
            yield stack.enter_context({"tcp": tcp, "udp": udp}[request.param]())


@pytest.fixture
def link(transport) -> Iterator[Link]:
    dialer, endpoint = transport
    made = dialer.dial(endpoint)
    yield made
    made.close()
    made.close()


def test_somebody_is_there(transport):
    dialer, endpoint = transport
    assert dialer.is_there(endpoint, 1.0)


def test_what_is_said_comes_back_and_nothing_waits(link):
    with pytest.raises(BlockingIOError):
        link.receive()  # what a transport says for itself is nothing for us
    assert not link.waiting
    for _ in range(3):
        assert link.send(memoryview(SAID)) == len(SAID)
        assert select.select([link], [], [], 10)[0]
        assert heard(link, len(SAID)) == SAID
        until(link.at_rest)


def test_a_connection_may_be_broken_off_at_any_time(transport):
    dialer, endpoint = transport
    for said in (b"", SAID):
        link = dialer.dial(endpoint)
        link.send(memoryview(said))
        link.reset()
        link.close()
    last = dialer.dial(endpoint)
    last.finish()
    last.close()
