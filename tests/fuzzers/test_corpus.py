from dataclasses import replace

import pytest

from captures import PcapngWriter
from captures.synthesis import TcpConversation
from fuzzers.corpus import corpus_of, seeds_from_capture, seeds_of
from support.shared import ROOT
from support.tiny import SEEDS, TINY, packet
from workbench.api import Direction, Endpoint, FrameReader, Seed, ServerOptions, StreamData, UsageError
from workbench.registry import load


@pytest.fixture
def capture(tmp_path):
    """Two conversations of tiny, and one of something else."""
    path = tmp_path / "traffic.pcapng"
    with path.open("wb") as file:
        writer = PcapngWriter(file)
        writer.interface("x")
        for number, (port, messages) in enumerate(
            [
                (7777, [packet(5, "echo", text=b"recorded"), packet(6, "bye")]),
                (80, [b"GET / HTTP/1.0\r\n\r\n"]),
                (7777, SEEDS[1].messages),
            ]
        ):
            tcp = TcpConversation(Endpoint("10.0.0.1", 50_000 + number), Endpoint("10.0.0.2", port))
            frames = tcp.open()
            for message in messages:
                frames += tcp.send(Direction.TO_SERVER, message)
                frames += tcp.send(Direction.TO_CLIENT, message)
            frames += tcp.close(Direction.TO_SERVER)
            for frame in frames:
                writer.packet(1, frame)
        writer.flush()
    return path


def test_pieces_are_decoded_where_they_are_sound():
    (entry,) = corpus_of(TINY, [Seed("mixed", (packet(1, "echo"), b"\x00\x03junk!", packet(2, "sum", (4,))))])
    assert [piece.message is not None for piece in entry.pieces] == [True, False, False]
    assert [piece.raw for piece in entry.pieces] == [packet(1, "echo"), b"\x00\x03junk!", packet(2, "sum", (4,))]


def test_all_seed_messages_are_decoded():
    for entry in corpus_of(TINY, SEEDS):
        assert all(piece.message is not None and piece.message.raw == piece.raw for piece in entry.pieces)


def test_seeds_from_a_capture(capture):
    seeds = seeds_from_capture(TINY, capture)
    assert [seed.messages for seed in seeds] == [(packet(5, "echo", text=b"recorded"), packet(6, "bye")), SEEDS[1].messages]
    assert seeds[0].name == "traffic.pcapng stream 0"


def test_seeds_of_both_kinds_none_twice(capture):
    seeds = seeds_of(TINY, [capture, capture])
    assert [seed.name for seed in seeds] == ["talk", "short", "traffic.pcapng stream 0"]


def test_decode_as_finds_the_protocol_on_another_port(capture):
    assert seeds_from_capture(replace(TINY, ports=(9,)), capture, ["tcp.port==7777,tiny"])
    assert seeds_from_capture(replace(TINY, ports=(9,)), capture) == []


def test_nothing_to_start_from():
    with pytest.raises(UsageError, match="tiny has no seeds"):
        seeds_of(replace(TINY, seeds=()))


def test_empty_messages_are_no_messages():
    assert seeds_of(replace(TINY, seeds=(Seed("gaps", (b"", b"a", b"")), Seed("nothing", (b"",))))) == (Seed("gaps", (b"a",)),)


def test_what_travelled_in_quic_becomes_frames_again():
    """From a recording of Caddy: requests of HTTP/3 inside of encrypted QUIC, each on its stream."""
    specs = load().specs
    http3 = next(spec for spec in specs if spec.name == "http3")
    capture = ROOT / "captures" / "samples" / "http3-caddy.pcapng"
    assert seeds_from_capture(http3, capture) == [], "nobody finds it alone"
    seeds = seeds_from_capture(http3, capture, around=[spec for spec in specs if spec is not http3])
    frames = [frame for message in seeds[0].messages for frame in FrameReader().receive(message)]
    assert {frame.stream for frame in frames} >= {0, 2, 4}
    assert all(isinstance(frame, StreamData) for frame in frames)
    assert {frame.stream for frame in frames if frame.end} == {frame.stream for frame in frames if not frame.stream & 2}
    (entry,) = corpus_of(http3, seeds[:1])
    assert any(piece.message is not None for piece in entry.pieces)
    service = http3.server(ServerOptions())()
    service.receive(b"".join(seeds[0].messages))
    assert not service.closed, "our server takes what Caddy took"
