"""Bodies: put together, unfolded, gRPC; tunnels hand their bytes on."""

import gzip
import zlib

import pytest

from support.http2 import ASK, CLIENT, HELLO, OK, SERVER, after_hello, data, decode, frame, headers, last, said, settings, values
from workbench.api import Inner
from workbench_http2.limits import MAX_EARLY, MAX_FACTS
from workbench_http2.names import Type

GET = (CLIENT, headers(1, end=True))
TEXT = b"some text that is worth packing " * 40


def answer(*parts, coding=b"", kind=b"text/plain"):
    extra = ((b"content-encoding", coding),) if coding else ()
    frames = [data(1, part, end=place == len(parts)) for place, part in enumerate(parts, 1)]
    return (SERVER, headers(1, (*OK, (b"content-type", kind), *extra)) + b"".join(frames))


def test_a_body_of_several_frames():
    message = last(GET, answer(b"one ", b"two ", b"three"))
    assert values(message, "http2.body.reassembled.data") == [b"one two three"]
    assert values(message, "http2.body.reassembled.length") == [13]
    assert message.views[1].data == b"one two three"


def test_a_body_of_one_frame_is_there_already():
    assert last(GET, answer(b"one")).views == ()


def test_a_body_that_ends_in_trailers():
    trailers = headers(1, [(b"a", b"b")], end=True)
    message = last(GET, (SERVER, headers(1, OK) + data(1, b"x") + data(1, b"y") + trailers))
    assert values(message, "http2.body.reassembled.data") == [b"xy"]


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        (b"gzip", gzip.compress(TEXT, mtime=0)),
        (b"deflate", zlib.compress(TEXT)),
        (b"deflate", zlib.compress(TEXT)[2:-4]),
        (b"deflate, gzip", gzip.compress(zlib.compress(TEXT), mtime=0)),
    ],
)
def test_codings(coding, packed):
    message = last(GET, answer(packed[:20], packed[20:], coding=coding))
    assert message.views[-1].data == TEXT
    assert message.notes == ()


@pytest.mark.parametrize(
    ("coding", "content", "text"),
    [
        (b"br", b"x", "'br' is not decoded"),
        (b"gzip", b"nonsense", "damaged"),
        (b"gzip", gzip.compress(TEXT, mtime=0)[:-9], "break off"),
    ],
)
def test_codings_that_do_not_work(coding, content, text):
    message = last(GET, answer(content, coding=coding))
    assert text in said(message)
    assert message.errors == ()


def grpc(content, flag=0):
    return bytes((flag,)) + len(content).to_bytes(4, "big") + content


def test_grpc_messages_over_frames():
    stream = grpc(b"first") + grpc(b"second", 1) + grpc(b"")
    kind = b"application/grpc+proto"
    found = after_hello(GET, answer(stream[:3], stream[3:20], stream[20:], kind=kind))[2:]
    assert [values(message, "grpc.message_data") for message in found] == [[], [b"first"], [b"second", b""]]
    assert values(found[-1], "grpc.compressed_flag") == [1, 0]
    assert values(found[-1], "http2.body.reassembled.data") == []


SOCKET = ((b":method", b"CONNECT"), *ASK[1:], (b":protocol", b"websocket"))
OPEN = (*HELLO, (SERVER, settings((8, 1))), (CLIENT, settings(ack=True)))


def inner(*turns):
    return [item for item in decode(*turns) if isinstance(item, Inner)]


def test_websocket_goes_on_inside():
    found = inner(
        *OPEN,
        (CLIENT, headers(1, SOCKET)),
        (SERVER, headers(1, OK)),
        (CLIENT, data(1, b"up")),
        (SERVER, data(1, b"down", end=True)),
    )
    assert [(one.direction, one.data, one.channel, one.protocol, one.last) for one in found] == [
        (CLIENT, b"up", "stream 1", "websocket", False),
        (SERVER, b"down", "stream 1", "websocket", True),
    ]
    assert found[0].facts == {"request": SOCKET, "response": OK, "target": b"/", "method": b"CONNECT", "status": 200}


def test_plain_connect_is_detected():
    connect = ((b":method", b"CONNECT"), (b":authority", b"h:443"))
    found = inner(
        *HELLO, (CLIENT, headers(1, connect) + data(1, b"early")), (SERVER, headers(1, OK)), (CLIENT, data(1, b"later"))
    )
    assert [(one.data, one.protocol, one.facts["target"]) for one in found] == [
        (b"early", None, b"h:443"),
        (b"later", None, b"h:443"),
    ]


def test_what_comes_too_early_is_bounded():
    connect = ((b":method", b"CONNECT"), (b":authority", b"h:443"))
    many = data(1, bytes(16_000)) * 5
    assert len(inner(*HELLO, (CLIENT, headers(1, connect) + many), (SERVER, headers(1, OK)))[0].data) == MAX_EARLY


def test_a_reset_ends_both_directions_inside():
    found = inner(*OPEN, (CLIENT, headers(1, SOCKET)), (SERVER, headers(1, OK)), (CLIENT, frame(Type.RST_STREAM, 1, error=8)))
    assert [(one.direction, one.last) for one in found] == [(CLIENT, True), (SERVER, True)]


def test_a_refused_tunnel_is_none():
    refused = (SERVER, headers(1, ((b":status", b"403"),)) + data(1, b"no", end=True))
    assert inner(*OPEN, (CLIENT, headers(1, SOCKET)), refused) == []


def test_lost_bytes_inside_a_tunnel_are_a_gap():
    long = data(1, b"x" * 100)
    turns = (
        *OPEN,
        (CLIENT, headers(1, SOCKET)),
        (SERVER, headers(1, OK)),
        (CLIENT, long[:50]),
        (CLIENT, 59),
        (CLIENT, data(1, b"y")),
    )
    assert [(one.data, one.gap) for one in inner(*turns)] == [(b"x" * 41, 0), (b"y", 59)]


def test_long_heads_are_not_kept_for_tunnels():
    many = tuple((b"x-field", b"%d" % number) for number in range(MAX_FACTS + 50))
    found = inner(*OPEN, (CLIENT, headers(1, (*SOCKET, *many))), (SERVER, headers(1, (*OK, *many))), (CLIENT, data(1, b"x")))
    assert (len(found[0].facts["request"]), len(found[0].facts["response"])) == (MAX_FACTS, MAX_FACTS)
