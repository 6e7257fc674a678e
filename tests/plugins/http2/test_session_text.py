from random import Random

from hypothesis import given
from hypothesis import strategies as st

from workbench_http2.header_table import HeaderTable
from workbench_http2.hpack import unpack
from workbench_http2.seeds import SEEDS
from workbench_http2.server_frames import PREFACE, FrameType, build, settings
from workbench_http2.session_text import MOST, adding, editing, fields, next_stream, request, session

PING = build(FrameType.PING, 0, 0, bytes(8))


def test_frames_are_found_behind_the_preface_and_in_joined_messages():
    places = session([PREFACE + settings(), PING * 2 + PING[:5]])
    assert [(place.message, place.start, place.frame.type) for place in places] == [(0, 24, 4), (1, 0, 6), (1, 17, 6)]
    assert len(session([PING * 1_000])) == MOST


@given(st.lists(st.binary(max_size=60), max_size=4))
def test_nothing_is_too_strange_to_be_looked_at(messages):
    for place in session(messages):
        assert (
            messages[place.message][place.start : place.end] == place.frame.serialize()
            or messages[place.message][place.start + 5] & 0x80
        )


def test_the_next_stream_is_odd_and_new():
    for seed in SEEDS:
        places = session(seed.messages)
        stream = next_stream(places)
        assert stream % 2 == 1
        assert all(place.frame.stream < stream for place in places)


def test_a_frame_is_edited_in_its_place():
    change = editing(lambda frame, _: (b"<" + frame.payload + b">", "marked"), FrameType.PING)
    found = change([settings() + PING + settings()], Random(1))
    assert found is not None
    assert found.messages == (settings() + b"<" + bytes(8) + b">" + settings(),)
    assert change([settings()], Random(1)) is None
    assert editing(lambda *_: None)([PING], Random(1)) is None


def test_something_more_is_said_behind_the_first_message():
    change = adding(lambda stream, _: (b"%d" % stream, "more"))
    assert {change([settings(), PING], Random(seed)).messages for seed in range(20)} == {
        (settings(), b"1", PING),
        (settings(), PING, b"1"),
    }
    assert change([b"no frame"], Random(1)) is None


@given(st.binary(max_size=40_000))
def test_field_lines_of_any_length_are_read_back(value):
    (line,) = unpack(fields((b"name", value)), HeaderTable(), 4_096).lines
    assert (line.name, line.value) == (b"name", value)
    assert unpack(request(), HeaderTable(), 4_096).trouble == ""
