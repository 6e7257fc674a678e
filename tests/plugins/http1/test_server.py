"""The reference server, without sockets: what goes in, what comes out, when it closes. Its replies are decoded by the decoder."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.http1 import CLIENT, SERVER, answers, lines, messages
from workbench.api import ServerOptions, UsageError
from workbench_http1 import PROTOCOL, server
from workbench_http1.server import MAX_HEADER, MAX_TARGET, MAX_WAITING, REQUEST_NS, WINDOW, serve

SECOND = 1_000_000_000


def start(**options):
    connection = serve(ServerOptions(**options))()
    connection.wakeup(0)
    return connection


def replies(connection, data: bytes):
    """The decoded responses to these bytes."""
    out = answers(connection, data)
    return [message for message in messages((CLIENT, data), (SERVER, out)) if message.direction is SERVER]


def get(target: str, *more: str, method: str = "GET", version: str = "1.1") -> bytes:
    return lines("\n".join((f"{method} {target} HTTP/{version}", "Host: h", *more)))


def status(message) -> int:
    return message.root.find("http.response.code").value


def content(message) -> bytes:
    return message.root.find("http.file_data").value


@pytest.mark.parametrize("seed", PROTOCOL.seeds, ids=lambda seed: seed.name)
def test_seeds_are_answered_cleanly(seed):
    connection, turns = start(), []
    for data in seed.messages:
        turns += [(CLIENT, data), (SERVER, answers(connection, data))]
    found = messages(*turns)
    assert [message.protocol for message in found] == ["http1"] * 2 * len(seed.messages)
    assert all(message.notes == () for message in found)
    assert [message.exchange for message in found] == [n + 1 for n in range(len(seed.messages)) for _ in range(2)]


def test_keep_alive_and_close():
    connection = start()
    assert content(replies(connection, get("/hello.txt"))[0]) == b"Hello from the workbench.\n"
    assert not connection.closed
    (last,) = replies(connection, get("/hello.txt", "Connection: close"))
    assert b"Connection: close" in last.raw
    assert connection.closed
    assert connection.receive(get("/")) == b""


def test_http_1_0_ends_with_the_connection():
    connection = start()
    (found,) = replies(connection, get("/stream?parts=2", version="1.0"))
    assert content(found) == b"part 1 of 2\npart 2 of 2\n"
    assert connection.closed


def test_no_date_because_there_is_no_clock():
    assert b"Date:" not in answers(start(), get("/"))


def test_chunked_stream():
    (found,) = replies(start(), get("/stream?parts=3"))
    assert found.views[-1].name == "dechunked"
    assert content(found) == b"part 1 of 3\npart 2 of 3\npart 3 of 3\n"


def test_head_has_the_fields_and_no_body():
    head, full = start(), start()
    (with_body,) = replies(full, get("/hello.txt"))
    (without,) = replies(head, get("/hello.txt", method="HEAD"))
    assert with_body.raw.startswith(without.raw)
    assert without.raw.endswith(b"\r\n\r\n")


def test_expect_continue():
    connection = start()
    head = lines("PUT /store/x HTTP/1.1\nHost: h\nExpect: 100-continue\nContent-Length: 3")
    assert connection.receive(head) == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert connection.receive(b"abc").startswith(b"HTTP/1.1 201 Created\r\n")


def test_expect_continue_of_too_much_is_refused_at_once():
    connection = start(max_request=10)
    out = connection.receive(lines("PUT /store/x HTTP/1.1\nHost: h\nExpect: 100-continue\nContent-Length: 11"))
    assert out.startswith(b"HTTP/1.1 413 Content Too Large\r\n")
    assert connection.closed


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"nonsense\r\n\r\n", 400),
        (lines("GET / HTTP/1.1"), 400),
        (lines("GET / HTTP/1.1\nHost: h\nContent-Length: x"), 400),
        (lines("GET / HTTP/1.1\nHost: h\nContent-Length: 1\nContent-Length: 2"), 400),
        (lines("GET / HTTP/1.1\nHost: h\nTransfer-Encoding: gzip"), 501),
        (get("/" + "a" * MAX_TARGET), 414),
        (b"GET /" + b"a" * MAX_HEADER, 414),
        (get("/", "A: " + "b" * MAX_HEADER)[:-4], 431),
        (get("/", "A: " + "b" * MAX_HEADER), 431),
        (lines("POST /echo HTTP/1.1\nHost: h\nTransfer-Encoding: chunked") + b"9\r\n123456789\r\n9\r\n123456789\r\n", 413),
        (lines("POST /echo HTTP/1.1\nHost: h\nTransfer-Encoding: chunked") + b"zz\r\n", 400),
        (get("/%ff%00"), 404),
        (get("http://[h/"), 404),
        (lines("GET / HTTP/1.1\nHost: h\nContent-Length: " + "9" * 5000), 400),
    ],
)
def test_refusals(data, code):
    connection = start(max_request=16)
    found = replies(connection, data)
    assert [status(message) for message in found] == [code]
    assert connection.closed is (code != 404)


def test_a_request_that_cannot_be_read_may_have_been_head():
    for data in (b"HEAD \x00 HTTP/1.1\r\nHost:\r\n\r\n", lines("HEAD / HTTP/1.1"), b"HEAD /" + b"a" * MAX_HEADER):
        found = messages((CLIENT, data), (SERVER, answers(start(), data)))
        assert [message.protocol for message in found] == ["http1", "http1"]


def test_any_octet_may_be_in_a_type():
    data = b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Type: \xff\r\nContent-Length: 0\r\n\r\n"
    assert b"Content-Type: \xff\r\n" in answers(start(), data)


def test_pipelined_requests_are_answered_in_order():
    found = replies(start(), get("/hello.txt") + get("/bytes/3") + get("/missing"))
    assert [status(message) for message in found] == [200, 200, 404]


def test_a_slow_reader_gets_one_window_at_a_time():
    connection = start()
    out = connection.receive(get("/bytes/1000000"))
    assert WINDOW <= len(out) < 2 * WINDOW
    pieces = [out]
    while piece := connection.pull():
        assert len(piece) < 2 * WINDOW
        pieces.append(piece)
    assert len(pieces) > 10
    (found,) = [message for message in messages((CLIENT, get("/x")), (SERVER, b"".join(pieces))) if message.direction is SERVER]
    assert len(content(found)) == 1_000_000


def test_a_client_that_writes_and_never_reads_is_cut_off():
    connection = start()
    connection.receive(get("/bytes/1000000"))
    for _ in range(MAX_WAITING // 65_536 + 1):
        assert connection.receive(b"G" * 65_536) == b""
    assert connection.closed


def test_requests_behind_a_large_response_wait_for_it():
    connection = start()
    out = connection.receive(get("/bytes/200000"))
    assert connection.receive(get("/hello.txt")) == b""
    while piece := connection.pull():
        out += piece
    assert out.endswith(b"Hello from the workbench.\n")


def test_idle_time_out():
    connection = start(idle_ns=5 * SECOND)
    assert connection.wakeup(5 * SECOND) == b""
    assert not connection.closed
    assert connection.wakeup(5 * SECOND + 1) == b""
    assert connection.closed


def test_a_request_that_does_not_come_to_its_end():
    connection = start()
    connection.receive(b"GET / HTTP/1.1\r\n")
    assert connection.wakeup(REQUEST_NS) == b""
    assert connection.wakeup(REQUEST_NS + 1).startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert connection.closed


def test_a_body_that_trickles_in_times_out_too():
    connection = start()
    connection.receive(lines("PUT /store/x HTTP/1.1\nHost: h\nContent-Length: 100"))
    for second in range(1, 20):
        connection.wakeup(second * SECOND)
        connection.receive(b"x")
    assert connection.wakeup(REQUEST_NS + 1).startswith(b"HTTP/1.1 408 ")


def test_drain_closes_an_idle_connection():
    connection = start()
    answers(connection, get("/"))
    assert connection.drain() == b""
    assert connection.closed


def test_drain_answers_what_has_begun():
    connection = start()
    connection.receive(get("/hello.txt")[:10])
    assert connection.drain() == b""
    assert not connection.closed
    out = connection.receive(get("/hello.txt")[10:])
    assert b"Connection: close\r\n" in out
    assert connection.closed


def test_drain_finishes_a_response_that_is_under_way():
    connection = start()
    out = connection.receive(get("/bytes/200000"))
    connection.drain()
    while piece := connection.pull():
        out += piece
    assert len(out) > 200_000
    assert connection.closed


def test_the_client_may_end_its_side_first():
    connection = start()
    out = connection.receive(get("/hello.txt"))
    assert out.startswith(b"HTTP/1.1 200 OK")
    assert connection.receive(b"") == b""
    assert connection.closed


def test_an_end_in_the_middle_of_a_request():
    connection = start()
    connection.receive(lines("PUT /store/x HTTP/1.1\nHost: h\nContent-Length: 9"))
    assert connection.receive(b"").startswith(b"HTTP/1.1 400 ")
    assert connection.closed


def test_connections_share_the_store_and_nothing_else():
    service = serve(ServerOptions())
    one, two = service(), service()
    answers(one, lines("PUT /store/x HTTP/1.1\nHost: h\nContent-Length: 2") + b"ab")
    one.receive(b"half a req")
    assert content(replies(two, get("/store/x"))[0]) == b"ab"


def test_documented_limits():
    assert (server.MAX_TARGET, server.MAX_HEADER) == (8_000, 32_768)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(PROTOCOL.seeds),
    st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=3)), max_size=4),
    st.integers(1, 50),
)
def test_damaged_requests_never_crash_it_and_are_answered_equally(seed, changes, size):
    data = bytearray(b"".join(seed.messages))
    for at, piece in changes:
        data[at : at + 1] = piece

    def run() -> list[bytes]:
        connection = start()
        out = [answers(connection, bytes(data[at : at + size])) for at in range(0, len(data), size)]
        return [*out, connection.receive(b"") if not connection.closed else b""]

    assert run() == run()


@pytest.mark.parametrize("host", [b"exam ple.org", b"example.org/path", b"user@example.org", b"a, b"])
def test_a_host_that_cannot_be_is_refused(host):
    assert answers(start(), b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n").startswith(b"HTTP/1.1 400 ")


def test_a_request_with_two_lengths_is_the_last_one():
    head = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
    reply = answers(start(), head + b"2\r\nhi\r\n0\r\n\r\n" + b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert reply.count(b"HTTP/1.1 ") == 1
    assert b"Connection: close" in reply
    assert reply.endswith(b"\r\n\r\nhi")


@pytest.mark.parametrize("pieces", [(b"\r\n\r\n",), (b"\r", b"\n"), (b"\r\n", b"\r", b"\n")])
def test_empty_lines_before_a_request_are_no_beginning(pieces):
    connection = serve(ServerOptions())()
    for piece in pieces:
        assert connection.receive(piece) == b""
    assert connection.receive(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").startswith(b"HTTP/1.1 200 ")
    connection.receive(b"\r\n")
    connection.drain()
    assert connection.closed


@pytest.mark.parametrize("start", [PROTOCOL.server, PROTOCOL.training], ids=["server", "training"])
def test_it_has_no_settings(start):
    with pytest.raises(UsageError, match="color: is no setting of http1"):
        start(ServerOptions(settings={"color": "red"}))
