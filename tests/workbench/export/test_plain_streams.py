import pytest

from captures.capture import open_capture
from captures.follow import follow
from support.messages import message
from support.pcap import CLIENT, SERVER, tcp_frames, udp_frames, write_pcap
from workbench.api import Direction, Endpoint
from workbench.export.plain_streams import PlainStreams
from workbench.export.spool import Spool

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
TLS = ("tls",)


@pytest.fixture
def made(tmp_path):
    """What becomes of messages: the conversations in a capture of the frames, and what is said about them."""

    def make(*messages, port=443, transport="tcp", other=()):
        server = Endpoint(SERVER.host, port)
        frames = (
            tcp_frames([(UP, b"x")] * 8, server=server) if transport == "tcp" else udp_frames([(UP, b"x")] * 9, server=server)
        )
        with open_capture(write_pcap(tmp_path / "in.pcap", [*frames, *other])) as capture, Spool() as spool:
            capture.grow()
            streams = PlainStreams(capture.index, spool)
            streams.collect(messages, {("tcp", 0), ("udp", 0), ("tcp", 1)})
            found = [pair for packet in range(1, len(capture.index) + 1) for pair in streams.frames(packet)]
            for stream in streams.streams:
                found += streams.end(stream)
        write_pcap(tmp_path / "out.pcap", [frame for frame, _ in found])
        with open_capture(tmp_path / "out.pcap") as capture:
            capture.grow()
            count = capture.index.stream_count("tcp")
            flows = [capture.index.flow("tcp", number) for number in range(count)]
            return flows, [follow(capture, "tcp", number) for number in range(count)], [said for _, said in found if said]

    return make


def test_what_tls_carried_is_a_connection(made):
    flows, talks, said = made(
        message(UP, b"ask", protocol="http1", packet=4, layer=TLS),
        message(UP, b"record", protocol="tls", packet=4),
        message(DOWN, b"answer", protocol="http1", packet=5, layer=TLS),
        message(UP, b"more", protocol="http1", packet=6, layer=TLS, start=3, end=7),
        message(UP, b"deeper", protocol="websocket", packet=6, layer=(*TLS, "http2 stream 1")),
    )
    assert [(flow.client, flow.server) for flow in flows] == [(CLIENT, Endpoint(SERVER.host, 80))]
    assert talks[0].data(UP) == b"askmore"
    assert talks[0].data(DOWN) == b"answer"
    assert said == ["tcp.stream 0, what was inside tls: http1"]


def test_lost_bytes_leave_a_hole(made):
    _, talks, _ = made(
        message(UP, b"one", packet=4, layer=TLS), message(UP, b"two", packet=6, layer=TLS, start=1000, end=1003), port=9000
    )
    assert [(chunk.data, chunk.gap) for chunk in talks[0].chunks if chunk.data] == [(b"one", 0), (b"two", 997)]


def test_each_stream_of_quic_is_a_connection(made):
    flows, talks, said = made(
        message(UP, b"one", packet=2, layer=("quic stream 0",)),
        message(UP, b"hello", packet=2, layer=("quic crypto initial",)),
        message(UP, b"two", packet=3, layer=("quic stream 4",)),
        message(DOWN, b"answer", packet=4, layer=("quic stream 0",)),
        transport="udp",
    )
    assert [(flow.client.port, flow.server.port) for flow in flows] == [(10_000, 4433), (10_001, 4433)]
    assert [talk.data(UP) for talk in talks] == [b"one", b"two"]
    assert talks[0].data(DOWN) == b"answer"
    assert said[1] == "udp.stream 0, what was inside quic stream 4: toy"


@pytest.mark.parametrize(
    ("protocol", "port", "plain"), [("http2", 8443, 80), ("dns-tcp", 853, 53), ("ftp", 443, 4433), ("smtp", 465, 465)]
)
def test_ports_say_what_is_spoken(made, protocol, port, plain):
    flows, _, _ = made(message(UP, protocol=protocol, packet=4, layer=TLS), port=port)
    assert flows[0].server.port == plain


def test_nobody_takes_the_ports_of_another(made):
    other = tcp_frames([(UP, b"x")], server=Endpoint(SERVER.host, 8443))
    flows, _, _ = made(
        message(UP, protocol="http1", packet=4, layer=TLS),
        message(UP, protocol="http1", packet=28, stream=1, layer=TLS),
        other=other,
    )
    assert [flow.server.port for flow in flows] == [80, 8443]


def test_other_streams_and_empty_messages_are_nothing(made):
    assert made(message(UP, packet=4, stream=9, layer=TLS), message(UP, b"", packet=4, layer=TLS), message(UP, packet=4)) == (
        [],
        [],
        [],
    )
