"""The reference server as a stranger's client meets it: requests, seeds, what connections share."""

import pytest

from support.http3_server import always, asked, peer, talking
from workbench.api import ConnectionClosed, FrameReader, ServerOptions, StreamData, StreamReset, UsageError
from workbench_http3 import PROTOCOL
from workbench_http3.checks.talk import data
from workbench_http3.server import serve


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
    first.send(first.request(0, b"PUT", path="/store/a", end=False), StreamData(0, data(b"abc"), True))
    first.until_over(0)
    second.send(second.request(0, path="/store/a"))
    second.until_over(0)
    assert (first.answer(0).status, bytes(second.answer(0).body)) == (201, b"abc")


@pytest.mark.parametrize("seed", PROTOCOL.seeds, ids=lambda seed: seed.name)
def test_no_seed_is_refused(seed):
    target = peer()
    for message in seed.messages:
        target.send(message)
    said = list(FrameReader().receive(target.receive(always(False))))
    says_goodbye = isinstance(next(FrameReader().receive(seed.messages[-1])), ConnectionClosed)
    assert target.ended is says_goodbye
    assert any(isinstance(frame, StreamData | StreamReset) and frame.stream % 4 == 0 for frame in said)
    assert not any(isinstance(frame, ConnectionClosed) for frame in said)


def test_settings_that_it_does_not_have():
    with pytest.raises(UsageError, match="color: is no setting"):
        serve(ServerOptions(settings={"color": "red"}))


def test_the_log():
    told = []
    asked(b"GET", "/hello.txt", tell=told.append)
    assert told == [
        {"event": "request", "stream": 0, "method": "GET", "target": "/hello.txt", "status": 200, "sent": 26, "connection": 1}
    ]
