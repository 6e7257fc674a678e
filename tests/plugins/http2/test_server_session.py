"""Frames against the state of their stream, beyond what the conformance cases ask."""

from support.http2_server import goaway, talking
from workbench_http2.server_core import MAX_STREAMS
from workbench_http2.server_fields import MAX_FIELDS
from workbench_http2.server_frames import END_HEADERS, END_STREAM, ErrorCode, FrameType, build
from workbench_http2.server_session import MAX_CONTINUATIONS


def post(talk, stream=1, *fields):
    return talk.request(stream, b"POST", fields, path="/echo", end=False)


def test_what_comes_late_on_a_stream_that_we_reset_is_ignored_but_counted():
    talk = talking()
    talk.send(post(talk, 1, (b"content-length", b"1")), build(FrameType.DATA, 0, 1, b"too much"))
    talk.until_over(1)
    assert talk.answer(1).reset == ErrorCode.PROTOCOL_ERROR
    late = [build(FrameType.DATA, 0, 1, bytes(16_000)) for _ in range(4)]
    trailers = build(FrameType.HEADERS, END_HEADERS | END_STREAM, 1, b"\x40\x01a\x01b")
    talk.send(*late, trailers, build(FrameType.HEADERS, 5, 3, talk.request(3, path="/health")[9:] + b"\xbe"))
    talk.until_over(3)
    assert talk.answer(3).status == 200, "the ignored block still fed the table"
    granted = sum(int.from_bytes(frame.payload, "big") for frame in talk.all(FrameType.WINDOW_UPDATE, 0))
    assert granted > 32_000
    assert len(talk.all(FrameType.RST_STREAM)) == 1


def test_a_stream_too_many_is_refused_and_room_comes_back():
    talk = talking((4, 0))
    last = 2 * MAX_STREAMS + 1
    talk.send(*(talk.request(number) for number in range(1, last + 1, 2)))
    talk.until_over(last)
    assert talk.answer(last).reset == ErrorCode.REFUSED_STREAM
    talk.send(build(FrameType.RST_STREAM, 0, 1, bytes(4)), talk.request(last + 2))
    talk.until(lambda: bool(talk.answer(last + 2).heads))
    assert talk.answer(last + 2).status == 200


def test_a_list_too_large_is_431():
    talk = talking()
    talk.send(talk.request(1, extra=[(b"x-%d" % number, b"v" * 900) for number in range(17)]))
    talk.send(talk.request(3, extra=[(b"x", b"")] * (MAX_FIELDS // 33 + 1)))
    talk.until_over(1, 3)
    assert (talk.answer(1).status, talk.answer(3).status) == (200, 431)


def test_continuations():
    talk = talking()
    block = talk.request(1)[9:]
    parts = [build(FrameType.CONTINUATION, 0, 1)] * (MAX_CONTINUATIONS - 1)
    talk.send(build(FrameType.HEADERS, END_STREAM, 1, block), *parts, build(FrameType.CONTINUATION, END_HEADERS, 1))
    talk.until_over(1)
    assert talk.answer(1).status == 200


def test_a_stream_error_on_an_idle_stream_ends_the_connection():
    talk = talking()
    talk.send(build(FrameType.PRIORITY, 0, 7, bytes(4)))
    assert goaway(talk) == (0, ErrorCode.FRAME_SIZE_ERROR)
    assert not talk.all(FrameType.RST_STREAM)


def test_one_reset_is_enough():
    talk = talking()
    talk.send(talk.request(1))
    talk.until_over(1)
    talk.send(*[build(FrameType.DATA, 0, 1, b"late")] * 3)
    talk.until(lambda: False)
    assert [frame.payload for frame in talk.all(FrameType.RST_STREAM)] == [b"\0\0\0\5"]


def test_a_window_that_overflows_resets_its_stream_only():
    talk = talking()
    update = build(FrameType.WINDOW_UPDATE, 0, 1, (2**31 - 1).to_bytes(4, "big"))
    talk.send(post(talk), update, talk.request(3))
    talk.until_over(1, 3)
    assert (talk.answer(1).reset, talk.answer(3).status) == (ErrorCode.FLOW_CONTROL_ERROR, 200)
