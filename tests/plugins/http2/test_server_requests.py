"""From streams to the site: heads, contents, limits, tunnels."""

from support.http2_server import asked, talking
from workbench_http2.server_frames import END_STREAM, FrameType, build
from workbench_http2.server_requests import TUNNEL_HELD


def test_content_too_large():
    assert asked(b"POST", "/echo", content=b"x" * 11, max_request=10).status == 413
    assert asked(b"POST", "/echo", content=b"x" * 10, max_request=10).status == 200


def test_too_much_under_way():
    talk = talking(max_request=1000)
    for stream in (1, 3, 5):
        talk.send(talk.request(stream, b"POST", path="/echo", end=False), build(FrameType.DATA, 0, stream, bytes(900)))
    talk.until_over(5)
    assert (talk.answer(5).status, talk.over(1)) == (503, False)
    talk.send(*(build(FrameType.DATA, END_STREAM, stream) for stream in (1, 3)))
    talk.until_over(1, 3)
    assert (talk.answer(1).status, len(talk.answer(3).body)) == (200, 900)


def test_expecting_100():
    talk = talking()
    talk.send(talk.request(1, b"POST", [(b"expect", b"100-continue")], path="/echo", end=False))
    talk.until(lambda: bool(talk.answer(1).heads))
    assert talk.answer(1).heads == [[(b":status", b"100")]]
    talk.send(build(FrameType.DATA, END_STREAM, 1, b"go on"))
    talk.until_over(1)
    assert (talk.answer(1).status, talk.answer(1).body) == (200, b"go on")


def test_connect():
    talk = talking()
    for stream, path, fields in (
        (1, "/ws", [(b":protocol", b"websocket"), (b"sec-websocket-version", b"13")]),
        (3, "/elsewhere", [(b":protocol", b"websocket"), (b"sec-websocket-version", b"13")]),
        (5, "/ws", [(b":protocol", b"websocket")]),
        (7, "/ws", [(b":protocol", b"connect-udp")]),
    ):
        talk.send(talk.request(stream, b"CONNECT", fields, path=path, end=False))
    talk.until(lambda: all(talk.answer(stream).status for stream in (1, 3, 5, 7)))
    assert [talk.answer(stream).status for stream in (1, 3, 5, 7)] == [200, 404, 400, 501]


def test_a_tunnel_whose_client_does_not_read_gets_no_more_window():
    talk = talking((4, 0))
    fields = [(b":protocol", b"websocket"), (b"sec-websocket-version", b"13")]
    talk.send(talk.request(1, b"CONNECT", fields, path="/ws", end=False))
    message = b"\x82\xfe" + (16_000).to_bytes(2, "big") + bytes(4) + bytes(16_000)
    talk.send(
        *(
            build(FrameType.DATA, 0, 1, message[start : start + 16_384])
            for _ in range(4)
            for start in range(0, len(message), 16_384)
        )
    )
    talk.until(lambda: False)
    before = sum(int.from_bytes(frame.payload, "big") for frame in talk.all(FrameType.WINDOW_UPDATE, 1))
    assert before < TUNNEL_HELD
    talk.send(build(FrameType.WINDOW_UPDATE, 0, 1, (100_000).to_bytes(4, "big")))
    talk.until(lambda: len(talk.answer(1).body) >= 4 * 16_004)
    assert len(talk.answer(1).body) == 4 * 16_004


def test_a_reset_tunnel_gives_the_connection_its_window_back():
    talk = talking((4, 0))
    fields = [(b":protocol", b"websocket"), (b"sec-websocket-version", b"13")]
    message = b"\x82\xfe" + (16_000).to_bytes(2, "big") + bytes(4) + bytes(16_000)
    for stream in (1, 3, 5):
        talk.send(talk.request(stream, b"CONNECT", fields, path="/ws", end=False))
        talk.send(*(build(FrameType.DATA, 0, stream, message) for _ in range(4)))
        talk.send(build(FrameType.RST_STREAM, 0, stream, bytes(4)))
    talk.send(talk.request(7, path="/status/204"))
    talk.until_over(7)
    assert talk.answer(7).status == 204, "three times the connection's window was taken, and given back"
