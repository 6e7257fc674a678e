from dataclasses import replace
from pathlib import Path

import pytest

from captures import PcapngWriter
from captures.synthesis import TcpConversation
from fuzzers import Sources, corpus_of, seeds_of
from fuzzers.corpus_files import Session, write_sessions
from fuzzers.events import Reading
from fuzzers.seeds import EVERY, gather
from support.secrets_apart import SAMPLE, secrets_apart
from support.shared import ROOT
from support.tiny import SEEDS, TINY, packet
from workbench.api import Direction, Endpoint, FrameReader, Seed, ServerOptions, StreamData, UsageError
from workbench.registry import load

SAMPLES = ROOT / "captures" / "samples"
UNSEEDED = replace(TINY, seeds=())


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


def spec_and_others(name: str):
    specs = load().specs
    spec = next(spec for spec in specs if spec.name == name)
    return replace(spec, seeds=()), [other for other in specs if other is not spec]


def from_capture(spec, *captures: Path, around=(), **more) -> tuple[Seed, ...]:
    return seeds_of(spec, Sources(captures=captures, **more), around)


def test_seeds_from_a_capture(capture):
    seeds = from_capture(UNSEEDED, capture)
    assert [seed.messages for seed in seeds] == [(packet(5, "echo", text=b"recorded"), packet(6, "bye")), SEEDS[1].messages]
    assert seeds[0].name == "traffic.pcapng stream 0"


def test_seeds_of_all_kinds_none_twice(capture, tmp_path):
    write_sessions([Session("new", (packet(9, "bye"),)), Session("known", SEEDS[1].messages)], tmp_path / "corpus", "replay")
    seeds = seeds_of(TINY, Sources(captures=(capture, capture), folders=(tmp_path / "corpus",)))
    assert [seed.name for seed in seeds] == ["talk", "short", "traffic.pcapng stream 0", "000000-new.replay"]


def test_decode_as_finds_the_protocol_on_another_port(capture):
    moved = replace(UNSEEDED, ports=(9,))
    assert len(from_capture(moved, capture, decode_as=("tcp.port==7777,tiny",))) == 2
    with pytest.raises(UsageError, match=r"traffic.pcapng: no client says anything in tiny here; .* data.*--decode-as"):
        from_capture(moved, capture)


def test_a_capture_without_any_is_an_error_even_where_the_protocol_has_seeds(capture):
    with pytest.raises(UsageError, match="no client says anything"):
        from_capture(replace(TINY, ports=(9,)), capture)


def test_what_was_read_is_told(tmp_path):
    path = tmp_path / "long.pcapng"
    with path.open("wb") as file:
        writer = PcapngWriter(file)
        writer.interface("x")
        tcp = TcpConversation(Endpoint("10.0.0.1", 50_000), Endpoint("10.0.0.2", 7777))
        for frame in [*tcp.open(), *tcp.send(Direction.TO_SERVER, packet(1, "echo") * (EVERY + 1))]:
            writer.packet(1, frame)
        writer.flush()
    told = list(gather(TINY, Sources(captures=(path,))))
    assert told == [Reading(path, EVERY, 1)]


def test_nothing_to_start_from():
    with pytest.raises(UsageError, match="tiny has no seeds"):
        seeds_of(UNSEEDED)


def test_empty_messages_are_no_messages():
    assert seeds_of(replace(TINY, seeds=(Seed("gaps", (b"", b"a", b"")), Seed("nothing", (b"",))))) == (Seed("gaps", (b"a",)),)


def test_what_travelled_in_quic_becomes_frames_again():
    """From a recording of Caddy: requests of HTTP/3 inside of encrypted QUIC, each on its stream."""
    http3, others = spec_and_others("http3")
    with pytest.raises(UsageError, match="no client says anything"):
        from_capture(http3, SAMPLES / "http3-caddy.pcapng")
    seeds = from_capture(http3, SAMPLES / "http3-caddy.pcapng", around=others)
    frames = [frame for message in seeds[0].messages for frame in FrameReader().receive(message)]
    assert {frame.stream for frame in frames} >= {0, 2, 4}
    assert all(isinstance(frame, StreamData) for frame in frames)
    assert {frame.stream for frame in frames if frame.end} == {frame.stream for frame in frames if not frame.stream & 2}
    (entry,) = corpus_of(http3, seeds[:1])
    assert any(piece.message is not None for piece in entry.pieces)
    service = http3.server(ServerOptions())()
    service.receive(b"".join(seeds[0].messages))
    assert not service.closed, "our server takes what Caddy took"


@pytest.mark.parametrize(
    ("name", "capture", "within"),
    [("http2", "http2-tls", "in tls"), ("http1", "socks5-dante-microsocks", ""), ("socks5", "socks5-dante-microsocks", "")],
)
def test_what_travels_in_others_is_found(name, capture, within):
    spec, others = spec_and_others(name)
    for seed in from_capture(spec, SAMPLES / f"{capture}.pcapng", around=others):
        (entry,) = corpus_of(spec, [seed])
        assert any(piece.message is not None for piece in entry.pieces), seed.name
        assert seed.name.endswith(within)


def test_without_the_keys_the_error_asks_for_them(tmp_path):
    http2, others = spec_and_others("http2")
    apart = secrets_apart(tmp_path)
    with pytest.raises(UsageError, match=r"of tls.*--keylog"):
        from_capture(http2, apart.capture, around=others)
    seeds = from_capture(http2, apart.capture, around=others, keylogs=(apart.keylog,))
    assert [seed.messages for seed in seeds] == [seed.messages for seed in from_capture(http2, SAMPLE, around=others)]
