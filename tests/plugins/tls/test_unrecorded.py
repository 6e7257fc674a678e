"""The decoder of handshake messages without records."""

import zlib
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissectors.tracing import trace
from support.tls import CLIENT, SERVER, certificate_der, client_hello, extension, handshake, server_hello
from workbench.api import UNDECODED, Chunk, Direction, Endpoint, FlowContext, FlowKey, Limits, Memory, Message, Severity
from workbench_tls import PROTOCOL_HANDSHAKE
from workbench_tls.limits import MAX_HANDSHAKE
from workbench_tls.unrecorded import HandshakeDecoder, encode
from workbench_tls.unrecorded_seeds import SEEDS

HELLO = client_hello(
    extension(0, b"\0\x0e\0\0\x0bexample.org"), extension(16, b"\0\3\2h3"), extension(57, b"\x0f\0"), extension(43, b"\2\3\4")
)
ANSWER = server_hello(extension(43, b"\3\4"), suite=0x1301)
FINISHED = handshake(20, bytes(32))


def certificate() -> bytes:
    der = certificate_der()
    entry = len(der).to_bytes(3, "big") + der + b"\0\0"
    return handshake(11, b"\0" + len(entry).to_bytes(3, "big") + entry)


def decode(
    turns: Iterable[tuple[Direction, bytes | int]], *, level: str = "", size: int = 0, longest: int = 1 << 20
) -> list[Message]:
    """What the decoder makes of bytes; an int in place of bytes is that many lost ones. `size`: bytes per chunk."""
    context = FlowContext(
        stream=0,
        flow=FlowKey("udp", Endpoint("192.0.2.1", 40000), Endpoint("192.0.2.2", 443)),
        limits=Limits(message=longest),
        trace=trace,
        memory=Memory(16),
        facts={"quic": True, "level": level},
    )
    decoder = HandshakeDecoder(context)
    found: list[Message] = []
    places, gaps = dict.fromkeys(Direction, 0), dict.fromkeys(Direction, 0)
    for direction, data in turns:
        if isinstance(data, int):
            gaps[direction] += data
            continue
        for start in range(0, len(data), size or len(data)):
            piece = data[start : start + (size or len(data))]
            offset = places[direction] + gaps[direction]
            found += decoder.receive(Chunk(direction, offset, piece, gap=gaps[direction]))
            places[direction], gaps[direction] = offset + len(piece), 0
    for direction in Direction:
        found += decoder.finish(direction)
    return found


def test_each_message_is_one():
    found = decode([(CLIENT, HELLO), (SERVER, ANSWER), (SERVER, certificate() + FINISHED)])
    assert [(message.direction, message.label) for message in found] == [
        (CLIENT, "client_hello"),
        (SERVER, "server_hello"),
        (SERVER, "certificate"),
        (SERVER, "finished"),
    ]
    assert [message.raw for message in found] == [HELLO, ANSWER, certificate(), FINISHED]
    assert not any(message.errors or message.notes for message in found)
    assert found[0].summary == "client_hello example.org h3"
    assert found[0].protocol == "tls-handshake"
    assert found[0].root.abbrev == "tls"
    assert found[2].root.find("x509sat.uTF8String") is not None or "server.example" in found[2].summary


def test_fingerprints_are_those_of_quic():
    found = decode([(CLIENT, HELLO)])[0]
    assert found.root.find("tls.handshake.ja4").value.startswith("q13d0204h3_")
    assert len(found.root.find("tls.handshake.ja3").value) == 32


def test_early_data_and_encrypted_client_hello_are_shown():
    early, chromium = (seed.messages[0] for seed in SEEDS if seed.name in ("aioquic, early data", "Chromium"))
    kinds = [node.value for _, node in decode([(CLIENT, early)])[0].root.walk() if node.abbrev == "tls.handshake.extension.type"]
    assert {41, 42} <= set(kinds)
    outer = decode([(CLIENT, chromium)])[0].root.find("tls.handshake.extensions.ech.type")
    assert outer.text == "outer"


