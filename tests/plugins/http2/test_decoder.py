"""The decoder as a whole: any split gives equal messages, nothing raises, messages tile; beginnings, losses, upgrades."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captures import open_capture
from dissectors import dissect
from support.http2 import (
    ASK,
    CLIENT,
    HELLO,
    OK,
    SERVER,
    after_hello,
    assert_sound,
    block,
    data,
    decode,
    frame,
    headers,
    last,
    messages,
    raw,
    said,
    sections,
    values,
)
from support.http2 import settings as settings_frame
from support.shared import ROOT
from workbench import registry
from workbench.api import UNDECODED, Limits
from workbench_http2.names import PREFACE, Type
from workbench_http2.values import encode

PING = frame(Type.PING, opaque=b"12345678")


def test_a_conversation():
    found = messages(*HELLO, (CLIENT, headers(1, end=True)), (SERVER, headers(1, OK) + data(1, b"hello", end=True)))
    assert [message.summary for message in found] == [
        "Magic",
        "SETTINGS[0]",
        "SETTINGS[0]",
        "SETTINGS[0] ACK",
        "SETTINGS[0] ACK",
        "HEADERS[1] GET /",
        "HEADERS[1] 200",
        "DATA[1] 5 bytes",
    ]
    assert [message.label for message in found[5:]] == ["client headers", "server headers", "server data"]
    assert [message.exchange for message in found[5:]] == [1, 1, None]
    assert not any(message.notes for message in found)


def test_a_block_over_several_frames_is_shown_on_the_last_one():
    whole = block(ASK)
    first = frame(Type.HEADERS, 1, 1, fragment=whole[:5])
    second = frame(Type.CONTINUATION, 1, 0, fragment=whole[5:9])
    third = frame(Type.CONTINUATION, 1, 4, fragment=whole[9:])
    one, two, three = after_hello((CLIENT, first + second + third))
    assert values(one, "http2.header.name") == values(two, "http2.header.name") == []
    assert values(three, "http2.header.name") == [":method", ":scheme", ":path", ":authority"]
    assert three.views[1].name == "header block"
    assert three.views[1].data == whole
    assert three.exchange == 1


def test_a_capture_that_begins_in_the_middle():
    indexed = frame(Type.HEADERS, 7, 5, fragment=b"\x82\xbe\xc0")
    first, second = messages((CLIENT, indexed + PING), (SERVER, data(5, b"x" * 70_000)))[0:2]
    assert "begins later than the connection" in said(first)
    assert "2 header fields are in a table" in said(first)
    assert first.errors == second.errors == ()


def test_a_server_that_does_not_begin_with_settings():
    assert messages((CLIENT, PREFACE + settings_frame()), (SERVER, PING))[-1].errors == (
        "PROTOCOL_ERROR: PING where SETTINGS must come first",
    )


def test_a_client_that_does_not_begin_with_settings():
    assert sections(messages((CLIENT, PREFACE + PING))[1]) == {"RFC 9113 3.4"}


def test_a_preface_against_the_direction_swaps_the_roles():
    found = messages((SERVER, PREFACE + settings_frame()), (CLIENT, settings_frame()), (SERVER, headers(1, end=True)))
    assert [message.label for message in found] == ["client preface", "client settings", "server settings", "client headers"]


def test_what_is_no_frame_is_data():
    (message,) = messages((CLIENT, b"GET / HTTP/1.1\r\n\r\n"))
    assert (message.protocol, message.raw) == (UNDECODED, b"GET / HTTP/1.1\r\n\r\n")


def test_lost_bytes_inside_data_are_told_and_the_connection_goes_on():
    long = data(1, b"x" * 1000)
    turns = (
        *HELLO,
        (CLIENT, headers(1, end=True)),
        (SERVER, headers(1, OK) + long[:100]),
        (SERVER, 500),
        (SERVER, long[600:] + PING),
    )
    found = messages(*turns)
    assert_sound(found)
    assert "500 bytes of the frame were not captured" in said(found[-2])
    assert found[-1].summary == "PING[0]"
    assert found[-1].notes == ()


def test_lost_frames_make_later_rules_silent():
    turns = (*HELLO, (CLIENT, 60), (CLIENT, data(9, b"x") + PING + headers(11, end=True)), (SERVER, headers(7, OK)))
    found = messages(*turns)
    assert_sound(found)
    assert found[5].summary == "60 lost bytes"
    assert [message.summary for message in found[6:]] == ["DATA[9] 1 bytes", "PING[0]", "HEADERS[11] GET /", "HEADERS[7] 200"]
    assert not any(message.errors for message in found)


def test_a_frame_beyond_the_limit_is_cut():
    found = messages(*HELLO, (CLIENT, headers(1) + data(1, b"x" * 9000) + PING), limits=Limits(message=1000))
    assert (len(found[-2].raw), found[-2].end - found[-2].start) == (1000, 9009)
    assert "only the first 1000 bytes" in said(found[-2])
    assert found[-1].summary == "PING[0]"


def test_the_end_of_the_stream_inside_a_frame():
    assert "ends behind 3 of 8 bytes" in said(last((CLIENT, PING[:12])))


def test_after_an_upgrade_the_request_is_stream_1():
    coded = base64.urlsafe_b64encode(b"\0\4\0\0\0\x20").rstrip(b"=")
    facts = {"status": 101, "method": b"HEAD", "request": ((b"http2-settings", coded),)}
    answer = headers(1, (*OK, (b"content-length", b"5")), end=True)
    turns = ((SERVER, settings_frame() + answer), (CLIENT, PREFACE + settings_frame()), (CLIENT, headers(3, end=True)))
    found = messages(*turns, (SERVER, headers(3, OK) + data(3, b"x" * 33)), **facts)
    assert [message.errors for message in found[:-1]] == [()] * (len(found) - 1)
    assert found[1].exchange == 1
    assert "1 bytes beyond the window of stream 3" in said(found[-1])


def test_settings_of_an_upgrade_may_be_nonsense():
    facts = {"status": 101, "request": ((b"http2-settings", b"a"),)}
    assert not messages((SERVER, settings_frame()), **facts)[0].notes


def test_state_and_windows_are_in_the_tree():
    message = last((CLIENT, headers(1)), (CLIENT, data(1, b"abc")))
    shown = {node.name: node.value for node in message.root.children if node.generated and not node.abbrev}
    assert shown == {"Stream state": "open", "Window of the stream": 65_532, "Window of the connection": 65_532}


@pytest.mark.parametrize(("name", "count"), [("http2-cleartext", 200), ("http2-tls", 60)])
def test_real_programs_leave_nothing_to_remark(name, count):
    specs = registry.load().specs
    with open_capture(ROOT / "captures" / "samples" / f"{name}.pcapng") as capture:
        found = [message for message in dissect(capture, specs) if message.protocol == "http2"]
    assert len(found) > count
    assert [(message.packet, said(message)) for message in found if message.notes] == []
    assert all(encode(message) == message.raw for message in found)
    streams = {(message.stream, message.exchange) for message in found if message.exchange}
    answered = {(message.stream, message.exchange) for message in found if message.exchange and message.direction is SERVER}
    assert answered == streams


TURNS = st.lists(
    st.tuples(
        st.sampled_from((CLIENT, SERVER)),
        st.one_of(
            st.builds(
                lambda kind, stream, flags, payload: raw(kind, stream, flags, payload),
                st.integers(0, 17),
                st.sampled_from((0, 1, 2, 3, 5)),
                st.sampled_from((0, 1, 4, 5, 8, 0x2C, 255)),
                st.binary(max_size=40),
            ),
            st.sampled_from((headers(1), headers(3, end=True), headers(1, OK), data(1, b"abc"), data(3, end=True), PING)),
            st.builds(lambda stream: frame(Type.RST_STREAM, stream, error=8), st.sampled_from((1, 2, 3))),
            st.binary(max_size=30),
        ),
    ),
    max_size=14,
)


@settings(max_examples=150)
@given(TURNS, st.booleans(), st.integers(1, 20))
def test_any_split_gives_equal_messages_and_nothing_raises(turns, hello, size):
    turns = [*(HELLO if hello else ()), *turns]
    whole = decode(*turns)
    assert_sound(whole)
    for way in (CLIENT, SERVER):
        one = [message for message in whole if message.direction is way]
        assert one == [message for message in decode(*turns, size=size) if message.direction is way]


def test_flags_that_nobody_knows_do_not_hide_the_servers_settings():
    first, *_ = messages((SERVER, raw(Type.SETTINGS, 0, 0x80, b"")), (CLIENT, PREFACE + settings_frame()))
    assert first.notes == ()
