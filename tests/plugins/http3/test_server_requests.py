"""From streams to the site: heads, contents, limits, tunnels."""

import pytest

from support.http3_server import asked, talking
from workbench.api import Datagram, StreamData
from workbench_http3.checks.talk import data, headers
from workbench_http3.server_budgets import ALLOWANCES
from workbench_http3.server_frames import ErrorCode
from workbench_http3.server_requests import MAX_TUNNELS, TUNNELS_HELD
from workbench_http3.server_sender import TURN

WEBSOCKET = [(b":protocol", b"websocket"), (b"sec-websocket-version", b"13")]
UDP = "/.well-known/masque/udp/localhost/7/"


def connect(talk, stream: int, path: str, *extra) -> StreamData:
    fields = [pair for pair in extra if pair[0][:1] == b":"]
    fields += [*talk.fields(b"CONNECT", path=path), *(pair for pair in extra if pair[0][:1] != b":")]
    return StreamData(stream, headers(fields))


def test_content_too_large():
    assert asked(b"POST", "/echo", content=b"x" * 11, max_request=10).status == 413
    assert asked(b"POST", "/echo", content=b"x" * 10, max_request=10).status == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        (b"GET", "/hello.txt", 200),
        (b"HEAD", "/", 200),
        (b"OPTIONS", "*", 204),
        (b"PUT", "/store/a", 425),
        (b"POST", "/echo", 425),
    ],
)
def test_what_may_be_a_replay(method, path, status):
    """RFC 8470 5.2: what is not safe is to be sent again after the handshake."""
    talk = talking()
    talk.peer._line._connection.early = True
    talk.send(talk.request(0, method, path=path))
    talk.until_over(0)
    assert talk.answer(0).status == status
    talk.peer._line._connection.early = False
    talk.send(talk.request(4, method, path=path))
    talk.until_over(4)
    assert talk.answer(4).status in (200, 201, 204)


def test_no_tunnel_in_early_data():
    talk = talking()
    talk.peer._line._connection.early = True
    talk.send(connect(talk, 0, "/ws", *WEBSOCKET))
    talk.until_over(0)
    assert talk.answer(0).status == 425


def test_an_early_answer_asks_the_client_to_stop():
    talk = talking(max_request=10)
    talk.send(talk.request(0, b"POST", [(b"content-length", b"11")], path="/echo", end=False))
    talk.until(lambda: talk.answer(0).stopped is not None)
    assert (talk.answer(0).status, talk.answer(0).ended, talk.answer(0).stopped) == (413, True, ErrorCode.H3_NO_ERROR)
    talk.send(StreamData(0, data(bytes(11)), True), talk.request(4))
    talk.until_over(4)
    assert talk.answer(4).status == 200


def test_too_much_under_way():
    talk = talking(max_request=1000)
    for stream in (0, 4, 8):
        talk.send(talk.request(stream, b"POST", path="/echo", end=False), StreamData(stream, data(bytes(900))))
    talk.until_over(8)
    assert (talk.answer(8).status, talk.over(0)) == (503, False)
    talk.send(*(StreamData(stream, end=True) for stream in (0, 4)))
    talk.until_over(0, 4)
    assert (talk.answer(0).status, len(talk.answer(4).body)) == (200, 900)


def test_expecting_100():
    talk = talking()
    talk.send(talk.request(0, b"POST", [(b"expect", b"100-continue")], path="/echo", end=False))
    talk.until(lambda: bool(talk.answer(0).heads))
    assert talk.answer(0).heads == [[(b":status", b"100")]]
    talk.send(StreamData(0, data(b"go on"), True))
    talk.until_over(0)
    assert (talk.answer(0).status, talk.answer(0).body) == (200, b"go on")
    assert len(asked(b"GET", "/", (b"expect", b"100-continue")).heads) == 1, "where nothing follows nobody waits"


def test_connect():
    talk = talking()
    asks = [
        ("/ws", *WEBSOCKET), ("/elsewhere", *WEBSOCKET), ("/ws", WEBSOCKET[0]), ("/ws", (b":protocol", b"smoke-signals")),
        (UDP, (b":protocol", b"connect-udp")), ("/udp", (b":protocol", b"connect-udp")),
    ]  # fmt: skip
    for number, (path, *extra) in enumerate(asks):
        talk.send(connect(talk, 4 * number, path, *extra))
    talk.until(lambda: all(talk.answer(4 * number).status for number in range(len(asks))))
    assert [talk.answer(4 * number).status for number in range(len(asks))] == [200, 404, 400, 501, 200, 400]


def test_a_tunnel_whose_client_does_not_read_is_given_up():
    talk = talking()
    talk.send(connect(talk, 0, "/ws", *WEBSOCKET))
    message = b"\x82\xff" + (1_000_000).to_bytes(8, "big") + bytes(4) + bytes(1_000_000)
    sent = 0
    connection = talk.peer._line._connection
    while sent <= 2 * TUNNELS_HELD and not connection.closed:
        out = connection.receive(bytes(StreamData(0, data(message))))
        assert len(out) < 2 * TURN
        sent += len(message)
        if b"\x04\x00\x41\x07" in out[-16:]:  # RESET_STREAM with H3_EXCESSIVE_LOAD
            break
    assert TUNNELS_HELD < sent < 2 * TUNNELS_HELD


def test_tunnels_are_few():
    talk = talking()
    for number in range(MAX_TUNNELS + 1):
        talk.send(connect(talk, 4 * number, "/ws", *WEBSOCKET))
    talk.until_over(4 * MAX_TUNNELS)
    assert [talk.answer(stream).status for stream in (0, 4 * MAX_TUNNELS)] == [200, 503]
    talk.send(StreamData(0, data(b"\x88\x82" + bytes(4) + b"\x03\xe8"), True))
    talk.until_over(0)
    talk.send(connect(talk, 4 * MAX_TUNNELS + 4, "/ws", *WEBSOCKET))
    talk.until(lambda: bool(talk.answer(4 * MAX_TUNNELS + 4).status))
    assert talk.answer(4 * MAX_TUNNELS + 4).status == 200


def test_datagrams_come_back():
    talk = talking((0x33, 1))
    talk.send(
        connect(talk, 4, UDP, (b":protocol", b"connect-udp")), Datagram(b"\x01\x00ping"), Datagram(b"\x01\x05other context")
    )
    talk.send(StreamData(4, data(b"\x00\x05\x00pong")))
    talk.until(lambda: bool(talk.answer(4).body))
    assert talk.datagrams == [b"\x01\x00ping"]
    assert bytes(talk.answer(4).body) == b"\x00\x05\x00pong"
    assert (b"capsule-protocol", b"?1") in talk.answer(4).heads[0]


def test_datagrams_beyond_the_allowance_are_lost():
    talk = talking((0x33, 1))
    talk.send(connect(talk, 0, UDP, (b":protocol", b"connect-udp")))
    most = ALLOWANCES["datagrams"][0]
    talk.send(*(Datagram(b"\x00\x00%d" % number) for number in range(most + 50)))
    talk.until(lambda: len(talk.datagrams) >= most)
    assert len(talk.datagrams) == most
    assert talk.closed is None
