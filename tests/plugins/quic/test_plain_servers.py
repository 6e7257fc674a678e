import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.api import (
    ConnectionClosed,
    Datagram,
    FrameReader,
    ServerOptions,
    StopSending,
    StreamData,
    StreamReset,
    UsageError,
)
from workbench_quic.plain_servers import BAD_REQUEST, LONGEST_LINE, NOT_FOUND, echo, pages


def answers(connection, *frames):
    found = connection.receive(b"".join(map(bytes, frames)))
    while more := connection.pull():
        found += more
    return list(FrameReader().receive(found))


def page(connection, stream, line):
    found = answers(connection, StreamData(stream, line, True))
    assert [frame.stream for frame in found] == [stream] * len(found)
    assert [frame.end for frame in found] == [False] * (len(found) - 1) + [True]
    return b"".join(frame.data for frame in found)


@pytest.fixture
def site():
    return pages(ServerOptions())()


def test_pages(site):
    assert page(site, 0, b"GET /hello.txt\r\n") == b"Hello from the workbench.\n"
    assert page(site, 4, b"GET /health\n") == b"ok\n"
    assert page(site, 8, b"GET /health?why=not") == b"ok\n"
    assert len(page(site, 12, b"GET /bytes/123456\r\n")) == 123_456
    assert page(site, 16, b"GET /bytes/0\r\n") == b""


def test_generated_bytes_are_the_same_however_far(site):
    long, short = page(site, 0, b"GET /bytes/70000\r\n"), page(site, 4, b"GET /bytes/1000\r\n")
    assert long[:1000] == short
    assert long[96 * 500 : 96 * 501] == long[:96]


def test_answers_take_turns(site):
    found = answers(site, StreamData(0, b"GET /bytes/40000", True), StreamData(4, b"GET /bytes/40000", True))
    assert [frame.stream for frame in found] == [0, 4, 0, 4, 0, 4]


def test_stuck_streams_are_left_alone(site):
    site.receive(bytes(StreamData(0, b"GET /bytes/40000", True)) + bytes(StreamData(4, b"GET /bytes/40000", True)))
    site.stalled = {0}
    assert {frame.stream for frame in answers(site)} == {4}
    site.stalled = ()
    assert {frame.stream for frame in answers(site)} == {0}


def test_a_request_in_pieces(site):
    assert answers(site, StreamData(0, b"GE"), StreamData(0, b"T /hea")) == []
    assert page(site, 0, b"lth\r\n") == b"ok\n"


@pytest.mark.parametrize(
    ("line", "code"),
    [(b"GET /nowhere", NOT_FOUND), (b"PUT /", BAD_REQUEST), (b"", BAD_REQUEST), (b"GET /bytes/9999999999", NOT_FOUND)],
)
def test_what_is_refused(site, line, code):
    assert answers(site, StreamData(0, line, True)) == [StreamReset(0, code)]


def test_a_request_without_end_is_bounded(site):
    assert answers(site, StreamData(0, b"x" * LONGEST_LINE)) == []
    assert answers(site, StreamData(0, b"x")) == [StopSending(0, BAD_REQUEST), StreamReset(0, BAD_REQUEST)]
    assert site._asked == {}


def test_nobody_asks_on_a_one_way_stream(site):
    assert answers(site, StreamData(2, b"GET /", True)) == [StopSending(2, BAD_REQUEST)]


def test_who_wants_no_more_gets_no_more(site):
    site.receive(bytes(StreamData(0, b"GET /bytes/1000000", True)) + bytes(StreamData(4, b"GET /health", True)))
    assert answers(site, StopSending(0, 1)) == [StreamData(4, b"ok\n", True)]
    site.receive(bytes(StreamData(8, b"GET ")))
    assert answers(site, StreamReset(8, 1)) == []
    assert site._asked == {}


def test_draining_finishes_what_was_begun(site):
    site.receive(bytes(StreamData(0, b"GET /health", True)))
    site.drain()
    assert not site.closed
    assert answers(site) == [StreamData(0, b"ok\n", True)]
    assert site.closed


@pytest.mark.parametrize("start", [pages, echo])
def test_the_end(start):
    for words in (b"", bytes(ConnectionClosed(3))):
        connection = start(ServerOptions())()
        assert connection.receive(words) == b""
        assert connection.closed
    idle = start(ServerOptions())()
    idle.drain()
    assert idle.closed


@pytest.mark.parametrize("start", [pages, echo])
def test_bytes_that_no_carrier_gives(start):
    connection = start(ServerOptions())()
    assert answers(connection, b"\x20rubbish") == [ConnectionClosed(BAD_REQUEST)]
    assert connection.closed


def test_echo():
    connection = echo(ServerOptions())()
    frames = StreamData(0, b"a"), StreamData(2, b"b", True), Datagram(b"c"), StreamReset(4, 7)
    assert answers(connection, *frames) == [StreamData(0, b"a"), StreamData(3, b"b", True), Datagram(b"c"), StreamReset(4, 7)]


@pytest.mark.parametrize("start", [pages, echo])
def test_there_are_no_settings(start):
    with pytest.raises(UsageError, match="speed"):
        start(ServerOptions(settings={"speed": "9"}))


@given(st.lists(st.tuples(st.integers(0, 40), st.binary(max_size=40), st.booleans()), max_size=20))
def test_whatever_is_asked(said):
    connection = pages(ServerOptions())()
    for stream, data, end in said:
        answers(connection, StreamData(stream, data, end))
