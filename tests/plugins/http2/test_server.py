"""The reference server as a stranger's client meets it: requests, seeds, what connections share."""

import pytest

from support.http2_server import always, asked, peer, talking
from workbench.api import ServerOptions, UsageError
from workbench_http2 import PROTOCOL
from workbench_http2.server import serve
from workbench_http2.server_frames import END_STREAM, FrameType, build, cut


def test_a_page():
    answer = asked(b"GET", "/hello.txt")
    assert answer.heads == [[
        (b":status", b"200"), (b"content-type", b"text/plain; charset=utf-8"), (b"etag", b'"e8f64df8f59d72e9"'),
        (b"accept-ranges", b"bytes"), (b"vary", b"accept-encoding"), (b"content-length", b"26"),
    ]]  # fmt: skip
    assert bytes(answer.body) == b"Hello from the workbench.\n"


def test_connections_share_the_store():
    service = serve(ServerOptions())
    first, second = talking(factory=lambda _: service), talking(factory=lambda _: service)
    first.send(first.request(1, b"PUT", path="/store/a", end=False), build(FrameType.DATA, END_STREAM, 1, b"abc"))
    first.until_over(1)
    second.send(second.request(1, path="/store/a"))
    second.until_over(1)
    assert (first.answer(1).status, bytes(second.answer(1).body)) == (201, b"abc")


@pytest.mark.parametrize("seed", PROTOCOL.seeds, ids=lambda seed: seed.name)
def test_no_seed_is_refused(seed):
    target = peer()
    for message in seed.messages:
        target.send(message)
    kinds = [frame.type for frame in cut(bytearray(target.receive(always(False))))]
    assert FrameType.HEADERS in kinds or seed.name == "reset"
    assert not {FrameType.GOAWAY, FrameType.RST_STREAM} & set(kinds)


def test_it_has_no_settings():
    with pytest.raises(UsageError, match="color: is no setting"):
        serve(ServerOptions(settings={"color": "red"}))


def test_the_log():
    told = []
    asked(b"GET", "/hello.txt", tell=told.append)
    assert told == [
        {"event": "request", "stream": 1, "method": "GET", "target": "/hello.txt", "status": 200, "sent": 26, "connection": 1}
    ]
