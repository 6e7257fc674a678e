"""QUIC through the tap's own keys: aioquic, curl's lineage, gtlsclient and Chromium do not notice; tshark reads the file decrypted."""

import asyncio
import subprocess

import pytest
from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import (
    DatagramFrameReceived,
    StreamDataReceived,
)

from support.browsers import dom, spki_of
from support.certificates import certificates
from support.quic_servers import quic_server
from support.shared import tool
from support.tapping import ANY, complaints, fields, ours, tapped, trusting
from support.waiting import until
from workbench.api import Endpoint
from workbench.tapping import quic
from workbench_quic import PROTOCOL

APPLICATIONS = ("h3", "hq-interop", "echo", "unheard-of")


@pytest.fixture(scope="module")
def trust(tmp_path_factory):
    return trusting(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def place(tmp_path_factory, trust):
    with quic_server(tmp_path_factory.mktemp("server")) as found:
        yield found


@pytest.fixture
def way(trust, place):
    to = Endpoint("localhost", place.endpoint.port)
    return quic(ANY, to, PROTOCOL.carrier, APPLICATIONS, *trust)


def test_curls_lineage(tmp_path, trust, way):
    requests = pytest.importorskip("curl_cffi.requests", reason="curl_cffi is not installed")
    path, content = tmp_path / "t.pcapng", bytes(range(256)) * 2000
    with tapped(way, path) as (tap, troubles):
        base = f"https://localhost:{tap.endpoint.port}"
        with requests.Session(http_version="v3only", verify=str(trust[0].authority), timeout=20) as session:
            assert session.get(f"{base}/hello.txt").content == b"Hello from the workbench.\n"
            assert len(session.get(f"{base}/bytes/500000").content) == 500_000
            assert session.post(f"{base}/echo", data=content).content == content
        until(lambda: tap.counters.open == 0)
    assert troubles == []
    assert tap.counters.opened == tap.counters.connections == 1
    assert complaints(path) == ""
    assert len(fields(path, "http3.frame_type == 1", "http3.frame_type")) >= 6
    assert {"quic", "http3"} <= set(ours(path))


def test_gtlsclient(tmp_path, way):
    path = tmp_path / "t.pcapng"
    with tapped(way, path) as (tap, troubles):
        port = str(tap.endpoint.port)
        command = [tool("gtlsclient"), "--exit-on-all-streams-close", f"--download={tmp_path}", "127.0.0.1", port]
        subprocess.run([*command, f"https://localhost:{port}/bytes/300000"], capture_output=True, timeout=60, check=True)
        until(lambda: tap.counters.open == 0)
    assert len((tmp_path / "300000").read_bytes()) == 300_000
    assert troubles == []
    assert complaints(path) == ""


PAGE = """<!doctype html><body>waiting<script>
(async () => {
  const sizes = await Promise.all(["/bytes/200000", "/data.json", "/missing"].map(async path => {
    const response = await fetch(path);
    return [response.status, (await response.arrayBuffer()).byteLength].join(" ");
  }));
  document.body.textContent = sizes.join(", ");
})();
</script>"""


def test_chromium(tmp_path, trust, place, way):
    from workbench_http3.workload_client import Client

    path = tmp_path / "t.pcapng"
    with Client(place.endpoint) as client:
        client.send("PUT", "/store/page", PAGE.encode(), (("content-type", "text/html"),))
    with tapped(way, path) as (tap, _):
        origin = str(tap.endpoint)
        words = [
            "--enable-quic",
            f"--origin-to-force-quic-on={origin}",
            f"--ignore-certificate-errors-spki-list={spki_of(trust[0].authority)}",
        ]
        found = dom(tmp_path / "profile", f"https://{origin}/store/page", *words)
    assert "200 200000, 200 2244, 404 26" in found
    assert complaints(path) == ""
    assert len(fields(path, "http3.frame_type == 1", "frame.number")) >= 4


class Peer(QuicConnectionProtocol):
    """Keeps what comes."""

    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        self.events = []
        self._news = asyncio.Event()

    def quic_event_received(self, event):
        self.events.append(event)
        self._news.set()

    async def comes(self, kind):
        while not any(isinstance(event, kind) for event in self.events):
            self._news.clear()
            await self._news.wait()
        return [event for event in self.events if isinstance(event, kind)]


def play(trust, endpoint, alpn, scene):
    configuration = QuicConfiguration(
        is_client=True,
        alpn_protocols=alpn,
        cafile=str(trust[0].authority),
        server_name="localhost",
        max_datagram_frame_size=65_536,
    )

    async def whole():
        async with connect(endpoint.host, endpoint.port, configuration=configuration, create_protocol=Peer) as peer:
            await scene(peer)

    asyncio.run(asyncio.wait_for(whole(), 30))


def test_streams_resets_and_datagrams_of_aioquic(tmp_path, trust, way):
    path = tmp_path / "t.pcapng"

    async def scene(peer):
        quic_side = peer._quic
        quic_side.send_datagram_frame(b"outside of streams")
        peer.transmit()
        assert [event.data for event in await peer.comes(DatagramFrameReceived)] == [b"outside of streams"]
        quic_side.send_stream_data(0, b"x" * 300_000, end_stream=True)
        quic_side.send_stream_data(4, b"then given up")
        peer.transmit()
        await peer.comes(StreamDataReceived)
        quic_side.reset_stream(4, 77)
        peer.transmit()
        while (
            sum(len(event.data) for event in peer.events if isinstance(event, StreamDataReceived) and event.stream_id == 0)
            < 300_000
        ):
            peer._news.clear()
            await peer._news.wait()

    with tapped(way, path) as (tap, troubles):
        play(trust, tap.endpoint, ["echo"], scene)
        until(lambda: tap.counters.open == 0)
    assert troubles == []
    assert complaints(path) == ""
    assert len(fields(path, "quic.frame_type == 0x30 or quic.frame_type == 0x31", "frame.number")) >= 2
    assert fields(path, "quic.rsts.application_error_code", "quic.rsts.application_error_code")[0] == ["77"]


@pytest.mark.parametrize(
    ("offered", "chosen"), [(["h3", "hq-interop"], "h3"), (["hq-interop", "foreign"], "hq-interop"), (["echo"], "echo")]
)
def test_what_the_target_speaks_is_what_clients_are_offered(tmp_path, trust, place, way, offered, chosen):
    async def scene(peer):
        assert peer._quic.tls.alpn_negotiated == chosen
        while not place.secured or place.secured[-1].alpn != chosen:
            await asyncio.sleep(0.002)

    with tapped(way, tmp_path / "t.pcapng") as (tap, _):
        play(trust, tap.endpoint, offered, scene)


def test_a_protocol_that_the_target_does_not_speak(tmp_path, trust, way):
    async def scene(peer):
        raise AssertionError("nobody connects")

    with tapped(way, tmp_path / "t.pcapng") as (tap, troubles), pytest.raises(ConnectionError):
        play(trust, tap.endpoint, ["unheard-of"], scene)
    assert troubles[0][1].startswith("QUIC with the client: ")


def test_a_target_that_is_not_there(tmp_path, trust):
    with tapped(quic(ANY, Endpoint("localhost", 9), PROTOCOL.carrier, ("h3",), *trust), tmp_path / "t.pcapng") as (tap, troubles):
        requests = pytest.importorskip("curl_cffi.requests", reason="curl_cffi is not installed")
        with pytest.raises(requests.RequestsError):
            requests.get(f"https://localhost:{tap.endpoint.port}/", http_version="v3only", verify=False, timeout=2)
        until(lambda: troubles)
    assert troubles[0] == ("localhost:9", "nobody listens there")


def test_a_target_of_unknown_authority(tmp_path, trust, place):
    to = Endpoint("localhost", place.endpoint.port)
    way = quic(ANY, to, PROTOCOL.carrier, ("h3",), certificates(tmp_path / "c"))
    requests = pytest.importorskip("curl_cffi.requests", reason="curl_cffi is not installed")
    with tapped(way, tmp_path / "t.pcapng") as (tap, troubles):
        with pytest.raises(requests.RequestsError):
            requests.get(f"https://localhost:{tap.endpoint.port}/", http_version="v3only", verify=False, timeout=2)
        until(lambda: troubles)
    assert "certificate" in troubles[0][1]
