"""Beginnings, ends, time: what a connection does around its streams."""

from hypothesis import given, settings
from hypothesis import strategies as st

from support.http3_server import closed, talking
from workbench.api import ConnectionClosed, FrameReader, ServerOptions, StreamData
from workbench_http3.checks.talk import data, headers
from workbench_http3.names import Type
from workbench_http3.server import serve
from workbench_http3.server_connection import MAX_REASON
from workbench_http3.server_frames import ErrorCode, build, goaway
from workbench_http3.server_frames import settings as settings_frame
from workbench_http3.server_session import BEGUN_NS

SECOND = 1_000_000_000
FIELDS = [(b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"h")]
CLIENT = bytes(StreamData(2, b"\x00" + settings_frame())) + bytes(StreamData(6, b"\x02")) + bytes(StreamData(10, b"\x03"))


def get(path: str = "/hello.txt", stream: int = 0, *extra) -> bytes:
    return bytes(StreamData(stream, headers([*FIELDS, (b":path", path.encode()), *extra]), True))


def started(**options):
    connection = serve(ServerOptions(**options))()
    connection.wakeup(0)
    connection.pull()
    connection.receive(CLIENT)
    return connection


def frames(said: bytes) -> list:
    return list(FrameReader().receive(said))


def test_the_greeting_needs_no_client():
    connection = serve(ServerOptions())()
    assert connection.wakeup(0) == b""
    said = frames(connection.pull())
    assert [(frame.stream, frame.data[:1]) for frame in said] == [(3, b"\x00"), (7, b"\x02"), (11, b"\x03")]
    assert connection.pull() == b""


@given(st.integers(0, 2**32), st.integers(1, 200))
@settings(max_examples=150, deadline=None)
def test_spoilt_requests_never_raise(chance, size):
    said = bytearray(CLIENT + get() + get("/bytes/30000", 4, (b"x-y", b"z" * 50)) + bytes(StreamData(8, build(0xF00, b"x"))))
    said[chance % len(said)] ^= 1 + (chance >> 8) % 255
    connection = serve(ServerOptions())()
    for start in range(0, len(said), size):
        connection.receive(bytes(said[start : start + size]))
        while connection.pull():
            pass
    connection.receive(b"")
    connection.drain()


@given(st.binary(max_size=200))
def test_noise_never_raises(noise):
    started().receive(noise)


@given(st.integers(1, 40))
def test_any_cut_gives_the_same_answers(size):
    said = CLIENT + get() + get("/data.json", 4)
    connection = serve(ServerOptions())()
    out = b"".join(connection.receive(said[start : start + size]) for start in range(0, len(said), size))
    bodies = {stream: b"".join(frame.data for frame in frames(out) if frame.stream == stream) for stream in (0, 4)}
    assert bodies[0].endswith(b"Hello from the workbench.\n")
    assert bodies[4].endswith(b"]}")


def test_what_is_no_frame_of_the_transport():
    connection = started()
    said = frames(connection.receive(b"\x16\x03\x01"))
    assert said[-1].code == ErrorCode.H3_GENERAL_PROTOCOL_ERROR
    assert connection.closed
    assert (connection.receive(b"more"), connection.pull(), connection.drain()) == (b"", b"", b"")


def test_an_idle_connection_is_let_go():
    connection = started(idle_ns=10 * SECOND)
    assert connection.wakeup(10 * SECOND) == b""
    assert frames(connection.wakeup(10 * SECOND + 1)) == [StreamData(3, goaway(0)), ConnectionClosed(ErrorCode.H3_NO_ERROR)]
    assert connection.closed
    assert connection.wakeup(11 * SECOND) == b""


def test_a_reader_who_goes_on_reading_is_not_idle():
    connection = started(idle_ns=10 * SECOND)
    connection.receive(get("/bytes/10000000"))
    for second in range(9, 40, 9):
        connection.wakeup(second * SECOND)
        assert connection.pull()
        assert not connection.closed


def test_a_beginning_without_an_end_is_rejected():
    connection = started()
    connection.receive(bytes(StreamData(0, headers(FIELDS)[:10])))
    connection.receive(bytes(StreamData(4)))
    for second in range(1, 21):
        assert connection.wakeup(second * SECOND) == b""
        connection.receive(get("/health", 4 + 4 * second))
    said = frames(connection.wakeup(BEGUN_NS + SECOND))
    assert [(frame.stream, frame.code) for frame in said if hasattr(frame, "code")] == [
        (stream, ErrorCode.H3_REQUEST_REJECTED) for stream in (0, 0, 4, 4)
    ]
    assert not connection.closed


def test_draining_finishes_what_is_open():
    connection = started()
    out = connection.receive(get("/bytes/200000"))
    said = connection.drain()
    assert frames(said)[0] == StreamData(3, goaway(4))
    assert not connection.closed
    late = frames(connection.receive(get(stream=4)))
    assert late[0].code == ErrorCode.H3_REQUEST_REJECTED
    out += said
    while more := connection.pull():
        out += more
    assert connection.closed
    assert frames(out)[-1] == ConnectionClosed(ErrorCode.H3_NO_ERROR)
    assert sum(len(frame.data) for frame in frames(out) if getattr(frame, "stream", None) == 0) > 150_000


def test_draining_closes_websockets():
    connection = started()
    fields = [
        (b":method", b"CONNECT"),
        (b":protocol", b"websocket"),
        *FIELDS[1:],
        (b":path", b"/ws"),
        (b"sec-websocket-version", b"13"),
    ]
    connection.receive(bytes(StreamData(0, headers(fields))))
    assert frames(connection.drain()) == [StreamData(3, goaway(4)), StreamData(0, data(b"\x88\x02\x03\xe9"))]
    said = frames(connection.receive(bytes(StreamData(0, data(b"\x88\x82" + bytes(4) + b"\x03\xe9"), True))))
    assert said == [StreamData(0, b"", True), ConnectionClosed(ErrorCode.H3_NO_ERROR)]
    assert connection.closed


def test_draining_the_idle():
    connection = started()
    assert frames(connection.drain()) == [StreamData(3, goaway(0)), ConnectionClosed(ErrorCode.H3_NO_ERROR)]
    assert connection.closed


def test_a_client_that_sends_no_more_gets_its_answers():
    talk = talking()
    talk.send(talk.request(0), talk.request(4, b"POST", end=False))
    talk.peer.finish()
    talk.until(lambda: False)
    assert talk.answer(0).ended
    assert not talk.over(4)
    assert talk.peer.ended


def test_errors_say_why():
    told = []
    talk = talking(tell=told.append)
    talk.send(talk.request(4), StreamData(0, build(Type.SETTINGS)))
    assert closed(talk) is ErrorCode.H3_FRAME_UNEXPECTED
    assert talk.answer(4).status == 200, "what was answered before is sent before"
    reason = "frame 0x4 on a request stream (RFC 9114 7.2)"
    assert talk.closed is not None
    assert talk.closed.reason == reason.encode()
    assert len(reason) < MAX_REASON
    assert told[-1] == {"event": "connection error", "code": "H3_FRAME_UNEXPECTED", "reason": reason, "connection": 1}
