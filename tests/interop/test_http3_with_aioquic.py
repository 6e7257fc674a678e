"""aioquic's HTTP/3 client against the server: requests side by side, content, trailers, WebSockets, datagrams, farewells."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import FrameType, H3Connection, encode_frame
from aioquic.h3.events import DatagramReceived, DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ConnectionTerminated, StreamReset

from support.quic_servers import quic_server


class Client(QuicConnectionProtocol):
    """Keeps what comes, by stream; `over` is the end of the connection."""

    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        self.http = H3Connection(self._quic, enable_webtransport=True)
        self.came = {}
        self.datagrams = []
        self.over = None
        self._news = asyncio.Event()

    def quic_event_received(self, event):
        if isinstance(event, ConnectionTerminated):
            self.over = event
        if isinstance(event, StreamReset):
            self.came.setdefault(event.stream_id, []).append(event)
        for found in self.http.handle_event(event):
            if isinstance(found, DatagramReceived):
                self.datagrams.append((found.stream_id, found.data))
            else:
                self.came.setdefault(found.stream_id, []).append(found)
        self._news.set()

    async def until(self, condition):
        while not condition():
            self._news.clear()
            await self._news.wait()

    def ask(self, method, path, *fields, content=None, end=True, protocol=None):
        stream = self._quic.get_next_available_stream_id()
        head = [(b":method", method), *([(b":protocol", protocol)] if protocol else [])]
        head += [(b":scheme", b"https"), (b":authority", b"localhost"), (b":path", path.encode()), *fields]
        self.http.send_headers(stream, head, end_stream=end and content is None)
        if content is not None:
            self.http.send_data(stream, content, end_stream=end)
        self.transmit()
        return stream

    async def answer(self, stream):
        """Header sections, content, reset code."""
        await self.until(lambda: any(ends(event) for event in self.came.get(stream, ())))
        events = self.came.pop(stream)
        heads = [event.headers for event in events if isinstance(event, HeadersReceived)]
        codes = [event.error_code for event in events if isinstance(event, StreamReset)]
        return heads, b"".join(event.data for event in events if isinstance(event, DataReceived)), codes


def ends(event) -> bool:
    return isinstance(event, StreamReset) or event.stream_ended


@asynccontextmanager
async def client(place):
    configuration = QuicConfiguration(
        is_client=True,
        alpn_protocols=["h3"],
        cafile=str(place.authority),
        server_name="localhost",
        max_datagram_frame_size=65_536,
    )
    endpoint = place.endpoint
    async with connect(endpoint.host, endpoint.port, configuration=configuration, create_protocol=Client) as protocol:
        yield protocol


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with quic_server(tmp_path_factory.mktemp("certificates")) as found:
        yield found


def play(place, scene):
    async def whole():
        async with client(place) as peer:
            await scene(peer)

    asyncio.run(asyncio.wait_for(whole(), 30))


def test_requests_side_by_side(place):
    async def scene(peer):
        streams = [peer.ask(b"GET", f"/bytes/{10_000 * number}") for number in range(1, 11)]
        answers = await asyncio.gather(*map(peer.answer, streams))
        assert [len(content) for _, content, _ in answers] == [10_000 * number for number in range(1, 11)]
        assert all((b":status", b"200") in heads[0] for heads, _, _ in answers)

    play(place, scene)


def test_the_table_is_used(place):
    """aioquic's encoder fills our table as soon as it knows our settings; the server reads and acknowledges."""

    async def scene(peer):
        for _ in range(20):
            _, content, _ = await peer.answer(peer.ask(b"GET", "/hello.txt", (b"x-long", b"v" * 200), (b"cookie", b"a=b")))
            assert content == b"Hello from the workbench.\n"
        assert peer.http._encoder_bytes_sent > 100, "insertions"
        assert peer.http._decoder_bytes_received > 10, "acknowledgments"

    play(place, scene)


def test_content_and_trailers(place):
    async def scene(peer):
        content = bytes(range(256)) * 1000
        _, echo, _ = await peer.answer(peer.ask(b"POST", "/echo", content=content))
        assert echo == content
        heads, _, _ = await peer.answer(peer.ask(b"GET", "/stream?parts=3", (b"te", b"trailers")))
        assert heads[-1] == [(b"x-parts", b"3")]
        stream = peer.ask(b"POST", "/echo", content=b"test", end=False)
        peer.http.send_headers(stream, [(b"x-checksum", b"1")], end_stream=True)
        peer.transmit()
        assert (await peer.answer(stream))[1] == b"test"

    play(place, scene)


def test_waiting_for_100(place):
    async def scene(peer):
        stream = peer.ask(b"POST", "/echo", (b"expect", b"100-continue"), end=False)
        await peer.until(lambda: bool(peer.came.get(stream)))
        assert peer.came[stream][0].headers == [(b":status", b"100")]
        peer.http.send_data(stream, b"go on", end_stream=True)
        peer.transmit()
        heads, content, _ = await peer.answer(stream)
        assert ((b":status", b"200") in heads[1], content) == (True, b"go on")

    play(place, scene)


def test_a_websocket(place):
    async def scene(peer):
        stream = peer.ask(b"CONNECT", "/ws", (b"sec-websocket-version", b"13"), end=False, protocol=b"websocket")
        peer.http.send_data(stream, b"\x81\x82\0\0\0\0hi", end_stream=False)
        peer.transmit()
        await peer.until(lambda: sum(len(event.data) for event in peer.came.get(stream, ())[1:]) >= 4)
        peer.http.send_data(stream, b"\x88\x82\0\0\0\0\x03\xe8", end_stream=True)
        peer.transmit()
        _, content, codes = await peer.answer(stream)
        assert (content, codes) == (b"\x81\x02hi\x88\x02\x03\xe8", [])

    play(place, scene)


def test_datagrams(place):
    async def scene(peer):
        stream = peer.ask(b"CONNECT", "/.well-known/masque/udp/localhost/7/", end=False, protocol=b"connect-udp")
        await peer.until(lambda: bool(peer.came.get(stream)))
        peer.http.send_datagram(stream, b"\0is there anybody?")
        peer.transmit()
        await peer.until(lambda: bool(peer.datagrams))
        assert peer.datagrams == [(stream, b"\0is there anybody?")]

    play(place, scene)


def test_a_cancelled_download(place):
    async def scene(peer):
        stream = peer.ask(b"GET", "/bytes/50000000")
        await peer.until(lambda: len(peer.came.get(stream, ())) > 3)
        peer._quic.stop_stream(stream, 0x10C)
        peer.transmit()
        *_, codes = await peer.answer(stream)
        assert len(codes) == 1
        assert (await peer.answer(peer.ask(b"GET", "/health")))[1] == b"ok\n"

    play(place, scene)


def test_mistakes_have_the_code_of_the_rfc(place):
    async def scene(peer):
        stream = peer.ask(b"GET", "/", (b"connection", b"close"))
        *_, codes = await peer.answer(stream)
        assert codes == [0x10E]
        peer._quic.send_stream_data(peer._quic.get_next_available_stream_id(), encode_frame(FrameType.SETTINGS, b""))
        peer.transmit()
        await peer.until(lambda: peer.over is not None)
        assert peer.over.error_code == 0x105
        assert "frame 0x4" in peer.over.reason_phrase

    play(place, scene)
