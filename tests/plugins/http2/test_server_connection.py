"""Beginnings, ends, time: what a connection does around its streams."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.http2_server import goaway, started, talking
from workbench.api import ServerOptions
from workbench_http2 import PROTOCOL
from workbench_http2.server import serve
from workbench_http2.server_connection import BEGUN_NS
from workbench_http2.server_frames import PREFACE, ErrorCode, FrameType, build, cut
from workbench_http2.server_frames import goaway as goaway_frame

SECOND = 1_000_000_000


def kinds(data: bytes) -> list[int]:
    return [frame.type for frame in cut(bytearray(data))]


@given(st.sampled_from(PROTOCOL.seeds), st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_spoilt_seeds_never_raise(seed, chance):
    data = bytearray(b"".join(seed.messages))
    data[24 + chance % (len(data) - 24)] ^= 1 + (chance >> 8) % 255
    connection = serve(ServerOptions())()
    connection.wakeup(0)
    for start in range(0, len(data), 97):
        connection.receive(bytes(data[start : start + 97]))
        while connection.pull():
            pass
    connection.receive(b"")
    connection.drain()


@given(st.binary(max_size=200))
def test_noise_never_raises(noise):
    started().receive(noise)
    serve(ServerOptions())().receive(noise)


def test_neither_preface_nor_http_1():
    connection = serve(ServerOptions())()
    assert kinds(connection.receive(b"\x16\x03\x01 this is TLS\r\n\r\n")) == [FrameType.SETTINGS, FrameType.GOAWAY]
    assert connection.closed
    assert connection.receive(b"more") == b""


def test_an_idle_connection_is_let_go():
    connection = started(idle_ns=10 * SECOND)
    assert connection.wakeup(10 * SECOND) == b""
    assert kinds(connection.wakeup(10 * SECOND + 1)) == [FrameType.GOAWAY]
    assert connection.closed


def test_a_reader_who_goes_on_reading_is_not_idle():
    connection = started(idle_ns=10 * SECOND)
    connection.receive(build(FrameType.HEADERS, 5, 1, b"\x82\x86\x44\x0e/bytes/1000000"))
    for second in range(9, 40, 9):
        connection.wakeup(second * SECOND)
        connection.receive(build(FrameType.WINDOW_UPDATE, 0, 1, (100).to_bytes(4, "big")))
        assert not connection.closed


@pytest.mark.parametrize("beginning", [b"", PREFACE[:10]])
def test_a_beginning_without_an_end_is_let_go(beginning):
    connection = serve(ServerOptions())()
    connection.wakeup(0)
    connection.receive(beginning) if beginning else None
    connection.wakeup(BEGUN_NS)
    assert not connection.closed
    connection.wakeup(BEGUN_NS + 1)
    assert connection.closed


def test_a_header_block_without_an_end_is_let_go():
    connection = started()
    connection.receive(build(FrameType.HEADERS, 0, 1, b"\x82"))
    for second in range(1, 30):
        connection.wakeup(second * SECOND)
        connection.receive(build(FrameType.CONTINUATION, 0, 1, b"\x82"))
    assert connection.closed


def test_draining_finishes_what_is_open():
    connection = started()
    out = connection.receive(build(FrameType.HEADERS, 5, 1, b"\x82\x86\x04\x0d/bytes/100000\x41\x01h"))
    assert kinds(connection.drain()) == [FrameType.GOAWAY]
    assert not connection.closed
    assert (
        connection.receive(build(FrameType.HEADERS, 5, 3, b"\x82\x86\x84\x41\x01h")) == b""
    )  # came too late, to be asked elsewhere
    assert connection.receive(build(FrameType.DATA, 1, 3, b"its content")) == b""
    for stream in (0, 1):
        out += connection.receive(build(FrameType.WINDOW_UPDATE, 0, stream, (100_000).to_bytes(4, "big")))
    while more := connection.pull():
        out += more
    assert connection.closed
    assert sum(len(frame.payload) for frame in cut(bytearray(out)) if frame.type == FrameType.DATA) == 100_000


def test_draining_closes_websockets():
    connection = started()
    fields = b"\x02\x07CONNECT\x86\x04\x03/ws\x41\x01h\x00\x09:protocol\x09websocket\x00\x15sec-websocket-version\x0213"
    assert kinds(connection.receive(build(FrameType.HEADERS, 4, 1, fields))) == [FrameType.HEADERS]
    assert kinds(connection.drain()) == [FrameType.GOAWAY]
    assert connection.pull()[9:] == b"\x88\x02\x03\xe9"
    assert kinds(connection.receive(build(FrameType.DATA, 1, 1, b"\x88\x82" + bytes(4) + b"\x03\xe9"))) == [FrameType.DATA]
    assert connection.closed


def test_draining_a_client_that_is_leaving_anyway():
    connection = started()
    connection.receive(build(FrameType.HEADERS, 5, 1, b"\x82\x86\x04\x0d/bytes/100000\x41\x01h") + goaway_frame(0, 0))
    assert kinds(connection.drain()) == [FrameType.GOAWAY]
    assert not connection.closed


def test_an_upgrade_without_a_preface_is_let_go():
    connection = serve(ServerOptions())()
    connection.wakeup(0)
    head = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
    assert connection.receive(head).startswith(b"HTTP/1.1 101 ")
    connection.wakeup(BEGUN_NS + 1)
    assert connection.closed


def test_draining_the_idle():
    connection = started()
    assert kinds(connection.drain()) == [FrameType.GOAWAY]
    assert connection.closed


def test_a_client_that_sends_no_more_gets_its_answers():
    talk = talking()
    talk.send(talk.request(1), talk.request(3, b"POST", end=False))
    talk.peer.finish()
    talk.until_over(1, 3)
    assert talk.answer(1).ended
    assert not talk.over(3)
    assert talk.peer.ended


def test_errors_say_what_was_acted_on_and_why():
    told = []
    talk = talking(tell=told.append)
    talk.send(talk.request(5), build(FrameType.DATA, 0, 9, b"x"))
    assert goaway(talk) == (5, ErrorCode.PROTOCOL_ERROR)
    assert talk.all(FrameType.GOAWAY)[0].payload[8:] == b"DATA on idle stream 9"
    assert told[-1] == {"event": "connection error", "code": "PROTOCOL_ERROR", "reason": "DATA on idle stream 9", "connection": 1}


def test_a_goaway_of_the_client_ends_it_all_in_order():
    talk = talking()
    talk.send(talk.request(1), goaway_frame(0, 0), talk.request(3, end=True))
    talk.until_over(1, 3)
    assert talk.answer(1).ended
    assert not talk.answer(3).heads
    assert talk.peer.ended


def test_frames_too_long_are_not_waited_for():
    connection = started()
    assert FrameType.GOAWAY in kinds(connection.receive(b"\x00\x40\x01"))
    assert connection.closed
