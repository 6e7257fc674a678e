"""Positions of construct's streams, as places in views."""

import io

import pytest
from construct import BitsSwapped, Bitwise, Bytes, ByteSwapped, Compressed, GreedyBytes, GreedyRange, Int8ub, Int24ub, ProcessXor
from construct.core import BytesIOWithOffsets

from dissectors.places import WIRE, Place, Places


@pytest.mark.parametrize(
    ("place", "span", "expected"),
    [
        (Place(0, 0, 8), (2, 5), (2, 5, None)),
        (Place(1, 16, 8), (2, 5), (4, 7, None)),
        (Place(0, 8, 1), (3, 5), (1, 2, (11, 13))),
        (Place(0, 8, 1), (6, 12), (1, 3, (14, 20))),
        (Place(0, 4, 8), (0, 2), (0, 3, (4, 20))),
    ],
)
def test_spans(place: Place, span: tuple[int, int], expected: object):
    assert place.span(*span) == expected


def test_only_the_plainest_place_is_plain():
    assert WIRE.plain
    assert not Place(0, 8, 8).plain
    assert not Place(0, 0, 1).plain


def _places(data: bytes) -> tuple[Places, io.BytesIO]:
    places, stream = Places(data), io.BytesIO(data)
    places.begin(stream)
    return places, stream


def test_narrowed_streams_stay_in_their_view():
    places, stream = _places(b"0123456789")
    inside = BytesIOWithOffsets(b"345", stream, 3)
    assert places.of(inside, None) is WIRE
    assert places.of(BytesIOWithOffsets(b"4", inside, 4), None) is WIRE
    assert places.views() == ()


def test_other_bytes_are_another_view():
    places, stream = _places(b"0123456789")
    masked = BytesIOWithOffsets(b"xyz", stream, 3)
    place = places.of(masked, (ProcessXor(5, GreedyBytes), WIRE, 3, 6))
    assert [(view.name, view.data) for view in places.views()] == [("wire", b"0123456789"), ("unmasked", b"xyz")]
    # positions of that stream go on from where it began
    assert (place.view, place.span(3, 4)) == (1, (0, 1, None))
    assert places.bytes_of(place, 1, 3) == b"yz"
    assert places.of(masked, None) is place


def test_a_mask_that_changes_nothing_makes_no_view():
    places, stream = _places(b"0123456789")
    assert places.of(BytesIOWithOffsets(b"345", stream, 3), (ProcessXor(0, GreedyBytes), WIRE, 3, 6)) is WIRE


def test_bits():
    places, _ = _places(b"0123456789")
    bits = places.of(io.BytesIO(b"\0" * 16), (Bitwise(Bytes(16)), WIRE, 2, 4))
    assert (bits.view, bits.base, bits.scale) == (0, 16, 1)


def test_derived_streams_are_views_of_their_content():
    places, _ = _places(b"0123456789")
    place = places.of(io.BytesIO(b"content"), (Compressed(GreedyBytes, "zlib"), WIRE, 2, 4))
    swapped = places.of(io.BytesIO(b"210"), (ByteSwapped(Int24ub), WIRE, 0, 3))
    unknown = places.of(io.BytesIO(b"who knows"), None)
    assert [(view.name, view.data) for view in places.views()[1:]] == [
        ("decompressed", b"content"),
        ("derived", b"210"),
        ("derived", b"who knows"),
    ]
    assert [found.view for found in (place, swapped, unknown)] == [1, 2, 3]


def test_a_stream_that_transforms_as_it_goes_shows_what_it_gave():
    places, _ = _places(b"\x01\x02\x03")
    construct = BitsSwapped(GreedyRange(Int8ub))
    places.of(object(), (construct, WIRE, 0, 2))
    assert places.views()[1].data == b"\x80\x40"
