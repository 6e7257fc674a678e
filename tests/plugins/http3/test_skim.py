"""Streams as text: whatever is said on them, and however it is cut, the lines are the decoder's."""

import gzip
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dissectors.engine import converse
from dissectors.paths import message_line
from dissectors.telling import recite
from support.http3 import ASK, CLIENT, HELLO, OK, SERVER, Carrier, data, encoder, frame, headers, hello, on
from workbench import registry
from workbench.api import (
    Chunk,
    Confidence,
    Direction,
    Inner,
    Message,
    ProtocolSpec,
    SkimmedMessage,
    StreamData,
    members_text,
    message_members,
    read_frame,
)
from workbench_http3 import skim as module
from workbench_http3.qpack import pack

INSIDE = [spec for spec in registry.load().specs if spec.name in ("http3", "websocket")]


class Known:
    """A stream that was told of."""

    def __init__(self, inner: Inner) -> None:
        self.channel = inner.channel
        self._inner = inner

    def inner(self, data: bytes) -> Inner:
        assert data == self._inner.data
        return self._inner


class SkimmingCarrier(Carrier):
    """Says its own messages as text, and of streams that go on no more than that."""

    def skim(self, chunk: Chunk) -> Sequence[Any]:
        return list(self._texts(self.receive(chunk)))

    def skim_datagram(self, way: Direction, data: bytes, time_ns: int) -> Any:
        found = read_frame(data)
        text, *inners = self._texts(self.receive(Chunk(way, self._at[way], data, time_ns, time_ns, time_ns)))
        assert isinstance(text, SkimmedMessage)
        goes_on = found is not None and isinstance(found[0], StreamData) and not found[0].end
        return (text.text, Known(inners[0]), inners[0].data) if goes_on else (text.text, inners, b"")

    def _texts(self, found: Iterator[Message | Inner]) -> Iterator[SkimmedMessage | Inner]:
        for item in found:
            yield item if isinstance(item, Inner) else SkimmedMessage(item.end, members_text(message_members(item)))


SPECS = [
    ProtocolSpec(
        name="quic", title="A carrier like QUIC", decoder=SkimmingCarrier, transport=transport, probe=lambda *_: Confidence.NO
    )
    for transport in ("udp", "tcp")
]


def check(*turns: Any, offered: Any = lambda _: True) -> list[str]:
    """The lines, which are right."""
    told: list[str] = []
    for spec in SPECS:
        said = [(way, bytes(carried)) for way, carried in turns]
        told = recite(spec, said, inner=INSIDE, offered=offered)
        assert told == [message_line(message) for message in converse(spec, said, inner=INSIDE)]
    return told


