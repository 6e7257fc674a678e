"""Bodies go out in turn, within the windows, a turn at a time."""

from itertools import pairwise

from support.http2_server import started, talking
from workbench_http2.server_frames import FrameType, build, cut
from workbench_http2.server_sender import WINDOW

BIG = 2**30


def get(path: bytes, stream: int) -> bytes:
    return build(FrameType.HEADERS, 5, stream, b"\x82\x86\x41\x01h\x04" + bytes((len(path),)) + path)


def opened():
    connection = started()
    connection.receive(build(FrameType.SETTINGS, 0, 0, b"\0\4" + BIG.to_bytes(4, "big")))
    connection.receive(build(FrameType.WINDOW_UPDATE, 0, 0, BIG.to_bytes(4, "big")))
    return connection


def test_a_slow_reader_costs_one_turn():
    connection = opened()
    first = connection.receive(get(b"/bytes/1000000000", 1))
    second = connection.pull()
    assert WINDOW <= len(first) < 2 * WINDOW
    assert WINDOW <= len(second) < 2 * WINDOW


def test_streams_take_turns():
    connection = opened()
    connection.receive(get(b"/bytes/10000000", 1))
    out = connection.receive(get(b"/bytes/10000000", 3)) + connection.pull() + connection.pull()
    order = [frame.stream for frame in cut(bytearray(out)) if frame.type == FrameType.DATA]
    assert abs(order.count(1) - order.count(3)) <= 1
    assert all(one != other for one, other in pairwise(order))


def test_a_stream_without_window_does_not_stop_the_others():
    talk = talking((4, 5))
    talk.send(talk.request(1, path="/hello.txt"), talk.request(3, path="/hello.txt"))
    talk.send(build(FrameType.WINDOW_UPDATE, 0, 3, (1000).to_bytes(4, "big")))
    talk.until_over(3)
    assert (talk.answer(3).ended, bytes(talk.answer(1).body)) == (True, b"Hello")


def test_trailers_need_no_window_and_end_the_stream():
    talk = talking()
    talk.send(talk.request(1, extra=[(b"te", b"trailers")], path="/stream?parts=2"))
    talk.until_over(1)
    assert talk.answer(1).heads[-1] == [(b"x-parts", b"2")]
    assert [frame.flags & 1 for frame in talk.all(FrameType.DATA)] == [0, 0]


def test_an_early_answer_asks_the_client_to_stop():
    talk = talking(max_request=10)
    talk.send(talk.request(1, b"POST", [(b"content-length", b"11")], path="/echo", end=False))
    talk.until(lambda: talk.answer(1).reset is not None)
    assert (talk.answer(1).status, talk.answer(1).ended, talk.answer(1).reset) == (413, True, 0)
