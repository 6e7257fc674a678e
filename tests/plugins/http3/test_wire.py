"""Streams cut into pieces: every kind, any split, losses, frames longer than is kept."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.http3 import data, frame, headers
from workbench.api import varint
from workbench_http3.limits import OPAQUE
from workbench_http3.names import StreamType, Type
from workbench_http3.qpack_instructions import pack_instruction
from workbench_http3.wire import Kind, Wire, read_head

STREAMS = {
    "request": (False, headers() + data(b"content") + frame(0x21)),
    "control": (True, varint(StreamType.CONTROL) + frame(Type.SETTINGS, b"\1\2")),
    "push": (True, varint(StreamType.PUSH) + varint(70) + headers()),
    "encoder": (
        True,
        varint(StreamType.ENCODER)
        + pack_instruction({"kind": "CAPACITY", "number": 4096})
        + pack_instruction({"kind": "DUPLICATE", "number": 1}),
    ),
    "broken encoder": (True, varint(StreamType.ENCODER) + b"\xff" * 12 + b"more"),
    "decoder": (True, varint(StreamType.DECODER) + b"\x84\x01"),
    "reserved": (True, varint(0x21) + bytes(2 * OPAQUE + 5)),
    "webtransport": (True, varint(StreamType.WEBTRANSPORT) + varint(4) + b"rest"),
    "signal": (False, varint(Type.WEBTRANSPORT_STREAM) + varint(4) + b"rest"),
    "cut head": (True, b"\x40"),
    "cut frame": (False, headers() + b"\x00\x05ab"),
}


def cut(single, *said, keep=1 << 20):
    """The pieces of these bytes; ints are losses."""
    wire = Wire(keep, unidirectional=single)
    found = []
    for each in said:
        if isinstance(each, int):
            found += wire.lose(each)
        else:
            wire.add(each)
            found += wire.pieces()
    return [*found, *wire.finish()], wire


@pytest.mark.parametrize("name", STREAMS)
def test_any_split_gives_equal_pieces(name):
    single, raw = STREAMS[name]
    whole = [(piece.kind, piece.start, piece.end, piece.raw, piece.lost) for piece in cut(single, raw)[0]]
    step = max(1, len(raw) // 200)
    split, _ = cut(single, *(raw[at : at + step] for at in range(0, len(raw), step)))
    assert [(piece.kind, piece.start, piece.end, piece.raw, piece.lost) for piece in split] == whole


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("request", [Kind.FRAME] * 3),
        ("control", [Kind.HEAD, Kind.FRAME]),
        ("push", [Kind.HEAD, Kind.FRAME]),
        ("encoder", [Kind.HEAD, Kind.INSTRUCTION, Kind.INSTRUCTION]),
        ("broken encoder", [Kind.HEAD, Kind.BROKEN, Kind.LOST]),
        ("decoder", [Kind.HEAD, Kind.INSTRUCTION, Kind.INSTRUCTION]),
        ("reserved", [Kind.HEAD, Kind.OPAQUE, Kind.OPAQUE, Kind.OPAQUE]),
        ("webtransport", [Kind.HEAD]),
        ("signal", [Kind.SIGNAL]),
        ("cut head", [Kind.HEAD]),
        ("cut frame", [Kind.FRAME, Kind.FRAME]),
    ],
)
def test_kinds(name, kinds):
    pieces, wire = cut(*STREAMS[name])
    assert [piece.kind for piece in pieces] == kinds
    assert wire.foreign == (name in ("webtransport", "signal"))
    if wire.foreign:
        assert wire.rest()[1] == b"rest"


@given(st.booleans(), st.lists(st.one_of(st.binary(max_size=80), st.integers(1, 200))))
@settings(max_examples=300)
def test_pieces_tile_the_stream(single, said):
    pieces, wire = cut(single, *said, keep=100)
    at = 0
    for piece in pieces:
        assert piece.start == at
        assert len(piece.raw) + piece.lost <= piece.end - piece.start
        at = piece.end
    total = sum(each if isinstance(each, int) else len(each) for each in said)
    assert at + len(wire.rest()[1]) == total or wire.foreign


def test_a_loss_within_a_frame():
    raw = data(bytes(range(100)))
    pieces, _ = cut(False, raw[:40], 20, raw[60:] + data(b"next"))
    assert [(piece.kind, piece.lost, len(piece.raw)) for piece in pieces] == [(Kind.FRAME, 20, 40), (Kind.FRAME, 0, 6)]


def test_a_loss_beyond_a_frame():
    raw = data(bytes(100))
    pieces, _ = cut(False, raw[:40], 100, b"anything")
    assert [(piece.kind, piece.lost) for piece in pieces] == [(Kind.FRAME, 63), (Kind.LOST, 37), (Kind.LOST, 0)]


def test_a_loss_on_a_stream_without_frames_is_no_end():
    pieces, _ = cut(True, varint(0x21) + b"abc", 10, b"def")
    assert [(piece.kind, piece.raw, piece.lost) for piece in pieces[1:]] == [(Kind.LOST, b"abc", 10), (Kind.OPAQUE, b"def", 0)]


def test_a_frame_longer_than_is_kept():
    pieces, wire = cut(False, data(bytes(OPAQUE + 500))[:-100], bytes(100) + data(b"x"), keep=OPAQUE)
    assert [(len(piece.raw), piece.end - piece.start) for piece in pieces] == [(OPAQUE, OPAQUE + 505), (3, 3)]
    assert wire.waiting == 0


def test_a_broken_instruction_says_why():
    pieces, _ = cut(*STREAMS["broken encoder"])
    assert str(pieces[1].trouble) == "an integer of more than 62 bits"


def test_heads():
    assert read_head(frame(Type.DATA, b"abc")) == (0, 3, 2)
    assert read_head(b"\x00") is None
    assert read_head(b"") is None