@pytest.fixture
def skimmed(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each frame that was looked at was said as text."""
    found: list[bool] = []
    piece = module.skim_piece

    def noted(*values: Any, **named: Any) -> Any:
        answer = piece(*values, **named)
        found.append(answer is not None)
        return answer

    monkeypatch.setattr("workbench_http3.decoder.skim_piece", noted)
    return found


def test_a_request_and_its_response(skimmed):
    check(*HELLO, on(CLIENT, 0, headers(), end=True), on(SERVER, 0, headers(OK), data(b"hello"), end=True))
    assert skimmed.count(True) == 2 * 3
    assert False in skimmed, "what is on the control streams is left to others"


@pytest.mark.parametrize("length", [b"500", b"7"])
def test_a_body_in_pieces_of_several_frames(length):
    response = headers((*OK, (b"content-length", length))) + data(b"x" * 300) + data(b"y" * 200)
    turns = [on(SERVER, 0, response[at : at + 70], end=at + 70 >= len(response)) for at in range(0, len(response), 70)]
    lines = check(*HELLO, on(CLIENT, 0, headers(), end=True), *turns)
    assert any('"http3.body.reassembled.length":500' in line for line in lines)
    assert any("content-length says 7" in line for line in lines) == (length == b"7")


def test_an_end_of_its_own():
    check(*HELLO, on(CLIENT, 0, headers(), end=True), on(SERVER, 0, headers(OK), data(b"a"), data(b"b")), on(SERVER, 0, end=True))


def test_both_directions_in_pieces_at_once():
    up, down = data(b"u" * 400), data(b"d" * 400)
    turns = [on(CLIENT, 0, headers()), on(SERVER, 0, headers(OK))]
    for at in range(0, len(up), 50):
        turns += [on(CLIENT, 0, up[at : at + 50]), on(SERVER, 0, down[at : at + 50])]
    check(*HELLO, *turns)


def test_a_stream_that_breaks_off_within_a_frame():
    lines = check(*HELLO, on(CLIENT, 0, headers()), on(CLIENT, 0, data(b"x" * 100)[:40]), on(CLIENT, 0, b"x" * 20))
    assert '"packets":[4,5]' in lines[-1]


@pytest.mark.parametrize(
    "turns",
    [
        [on(CLIENT, 0, data(b"early"), headers())],
        [on(CLIENT, 0, headers(), headers(((b"trailer", b"1"),)), data(b"late"))],
        [on(CLIENT, 0, headers(((b":method", b"HEAD"), *ASK[1:]))), on(SERVER, 0, headers(OK), data(b"none"), end=True)],
        [on(CLIENT, 0, headers(), data(b""), data(b"x"), end=True)],
        [on(SERVER, 1, headers(), data(b"x"))],
        [on(CLIENT, 0, headers(((b"Bad", b"1"),)), end=True)],
        [on(CLIENT, 0, headers(((b":method", b"GET"), (b"n\xc3", b'\xff"\\')))), on(CLIENT, 0, b"\0")],
        [on(CLIENT, 0, headers()), on(SERVER, 0, headers((*OK, (b"content-type", b"application/grpc"))), data(b"\0\0\0\0\1x"))],
        [
            on(CLIENT, 0, headers()),
            on(SERVER, 0, headers((*OK, (b"content-encoding", b"gzip"))), data(gzip.compress(b"hello" * 9, mtime=0)), end=True),
        ],
        [
            on(CLIENT, 0, headers(((b":method", b"CONNECT"), (b":authority", b"h:1")))),
            on(SERVER, 0, headers(OK), data(b"tunnel")),
        ],
        [on(CLIENT, 0, b"\x40\x01\x01x", headers()), on(CLIENT, 4, frame(0x21, b"grease"), b"\x40\x41\x00web")],
        [on(CLIENT, 0, b"\x40\x01" + headers()[1:], b"\x40\x00\x01x")],
    ],
)
def test_the_unusual(turns):
    check(*HELLO, *turns)


def test_a_section_that_waits_for_the_table():
    settings_of = (0x01, 4096), (0x07, 16)
    inserts = {"kind": "INSERT_LITERAL", "name": b"name", "value": b"value"}
    section = frame(1, pack([{"form": "INDEXED", "static": False, "index": 0}], encoded=2))
    lines = check(
        hello(CLIENT),
        hello(SERVER, *settings_of),
        on(CLIENT, 0, headers()),
        on(CLIENT, 4, section, data(b"behind it")),
        on(CLIENT, 4, data(b"and this")),
        encoder(CLIENT, {"kind": "CAPACITY", "number": 4096}, inserts),
        on(CLIENT, 4, data(b"z" * 50)[:20]),
        on(CLIENT, 4, data(b"z" * 50)[20:], end=True),
    )
    assert any('"http3.qpack.entry":0' in line for line in lines)


PARTS = st.sampled_from(
    [
        headers(),
        headers(OK),
        headers((*OK, (b"content-length", b"40"))),
        headers(((b"trailer", b"x"),)),
        data(b"x" * 40),
        data(b"y" * 130),
        data(b""),
        frame(0x21, b"grease"),
        frame(0x09, b""),
        b"\x00\x41",
    ]
)


@given(
    says=st.lists(st.tuples(st.sampled_from([CLIENT, SERVER]), st.sampled_from([0, 4]), st.lists(PARTS, max_size=4)), max_size=8),
    sizes=st.lists(st.integers(1, 60), min_size=1, max_size=4),
    ends=st.sets(st.tuples(st.sampled_from([CLIENT, SERVER]), st.sampled_from([0, 4]))),
    plain=st.sets(st.integers(1, 60)),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_said_the_lines_are_the_same(says, sizes, ends, plain):
    turns = []
    for place, (way, number, parts) in enumerate(says):
        content, size = b"".join(parts), sizes[place % len(sizes)]
        turns += [on(way, number, content[at : at + size]) for at in range(0, len(content), size)]
    turns += [on(way, number, end=True) for way, number in sorted(ends)]
    check(*HELLO, *turns, offered=lambda number: number not in plain)
