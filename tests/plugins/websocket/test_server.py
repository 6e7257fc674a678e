"""The reference server: opening, endpoints, time, memory. The conformance checks are put to it in `checks/`."""

import pytest

from support.websocket import MASK, connected, frames, opening
from workbench.api import ServerOptions, UsageError
from workbench_websocket.frames import build_frame
from workbench_websocket.server import BACKLOG, CLOSING_NS, MAX_HEAD, OPENING_NS, serve

SECOND = 1_000_000_000


def up(opcode, payload=b"", **more):
    return build_frame(opcode, payload, key=MASK, **more)


def fresh():
    connection = serve(ServerOptions())()
    connection.wakeup(0)
    return connection


def test_handshake_and_echo_in_one_go():
    reply = fresh().receive(opening() + up(1, b"Hello"))
    assert reply.endswith(build_frame(1, b"Hello"))


def test_byte_by_byte():
    connection, data = fresh(), opening() + up(1, b"Hello")
    reply = b"".join(connection.receive(data[at : at + 1]) for at in range(len(data)))
    assert reply == fresh().receive(data)


def test_a_page_for_browsers_and_an_end():
    connection = fresh()
    assert b"<!DOCTYPE html>" in connection.receive(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert connection.closed
    assert connection.receive(b"more") == b""


@pytest.mark.parametrize("data", [b"\x16\x03\x01", b"get / http", b"GET /" + b"x" * MAX_HEAD])
def test_what_is_no_request(data):
    connection = fresh()
    assert connection.receive(data).startswith(b"HTTP/1.1 4")
    assert connection.closed


def test_a_request_that_never_ends():
    connection = fresh()
    assert connection.receive(b"GET / HTTP/1.1\r\n") == b""
    assert connection.wakeup(OPENING_NS) == b""
    assert connection.wakeup(OPENING_NS + 1).startswith(b"HTTP/1.1 408 ")
    assert connection.closed


def test_the_silent_are_asked_and_then_sent_away():
    connection = connected(options=ServerOptions(idle_ns=60 * SECOND))
    assert connection.wakeup(30 * SECOND) == b""
    assert frames(connection.wakeup(31 * SECOND)) == [(9, b"")]
    assert connection.wakeup(40 * SECOND) == b""
    assert frames(connection.wakeup(61 * SECOND))[0][1][:2] == (1011).to_bytes(2, "big")
    assert connection.closed


def test_a_pong_is_enough():
    connection = connected(options=ServerOptions(idle_ns=60 * SECOND))
    for minute in range(5):
        assert frames(connection.wakeup((minute * 31 + 31) * SECOND)) == [(9, b"")]
        assert connection.receive(up(10)) == b""


def test_everybody_hears_a_broadcast():
    woken = []
    service = serve(ServerOptions(wake=woken.append))
    first, second, third = (connected("/broadcast", service=service) for _ in range(3))
    outsider = connected("/echo", service=service)
    assert frames(first.receive(up(1, b"hello"))) == [(1, b"hello")]
    assert woken == [second, third]
    assert frames(second.pull()) == frames(third.pull()) == [(1, b"hello")]
    assert outsider.pull() == first.pull() == second.pull() == b""


def test_who_left_hears_nothing():
    service = serve(ServerOptions())
    first, second, third = (connected("/broadcast", service=service) for _ in range(3))
    second.receive(b"")
    third.receive(up(8))
    first.receive(up(1, b"hello"))
    assert list(service.members) == [first]
    assert second.pull() == third.pull() == b""


def test_a_slow_reader_is_sent_away():
    service = serve(ServerOptions())
    loud, slow = (connected("/broadcast", service=service) for _ in range(2))
    for _ in range(20):
        loud.receive(up(2, bytes(100_000)))
    assert slow._waiting <= BACKLOG + 200
    said = b""
    while more := slow.pull():
        said += more
    assert frames(said)[-1] == (8, (1013).to_bytes(2, "big") + b"this reader is too slow")
    assert list(service.members) == [loud]


def test_pings_of_the_server():
    connection = connected("/ping")
    assert frames(connection.receive(up(1, b"ask"))) == [(9, b"ask")]
    assert connection.receive(up(10, b"something else")) == b""
    connection.wakeup(5_000_000)
    assert frames(connection.receive(up(10, b"ask"))) == [(1, b"pong after 5 ms")]
    assert connection.receive(up(10, b"ask")) == b""


def test_closing_as_told():
    connection = connected("/close?code=4001&reason=b%C3%A9")
    assert frames(connection.receive(up(1))) == [(8, (4001).to_bytes(2, "big") + "bé".encode())]
    assert not connection.closed
    connection.receive(up(8, b"\x0f\xa1"))
    assert connection.closed


def test_who_does_not_answer_a_close():
    connection = connected("/close")
    connection.receive(up(1))
    connection.wakeup(CLOSING_NS)
    assert not connection.closed
    connection.wakeup(CLOSING_NS + 1)
    assert connection.closed


def test_shutting_down():
    connection = connected()
    assert frames(connection.drain())[0][1][:2] == (1001).to_bytes(2, "big")
    assert connection.receive(up(8, b"\x03\xe9")) == b""
    assert connection.closed
    waiting = fresh()
    assert waiting.drain() == b""
    assert waiting.closed


def test_what_is_told():
    told = []
    options = ServerOptions(tell=told.append)
    connected("/echo", options=options)
    serve(options)().receive(b"GET /health HTTP/1.1\r\nHost: h\r\n\r\n")
    assert [fact["event"] for fact in told] == ["opened", "answered"]


def test_settings_are_checked_at_the_start():
    with pytest.raises(UsageError):
        serve(ServerOptions(settings={"colour": "red"}))


def test_messages_are_limited():
    connection = connected(options=ServerOptions(max_request=1000))
    assert frames(connection.receive(up(2, bytes(1000)))) == [(2, bytes(1000))]
    assert frames(connection.receive(up(2, bytes(1001))))[0][1][:2] == (1009).to_bytes(2, "big")
