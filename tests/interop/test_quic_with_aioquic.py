"""aioquic's client, as its authors use it (asyncio, sockets), against our server: every way into a connection, and what happens to one."""

import asyncio
import socket
from contextlib import asynccontextmanager

import pytest
from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import DatagramFrameReceived
from aioquic.quic.packet import QuicProtocolVersion
from aioquic.tls import Epoch

from support.quic_servers import quic_server
from workbench.api import ServerOptions
from workbench.serving import ServingLimits

V1, V2 = QuicProtocolVersion.VERSION_1, QuicProtocolVersion.VERSION_2
PAGE = b"Hello from the workbench.\n"


class Client(QuicConnectionProtocol):
    """Remembers datagrams."""

    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        self.datagrams = asyncio.Queue()

    def quic_event_received(self, event):
        super().quic_event_received(event)
        if isinstance(event, DatagramFrameReceived):
            self.datagrams.put_nowait(event.data)

    async def get(self, path):
        reader, writer = await self.create_stream()
        writer.write(b"GET " + path.encode() + b"\r\n")
        writer.write_eof()
        return await reader.read()


@asynccontextmanager
async def client(place, *, host="localhost", alpn="hq-interop", wait_connected=True, tickets=None, **settings):
    configuration = QuicConfiguration(
        is_client=True, alpn_protocols=[alpn], cafile=str(place.authority), server_name=host, **settings
    )
    async with connect(
        place.endpoint.host,
        place.endpoint.port,
        configuration=configuration,
        create_protocol=Client,
        session_ticket_handler=None if tickets is None else tickets.append,
        wait_connected=wait_connected,
    ) as protocol:
        yield protocol


def play(scene):
    return asyncio.run(asyncio.wait_for(scene(), 30))


def test_pages(tmp_path):
    async def scene():
        async with client(place) as peer:
            pages = await asyncio.gather(*(peer.get(path) for path in ("/hello.txt", "/health", "/bytes/300000")))
            assert [len(page) for page in pages] == [26, 3, 300_000]
            assert pages[0] == PAGE

    with quic_server(tmp_path) as place:
        play(scene)
    (handshake,) = place.secured
    assert (handshake.version, handshake.alpn, handshake.server_name) == ("QUIC v1", "hq-interop", "localhost")


def test_echo_of_streams_and_datagrams(tmp_path):
    async def scene():
        async with client(place, alpn="echo", max_datagram_frame_size=65_536) as peer:
            reader, writer = await peer.create_stream()
            writer.write(b"x" * 200_000)
            writer.write_eof()
            assert await reader.read() == b"x" * 200_000
            peer._quic.send_datagram_frame(b"unreliable")
            peer.transmit()
            assert await peer.datagrams.get() == b"unreliable"

    with quic_server(tmp_path) as place:
        play(scene)


def test_retry(tmp_path):
    async def scene():
        async with client(place) as peer:
            assert await peer.get("/hello.txt") == PAGE
            assert peer._quic._retry_count == 1

    with quic_server(tmp_path, retry="yes") as place:
        play(scene)


@pytest.mark.parametrize(
    ("ours", "theirs", "original", "agreed"),
    [
        ("v1,v2", [V2], None, "QUIC v2"),
        ("v1,v2", [V2, V1], V1, "QUIC v2"),  # compatible negotiation (RFC 9368 2.3): it begins in version 1
        ("v1", [V2, V1], None, "QUIC v1"),  # Version Negotiation
        ("v2", [V1, V2], None, "QUIC v2"),
        ("v1,v2", [0x1A2A3A4A, V1], None, "QUIC v1"),
    ],
)
def test_versions(tmp_path, ours, theirs, original, agreed):
    async def scene():
        async with client(place, supported_versions=theirs, original_version=original) as peer:
            assert await peer.get("/hello.txt") == PAGE

    with quic_server(tmp_path, versions=ours) as place:
        play(scene)
    assert [handshake.version for handshake in place.secured] == [agreed]


def test_a_session_taken_up_with_early_data(tmp_path):
    async def scene():
        tickets = []
        async with client(place, tickets=tickets) as peer:
            await peer.get("/hello.txt")
        async with client(place, session_ticket=tickets[0], wait_connected=False) as peer:
            assert await peer.get("/hello.txt") == PAGE
            assert peer._quic.tls.early_data_accepted
        async with client(place, session_ticket=tickets[0], wait_connected=False) as peer:
            assert await peer.get("/hello.txt") == PAGE
            assert not peer._quic.tls.session_resumed, "a ticket is good once"

    with quic_server(tmp_path) as place:
        play(scene)
    assert [(each.resumed, each.early) for each in place.secured] == [(False, False), (True, True), (False, False)]


def test_keys_changed_by_both(tmp_path):
    async def scene():
        async with client(place) as peer:
            phases = set()
            for number in range(40):
                if number in (10, 20):
                    peer._quic.request_key_update()
                assert await peer.get("/hello.txt") == PAGE
                phases.add(peer._quic._cryptos[Epoch.ONE_RTT].recv.key_phase)
            assert phases == {0, 1}

    with quic_server(tmp_path, key_update="30") as place:
        play(scene)
    assert place.told("keys")


def test_a_client_that_moves(tmp_path):
    """Another socket in the middle of a connection; then another with another connection ID."""

    async def scene():
        async with client(place) as peer:
            for changes_id in (False, True):
                old = peer._transport
                sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
                sock.bind(("::", 0, 0, 0))
                await asyncio.get_running_loop().create_datagram_endpoint(lambda: peer, sock=sock)
                if changes_id:
                    peer.change_connection_id()
                assert await peer.get("/bytes/50000")
                old.close()
            moved = peer._transport
        moved.close()
        await asyncio.sleep(0)  # one turn, in which asyncio gives the sockets back

    with quic_server(tmp_path) as place:
        play(scene)
    assert len(place.told("moved")) == 2
    assert len(place.secured) == 1


def test_a_slow_reader_gets_everything_in_the_end(tmp_path):
    async def scene():
        async with client(place, max_data=70_000, max_stream_data=70_000) as peer:
            assert len(await peer.get("/bytes/3000000")) == 3_000_000

    with quic_server(tmp_path, limits=ServingLimits(buffered=64 * 1024)) as place:
        play(scene)


def test_no_such_application(tmp_path):
    async def scene():
        with pytest.raises(ConnectionError):
            async with client(place, alpn="nobody-speaks-this"):
                pass

    with quic_server(tmp_path) as place:
        play(scene)
    assert not place.secured


def test_a_shutdown_is_said(tmp_path):
    async def scene():
        async with client(place) as peer:
            assert await peer.get("/hello.txt") == PAGE
            stack.close()
            await peer.wait_closed()

    from contextlib import ExitStack

    with ExitStack() as stack:
        place = stack.enter_context(quic_server(tmp_path))
        play(scene)


def test_silence_ends_it(tmp_path):
    async def scene():
        async with client(place) as peer:
            assert await peer.get("/hello.txt") == PAGE
            await peer.wait_closed()

    with quic_server(tmp_path, options=ServerOptions(idle_ns=500_000_000)) as place:
        play(scene)
