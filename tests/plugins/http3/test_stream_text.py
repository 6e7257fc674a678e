from random import Random

from hypothesis import given
from hypothesis import strategies as st

from workbench.api import StreamData, read_varint
from workbench_http3.names import Type
from workbench_http3.qpack import unpack
from workbench_http3.qpack_table import DynamicTable
from workbench_http3.seeds import SEEDS
from workbench_http3.stream_text import adding, editing, fields, frame, long, next_stream, request, said

ASK = bytes(StreamData(0, request() + frame(Type.DATA, b"body"), end=True))


def test_frames_of_requests_are_found_and_replaced():
    head, body = said([b"noise", ASK, bytes(StreamData(2, request()))])
    assert (head.at, head.start, body.type, body.payload) == (1, 0, Type.DATA, b"body")
    assert body.replaced(b"!") == bytes(StreamData(0, request() + b"!", end=True))
    assert body.replaced(frame(Type.DATA, b"body"), end=False) == bytes(StreamData(0, request() + frame(Type.DATA, b"body")))


def test_the_next_stream_is_new():
    assert next_stream([]) == 0
    assert next_stream([ASK, bytes(StreamData(8, b"")), bytes(StreamData(11, b""))]) == 12
    assert all(next_stream(seed.messages) % 4 == 0 for seed in SEEDS)


@given(st.lists(st.binary(max_size=60), max_size=4))
def test_nothing_is_too_strange_to_be_looked_at(messages):
    for place in said(messages):
        assert place.replaced(place.data.data[place.start : place.end]) == messages[place.at]


def test_a_frame_is_edited_and_something_is_added():
    change = editing(lambda place, _: (b"<" + place.payload + b">", "marked"), Type.DATA)
    found = change([ASK], Random(1))
    assert found is not None
    assert found.messages == (bytes(StreamData(0, request() + b"<body>", end=True)),)
    assert change([bytes(StreamData(0, request()))], Random(1)) is None
    more = adding(lambda stream, _: (b"%d" % stream, "more"))
    assert {more([ASK], Random(seed)).messages for seed in range(9)} == {(b"4", ASK), (ASK, b"4")}
    assert more([b"noise"], Random(1)) is None


@given(st.binary(max_size=300), st.binary(max_size=70_000))
def test_field_lines_of_any_length_are_read_back(name, value):
    (line,) = unpack(fields((name, value)), DynamicTable()).lines
    assert (line.name, line.value) == (name, value)


@given(st.integers(0, 63), st.sampled_from([1, 2, 4, 8]))
def test_numbers_in_more_bytes_than_they_need(value, size):
    assert read_varint(long(value, size)) == (value, size)
