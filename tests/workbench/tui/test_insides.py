import pytest

from workbench.api import Direction, Field, Message
from workbench.tui.insides import first_layer, inner_chunks, layers_of
from workbench.tui.transcript import turns_of

UP, DOWN = Direction


def said(direction, start, raw, layer=("tls",), packet=1, lost=0):
    return Message(
        protocol="toy",
        direction=direction,
        start=start,
        end=start + lost + len(raw),
        root=Field("Toy", 0, len(raw), abbrev="toy"),
        raw=raw,
        packet=packet,
        packets=(packet,),
        layer=layer,
    )


def test_the_stream_itself_comes_first():
    messages = [said(UP, 0, b"a"), said(UP, 0, b"b", ()), said(UP, 0, b"c", ("tls", "http2 stream 1")), said(DOWN, 0, b"d")]
    assert layers_of(messages) == ((), ("tls",), ("tls", "http2 stream 1"))
    assert layers_of([]) == ((),)


@pytest.mark.parametrize(
    ("layers", "first"),
    [
        ([()], ()),
        ([(), ("tls",)], ("tls",)),
        ([(), ("tls",), ("tls", "http2 stream 1")], ("tls",)),
        ([(), ("http2 stream 1",), ("http2 stream 3",)], ()),
    ],
)
def test_what_is_read_first(layers, first):
    assert first_layer(layers) == first


def test_the_bytes_of_an_inner_conversation():
    messages = [
        said(UP, 0, b"\x17\x03", ()),
        said(UP, 0, b"GET ", packet=1),
        said(UP, 4, b"/", packet=2),
        said(DOWN, 0, b"200", packet=3),
        said(UP, 0, b"other", ("tls", "http2 stream 1")),
    ]
    turns = list(turns_of(inner_chunks(messages, ("tls",))))
    assert [(turn.direction, turn.offset, turn.data, turn.packet, turn.packets, turn.lost) for turn in turns] == [
        (UP, 0, b"GET /", 1, 2, 0),
        (DOWN, 0, b"200", 3, 1, 0),
    ]


def test_bytes_that_are_missing_are_counted():
    chunks = list(inner_chunks([said(UP, 0, b"ab"), said(UP, 2, b"cd", lost=7), said(UP, 14, b"ef")], ("tls",)))
    assert [(chunk.offset, chunk.data, chunk.gap) for chunk in chunks] == [(0, b"ab", 0), (9, b"cd", 7), (14, b"ef", 3)]


def test_what_was_forgotten_at_the_beginning_is_not_lost():
    assert [chunk.gap for chunk in inner_chunks([said(UP, 500, b"ab")], ("tls",))] == [0]