@given(st.integers(1, 400))
def test_splits_do_not_matter(size):
    turns = [(CLIENT, HELLO), (SERVER, ANSWER + certificate()), (SERVER, 30), (SERVER, b"??" + FINISHED), (CLIENT, FINISHED[:9])]
    whole, split = (decode(turns, size=step) for step in (0, size))
    for direction in Direction:
        assert [m for m in whole if m.direction is direction] == [m for m in split if m.direction is direction]


@given(st.lists(st.tuples(st.sampled_from(Direction), st.binary(min_size=1, max_size=300) | st.integers(1, 500)), max_size=12))
def test_whatever_comes_is_tiled(turns):
    for direction in Direction:
        found = [message for message in decode(turns) if message.direction is direction]
        mine = [data for way, data in turns if way is direction]
        while mine and isinstance(mine[-1], int):  # lost bytes are told with the bytes behind them
            mine.pop()
        assert [message.start for message in found] == [0, *(message.end for message in found[:-1])][: len(found)]
        assert (found[-1].end if found else 0) == sum(data if isinstance(data, int) else len(data) for data in mine)


def test_a_hole_is_told_and_the_next_message_found():
    found = decode([(SERVER, ANSWER[:20]), (SERVER, 200), (SERVER, b"tail" + FINISHED)])
    assert [message.protocol for message in found] == ["tls-handshake", UNDECODED, "tls-handshake"]
    assert found[0].errors == (f"the message breaks off, {len(ANSWER) - 20} bytes are missing",)
    assert "200 bytes before these were not captured" in found[1].notes[0].text
    assert found[2].label == "finished"
    assert [node for _, node in found[0].root.walk() if node.abbrev == "tls.handshake.type"] == []


def test_a_stream_that_begins_late_starts_where_it_does():
    context_turns = [(SERVER, 1000), (SERVER, FINISHED)]
    found = decode(context_turns)
    assert [(message.start, message.end) for message in found] == [(0, 1000), (1000, 1036)]


@pytest.mark.parametrize(("longest", "limit"), [(1 << 20, MAX_HANDSHAKE), (5000, 5000)])
def test_a_message_that_is_too_long_is_refused_by_its_header(longest, limit):
    found = decode([(CLIENT, handshake(11, bytes(limit)) + FINISHED)], longest=longest)
    assert found[0].errors == (f"a handshake message of {limit} bytes; {limit} are the limit",)
    assert found[-1].label == "finished"
    assert all(len(message.raw) <= 16 * 1024 for message in found)
    assert decode([(CLIENT, handshake(11, bytes(limit - 4)))], longest=longest)[0].end == limit


def test_levels_are_judged():
    assert decode([(CLIENT, HELLO)], level="initial")[0].notes == ()
    note = decode([(CLIENT, HELLO)], level="1-rtt")[0].notes[0]
    assert (note.severity, note.section, note.end) == (Severity.ERROR, "RFC 9001 4.1.3", len(HELLO))


def test_a_compressed_certificate_is_unfolded():
    """RFC 8879 4."""
    body = certificate()[4:]
    packed = zlib.compress(body)
    message = handshake(25, b"\0\1" + len(body).to_bytes(3, "big") + len(packed).to_bytes(3, "big") + packed)
    found = decode([(SERVER, message)])[0]
    assert [view.data for view in found.views] == [message, body]
    inside = found.root.find("tls.handshake.certificate")
    assert found.bytes_of(inside) == certificate_der()
    broken = decode([(SERVER, handshake(25, b"\0\1\0\0\1\0\0\3abc"))])[0]
    assert [note.section for note in broken.notes] == ["RFC 8879 4"]
    assert broken.views == ()


def test_broken_messages_are_errors_and_the_next_one_is_read():
    found = decode([(CLIENT, handshake(1, b"\3\3short") + HELLO)])
    assert found[0].errors
    assert found[1].errors == ()


def test_values_build_what_was_read():
    for message in decode([(CLIENT, HELLO), (SERVER, ANSWER + certificate() + FINISHED + handshake(99, b"?"))]):
        assert encode(message) == PROTOCOL_HANDSHAKE.build(message) == message.raw
    with pytest.raises(ValueError, match="not whole"):
        encode(decode([(CLIENT, HELLO[:9])])[0])
