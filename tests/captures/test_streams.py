"""Whole captures: several streams at once, growing files, limits."""

from itertools import chain, zip_longest
from pathlib import Path

import pytest

import captures.payloads
from captures.capture import open_capture
from captures.pcapng_writer import PcapngWriter
from captures.streams import Delivered, Ended, Noticed, ReassemblyLimits, Streams
from captures.synthesis import TcpConversation, udp_frame
from support.recordings import opened
from support.segments import chunks, ends, notes
from workbench.api import Direction, Endpoint

SERVER = Endpoint("192.0.2.9", 80)
UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT


def client(number: int) -> Endpoint:
    return Endpoint("192.0.2.1", 40_000 + number)


def session(number: int) -> list[bytes]:
    conversation = TcpConversation(client(number), SERVER, initial=(number * 7, number * 11))
    frames = conversation.open() + conversation.send(UP, b"ask %d" % number) + conversation.send(DOWN, b"answer %d" % number)
    return frames + conversation.close(DOWN) + conversation.close(UP)


def interleaved(*sessions: list[bytes]) -> list[bytes]:
    return [frame for frame in chain.from_iterable(zip_longest(*sessions)) if frame]


def data(events, number: int, direction: Direction, transport: str = "tcp") -> bytes:
    return b"".join(
        event.chunk.data
        for event in events
        if isinstance(event, Delivered)
        and (event.stream.transport, event.stream.number, event.chunk.direction) == (transport, number, direction)
    )


def test_interleaved_streams_come_apart(tmp_path: Path):
    datagrams = [udp_frame(client(9), SERVER, b"ping"), udp_frame(SERVER, client(9), b"pong", to_server=False)]
    with opened(tmp_path / "c.pcapng", interleaved(session(0), session(1), datagrams)) as capture:
        streams = Streams(capture)
        events = [*streams.advance(), *streams.flush()]
        assert streams.row == len(capture.index)
    for number in range(2):
        assert data(events, number, UP) == b"ask %d" % number
        assert data(events, number, DOWN) == b"answer %d" % number
    assert (data(events, 0, UP, "udp"), data(events, 0, DOWN, "udp")) == (b"ping", b"pong")
    assert [event.stream.flow.client for event in events if isinstance(event, Ended)][:1] == [client(0)]
    assert sorted(reason for _, _, reason in ends(events)) == ["capture"] * 2 + ["fin"] * 4
    assert notes(events) == []
    packets = [chunk.packet for chunk in chunks(events)]
    assert packets == sorted(packets)


def test_a_growing_file_is_followed(tmp_path: Path):
    path, frames = tmp_path / "c.pcapng", session(0)
    with path.open("wb") as file:
        writer = PcapngWriter(file)
        writer.interface("test")
        writer.flush()
        with open_capture(path) as capture:
            streams, whole = Streams(capture), []
            for number, frame in enumerate(frames, 1):
                writer.packet(number, frame)
                writer.flush()
                capture.grow()
                events = list(streams.advance())
                assert all(chunk.packet == number for chunk in chunks(events))
                whole += events
            assert list(streams.advance()) == []
            assert list(streams.flush()) == []
    assert (data(whole, 0, UP), data(whole, 0, DOWN)) == (b"ask 0", b"answer 0")


def test_stragglers_of_a_closed_stream_change_nothing(tmp_path: Path):
    frames = session(0)
    with opened(tmp_path / "c.pcapng", frames + frames[3:5]) as capture:
        streams = Streams(capture)
        events = [*streams.advance(), *streams.flush()]
    assert data(events, 0, UP) == b"ask 0"
    assert len(ends(events)) == 2


def test_a_refused_connection_may_be_tried_again(tmp_path: Path):
    first = TcpConversation(client(0), SERVER, initial=(50, 60))
    refused = [*first.syn(), *first.reset(DOWN)]
    stray = TcpConversation(client(0), SERVER, initial=(50, 60))
    stray.open()
    reset = stray.reset(UP)
    again = TcpConversation(client(0), SERVER, initial=(50, 99))
    frames = refused + reset + again.open() + again.send(UP, b"hello")
    with opened(tmp_path / "c.pcapng", frames) as capture:
        assert capture.index.stream_count("tcp") == 1
        streams = Streams(capture)
        events = [*streams.advance(), *streams.flush()]
    assert data(events, 0, UP) == b"hello"


def test_a_retransmission_is_compared_with_the_file(tmp_path: Path):
    original = TcpConversation(client(0), SERVER)
    frames = original.open() + original.send(UP, b"original")
    forged = TcpConversation(client(0), SERVER)
    forged.open()
    frames += forged.send(UP, b"0riginal", acknowledged=False)
    with opened(tmp_path / "c.pcapng", frames) as capture:
        texts = notes(Streams(capture).advance())
    assert texts[0] == "retransmission of 8 bytes"
    assert texts[1].startswith("overlap differs")


def test_too_many_open_streams_make_the_oldest_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    limit = 32
    monkeypatch.setattr(captures.payloads, "BATCH_ROWS", 5)  # evictions happen between batches
    sessions = [session(number) for number in range(limit + 1)]
    first = udp_frame(client(500), SERVER, b"first")
    early = chain.from_iterable(frames[:5] for frames in sessions)
    with opened(tmp_path / "c.pcapng", [first, *early, first, first, *sessions[0][5:], *sessions[9][5:]]) as capture:
        streams = Streams(capture, limits=ReassemblyLimits(open_streams=limit))
        events = list(streams.advance())
        rest = list(streams.flush())
    gone = [
        (event.stream.transport, event.stream.number) for event in events if isinstance(event, Ended) and event.reason == "limit"
    ]
    assert list(dict.fromkeys(gone)) == [("udp", 0), ("tcp", 0), ("tcp", 1)]
    missed = [event for event in events if isinstance(event, Noticed)]
    assert [(event.stream.transport, event.stream.number) for event in missed] == [("udp", 0), ("tcp", 0)]
    assert missed[0].note.text == "more than 32 streams were open at once: this one is not followed any further"
    assert data(events, 9, DOWN) == b"answer 9"
    assert len({event.stream for event in rest}) == limit - 2
