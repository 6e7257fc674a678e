import zlib

import pytest

from captures.capture import open_capture
from support.messages import message
from support.pcap import tcp_frames, write_pcap
from workbench.api import Direction, Field
from workbench.export import http_exchanges as module
from workbench.export.http_exchanges import exchanges, values_of

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT


@pytest.fixture
def index(tmp_path):
    with open_capture(write_pcap(tmp_path / "x.pcap", tcp_frames([(UP, b"x")] * 8))) as capture:
        capture.grow()
        yield capture.index


def _message(direction, protocol, packet, fields, **more):
    children = tuple(Field(name, 0, 0, value, abbrev=name) for name, value in fields)
    return message(direction, protocol=protocol, packet=packet, root=Field("root", 0, 0, children=children), **more)


def _headers(direction, packet, pairs, stream=1, protocol="http2", end=0):
    prefix = "http2.header" if protocol == "http2" else "http3.headers.header"
    fields = [(f"{prefix}.{part}", pair[place]) for pair in pairs for place, part in enumerate(("name", "value"))]
    more = [("http2.streamid", stream), ("http2.flags.end_stream", end)] if protocol == "http2" else []
    return _message(
        direction, protocol, packet, [*fields, *more], label="headers", layer=("quic stream 0",) if protocol == "http3" else ()
    )


def _data(packet, data, end=0, stream=1):
    fields = [("http2.data.data", data), ("http2.streamid", stream), ("http2.flags.end_stream", end)]
    return _message(DOWN, "http2", packet, fields)


def test_frames_become_one_exchange(index):
    (found,) = exchanges(
        [
            _headers(UP, 4, [(":method", "GET"), (":path", "/a"), (":authority", "h"), ("x", "1")], end=1),
            _headers(DOWN, 5, [(":status", "103"), ("link", "early")]),
            _headers(DOWN, 6, [(":status", "200"), ("content-type", "text/plain")]),
            _data(6, b"one"),
            _data(7, b"two"),
            _headers(DOWN, 8, [("trailer", "t")], end=1),
        ],
        index,
    )
    assert (found.request.method, found.request.target, found.request.header("host")) == ("GET", "/a", "h")
    assert (found.response.status, found.response.body, found.response.sent) == (200, b"onetwo", 6)
    assert found.response.headers == [("content-type", "text/plain"), ("trailer", "t")]
    assert (found.response.first, found.response.last, found.first) == (5, 8, 4)
    assert not found.secure


def test_exchanges_come_when_both_sides_ended_the_rest_at_the_end(index):
    ask = [(":method", "GET")]
    messages = iter(
        [
            _headers(UP, 4, ask, stream=1, end=1),
            _headers(UP, 4, ask, stream=3, end=1),
            _headers(DOWN, 5, [(":status", "200")], stream=3, end=1),
            _headers(DOWN, 6, [(":status", "404")], stream=1),
        ]
    )
    found = exchanges(messages, index)
    assert next(found).response.status == 200
    assert [each.response.status for each in found] == [404]


def test_what_is_left_compressed_is_unfolded(index):
    packed = zlib.compress(b"hello" * 100)
    (found,) = exchanges(
        [
            _headers(UP, 4, [(":method", "GET")], protocol="http3"),
            _headers(DOWN, 5, [(":status", "200"), ("content-encoding", "deflate")], protocol="http3"),
            _message(DOWN, "http3", 6, [("http3.data", packed)], layer=("quic stream 0",)),
        ],
        index,
    )
    assert found.response.body == b"hello" * 100
    assert found.response.sent == len(packed)
    assert found.secure


def test_a_pushed_response_has_the_promise_for_a_request(index):
    promise = _message(
        DOWN,
        "http2",
        5,
        [
            ("http2.push_promise.promised_stream_id", 2),
            ("http2.streamid", 1),
            ("http2.header.name", ":path"),
            ("http2.header.value", "/p"),
        ],
        label="server push_promise",
    )
    (found,) = exchanges([promise, _headers(DOWN, 6, [(":status", "200")], stream=2, end=1)], index)
    assert (found.request.target, found.response.status) == ("/p", 200)


@pytest.mark.parametrize(("limit", "value"), [("MOST_OPEN", 2), ("MOST_BYTES", 2000)])
def test_what_waits_is_bounded(index, monkeypatch, limit, value):
    monkeypatch.setattr(module, limit, value)
    found = exchanges((_data(4, b"x" * 900, stream=number) for number in range(1, 40, 2)), index)
    assert next(found).response.sent == 900
    assert sum(1 for _ in found) == 19


def test_values_by_name():
    one = _message(UP, "x", 1, [("a", 1), ("b", b"raw"), ("a", 2), ("c", None)])
    assert values_of(one) == {"a": [1, 2], "b": [b"raw"]}


def test_an_answer_may_come_before_the_request_is_over(index):
    answer = _message(DOWN, "http1", 5, [("http.response.code", 413)], exchange=1, label="response")
    request = _message(UP, "http1", 6, [("http.request.method", "POST")], exchange=1, label="request")
    (found,) = exchanges([answer, request], index)
    assert (found.request.method, found.response.status) == ("POST", 413)
