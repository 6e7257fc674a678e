"""Bodies go out in turn, a turn at a time, however large they are."""

from itertools import pairwise

from support.http3_server import talking
from workbench.api import FrameReader, ServerOptions, StreamData
from workbench_http.content import PIECE
from workbench_http3.checks.talk import headers
from workbench_http3.server import serve
from workbench_http3.server_sender import TURN


def get(path: str, stream: int) -> bytes:
    fields = [(b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"h"), (b":path", path.encode())]
    return bytes(StreamData(stream, headers(fields), True))


def opened():
    connection = serve(ServerOptions())()
    connection.pull()
    return connection


def test_a_slow_reader_costs_one_turn():
    connection = opened()
    for out in (connection.receive(get("/bytes/1000000000", 0)), connection.pull(), connection.pull()):
        assert TURN <= len(out) < TURN + 2 * PIECE


def test_streams_take_turns():
    connection = opened()
    connection.receive(get("/bytes/10000000", 0))
    out = connection.receive(get("/bytes/10000000", 4)) + connection.pull() + connection.pull()
    order = [frame.stream for frame in FrameReader().receive(out) if len(frame.data) > 1000]
    assert abs(order.count(0) - order.count(4)) <= 1
    assert all(one != other for one, other in pairwise(order))


def test_stuck_streams_are_left_alone():
    """A download that is paused does not stop the others (`CarriedConnection`)."""
    connection = opened()
    connection.receive(get("/bytes/10000000", 0))
    connection.stalled = {0}
    out = connection.receive(get("/bytes/10000000", 4)) + connection.pull()
    assert {frame.stream for frame in FrameReader().receive(out) if len(frame.data) > 1000} == {4}
    connection.stalled = {0, 4}
    assert connection.pull() == b""
    connection.stalled = ()
    assert {frame.stream for frame in FrameReader().receive(connection.pull())} == {0, 4}


def test_trailers_end_the_stream():
    talk = talking()
    talk.send(talk.request(0, extra=[(b"te", b"trailers")], path="/stream?parts=2"))
    talk.until_over(0)
    assert talk.answer(0).heads[-1] == [(b"x-parts", b"2")]
    ends = [frame.end for frame in talk.frames if isinstance(frame, StreamData) and frame.stream == 0]
    assert ends == [False, False, False, True]


def test_early_hints():
    talk = talking()
    talk.send(talk.request(0, path="/hints"))
    talk.until_over(0)
    assert [head[0] for head in talk.answer(0).heads] == [(b":status", b"103"), (b":status", b"200")]


def test_head():
    talk = talking()
    talk.send(talk.request(0, b"HEAD", path="/bytes/1000"))
    talk.until_over(0)
    assert ((b"content-length", b"1000") in talk.answer(0).heads[0], talk.answer(0).kinds) == (True, [1])


def test_nothing_more_of_what_was_dropped():
    connection = opened()
    connection.receive(get("/bytes/1000000", 0))
    out = connection.receive(bytes.fromhex("0500410c"))  # STOP_SENDING of stream 0 with H3_REQUEST_CANCELLED
    assert out.startswith(bytes.fromhex("0400410c")), "RESET_STREAM"
    assert connection.pull() == b""
