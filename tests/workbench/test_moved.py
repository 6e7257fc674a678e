"""Streams that go on where others began. Invariant: a look at one stream says what a walk over the whole capture says."""

import pytest

from support.pcap import udp_frames, write_pcap
from workbench.api import Chunk, Confidence, Direction, Endpoint, Field, FlowContext, Message, ProtocolSpec
from workbench.moved import MOST_ORIGINS, origins
from workbench.registry import Registry
from workbench.session import Session

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT


class Wanderer:
    """`hello NAME` begins a conversation; whoever says NAME later, from any address, goes on with it."""

    def __init__(self, context: FlowContext) -> None:
        self.known = context.capture

    def receive(self, chunk: Chunk):
        name = chunk.data.removeprefix(b"hello ")
        summary = "goes on" if name in self.known else "begins" if name != chunk.data else "unknown"
        self.known[name] = True
        root = Field("wanderer", 0, len(chunk.data))
        yield Message(
            protocol="wanderer",
            direction=chunk.direction,
            start=chunk.offset,
            end=chunk.end,
            raw=chunk.data,
            root=root,
            summary=summary,
        )

    def finish(self, direction: Direction):
        return ()


def probe(data: bytes, direction: Direction) -> Confidence:
    return Confidence.CERTAIN if data.startswith(b"hello ") else Confidence.WEAK


SPEC = ProtocolSpec(name="wanderer", title="W", transport="udp", ports=(4433,), decoder=Wanderer, probe=probe)
SERVER = Endpoint("10.0.0.2", 4433)


def client(number: int) -> Endpoint:
    return Endpoint("10.0.0.1", 40_000 + number)


@pytest.fixture
def session(tmp_path):
    frames = [
        *udp_frames([(UP, b"hello ann")], client=client(0), server=SERVER),
        *udp_frames([(UP, b"hello bob")], client=client(1), server=Endpoint("10.0.0.9", 4433)),
        *udp_frames([(UP, b"ann"), (DOWN, b"ann"), (UP, b"bob")], client=client(2), server=SERVER),
        *udp_frames([(UP, b"ann")], client=client(0), server=SERVER),
    ]
    with Session.open(write_pcap(tmp_path / "x.pcap", frames), Registry((SPEC,))) as opened:
        opened.grow()
        yield opened


def test_a_stream_that_tells_what_it_is_stands_alone(session):
    assert origins(session.capture, (SPEC,), "udp", 0) == ()
    assert origins(session.capture, (SPEC,), "tcp", 0) == ()


def test_one_that_does_not_is_walked_with_earlier_ones_of_its_server(session):
    assert origins(session.capture, (SPEC,), "udp", 2) == (0,)


def test_a_look_at_one_stream_says_what_a_walk_says(session):
    walked = {message.packet: message.summary for message in session.messages()}
    looked = {number: session.messages_of(number)[0].summary for number in range(1, len(session) + 1)}
    assert looked == {**walked, 5: "unknown"}  # only a walk has met bob, whose server is another one
    assert [message.summary for message in session.stream("udp", 2).messages] == ["goes on", "goes on", "unknown"]
    assert all(message.stream == 2 for message in session.stream("udp", 2).messages)


def test_only_so_many_are_walked(tmp_path):
    count = MOST_ORIGINS + 3
    frames = [frame for number in range(count) for frame in udp_frames([(UP, b"x")], client=client(number), server=SERVER)]
    with Session.open(write_pcap(tmp_path / "x.pcap", frames), Registry((SPEC,))) as session:
        session.grow()
        assert origins(session.capture, (SPEC,), "udp", count - 1) == tuple(range(count - 1 - MOST_ORIGINS, count - 1))
