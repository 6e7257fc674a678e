import numpy as np
import pytest

from dissectors.decode_as import parse_decode_as
from dissectors.filters import parse_filter
from support.pcap import BEGIN_NS, CLIENT, SERVER, arp_frame, tcp_frames, udp_frames, write_pcap
from support.toy import TOY, toy_message
from workbench.api import Direction, Endpoint
from workbench.registry import Registry
from workbench.session import TOLD_EVERY, Session, counted

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
REGISTRY = Registry((TOY,))
PING, PONG = toy_message("ping", 1, b"hello"), toy_message("pong", 1, b"hello")


@pytest.fixture
def session(tmp_path):
    frames = [
        *tcp_frames([(UP, PING[:6]), (UP, PING[6:]), (DOWN, PONG)]),
        *tcp_frames([(UP, b"GET / of nobody\r\n")], client=Endpoint("10.0.0.3", 41_000)),
        *udp_frames([(UP, b"datagram")]),
        arp_frame(),
    ]
    with Session.open(write_pcap(tmp_path / "x.pcap", frames), REGISTRY) as opened:
        opened.grow()
        yield opened


def _carriers(session, direction: Direction, stream: int = 0) -> list[int]:
    index = session.capture.index
    wanted = (index.stream == stream) & (index.direction == direction) & (index.payload_length > 0) & (index.ip_protocol == 6)
    return (np.flatnonzero(wanted) + 1).tolist()


def test_it_grows_as_told(tmp_path):
    with Session.open(write_pcap(tmp_path / "x.pcap", tcp_frames([(UP, PING)])), REGISTRY) as session:
        assert len(session) == 0
        assert session.grow(2) == 2
        assert session.grow() == len(session) - 2
        assert session.grow() == 0
        assert session.row(1).time_ns == BEGIN_NS
        assert (session.row(1).source, session.row(1).protocol) == ("10.0.0.1", "TCP")


def test_messages_of_a_packet_are_those_it_carries_bytes_of(session):
    first, second = _carriers(session, UP)
    (answer,) = _carriers(session, DOWN)
    (message,) = session.messages_of(first)
    assert message.raw == PING
    assert message.packets == (first, second)
    assert message.packet == second
    assert session.messages_of(second) == (message,)
    assert [found.raw for found in session.messages_of(answer)] == [PONG]


def test_packets_without_payload_carry_nothing(session):
    assert session.messages_of(1) == ()
    assert session.messages_of(len(session)) == ()
    assert session.packet_stream(len(session)) is None
    assert session.packet_stream(1) == ("tcp", 0)
    assert session.packet_stream(len(session) - 1) == ("udp", 0)


def test_a_stream_as_bytes_and_messages(session):
    view = session.stream("tcp", 0)
    assert (view.flow.client, view.flow.server) == (CLIENT, SERVER)
    assert [message.raw for message in view.messages] == [PING, PONG]
    assert view.conversation.data(UP) == PING


def test_all_messages_with_and_without_a_filter(session):
    raws = [message.raw for message in session.messages()]
    assert set(raws) == {PING, PONG, b"GET / of nobody\r\n", b"datagram"}
    assert [message.raw for message in session.messages(parse_filter("toy", REGISTRY.specs))] == [PING, PONG]
    assert [message.raw for message in session.messages(parse_filter("tcp.stream==1", REGISTRY.specs))] == [
        b"GET / of nobody\r\n"
    ]


def test_matching_packets(session):
    def numbers(text: str, **more) -> list[int]:
        return session.matching(parse_filter(text, REGISTRY.specs), **more).tolist()

    everything = list(range(1, len(session) + 1))
    first, *complete = _carriers(session, UP) + _carriers(session, DOWN)
    assert numbers("toy") == complete  # the first packet has only the beginning of a message
    assert first in numbers("not toy")
    assert numbers("udp") == [len(session) - 1]
    assert numbers("not udp") == [number for number in everything if number != len(session) - 1]
    assert set(numbers("not toy")) == set(everything) - set(numbers("toy"))
    for text in ("toy", "not toy", "udp", '"hello"', 'not "hello" tcp'):
        pieces = [number for start in range(0, len(session), 4) for number in numbers(text, start=start, stop=start + 4)]
        assert pieces == numbers(text)
    assert numbers("toy", start=5) == [number for number in numbers("toy") if number > 5]
    assert numbers("toy", stop=5) == [number for number in numbers("toy") if number <= 5]


def test_what_is_exported_is_what_matches(session):
    assert session.source().packets.tolist() == list(range(1, len(session) + 1))
    source = session.source(parse_filter("toy", REGISTRY.specs))
    assert [message.raw for message in source.messages()] == [PING, PONG]
    assert source.packets.tolist() == _carriers(session, UP) + _carriers(session, DOWN)


def test_layers_name_the_headers(session):
    names = [layer.abbrev for layer in session.layers(1)]
    assert names[0] == "frame"
    assert {"eth", "ip", "tcp"} <= set(names)


def test_decode_as_beats_detection(tmp_path):
    frames = tcp_frames([(UP, b"\0\x03abc")], server=Endpoint("10.0.0.2", 9999))
    rule = parse_decode_as("tcp.port==9999,toy", REGISTRY.specs)
    path = write_pcap(tmp_path / "x.pcap", frames)
    with Session.open(path, REGISTRY) as plain, Session.open(path, REGISTRY, decode_as=[rule]) as pinned:
        plain.grow()
        pinned.grow()
        assert {message.protocol for message in plain.messages()} == {"data"}
        assert {message.protocol for message in pinned.messages()} == {"toy"}
        assert {message.protocol for number in range(1, len(pinned) + 1) for message in pinned.messages_of(number)} == {"toy"}


def test_the_users_key_log_comes_last(tmp_path):
    keys = tmp_path / "keys.log"
    keys.write_text("CLIENT_RANDOM 00 11\n")
    with Session.open(write_pcap(tmp_path / "x.pcap", []), REGISTRY, keylog=keys) as session:
        assert session.secrets == (b"CLIENT_RANDOM 00 11\n",)


def test_a_live_stream_is_dissected_again_when_it_grew(tmp_path):
    frames = tcp_frames([(UP, PING), (DOWN, PONG), (UP, PING)])
    path = write_pcap(tmp_path / "x.pcap", frames)
    with Session.open(path, REGISTRY) as session:
        session.grow(5)
        assert [message.raw for message in session.stream("tcp", 0).messages] == [PING]
        session.grow()
        assert [message.raw for message in session.stream("tcp", 0).messages] == [PING, PONG, PING]


def test_progress_is_told_now_and_then():
    told = []
    assert list(counted(range(2 * TOLD_EVERY + 1), told.append)) == list(range(2 * TOLD_EVERY + 1))
    assert told == [TOLD_EVERY, 2 * TOLD_EVERY]
