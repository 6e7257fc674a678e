"""The decoder as a conversation; that any split gives equal messages, and that nothing raises, is among the laws."""

import pytest

from support.websocket import CLIENT, MASK, SERVER, client, decode, deflated, facts, opening, sections, server, value, view
from workbench.api import Limits
from workbench_websocket.agreement import accept_of
from workbench_websocket.deflate import Deflater
from workbench_websocket.frames import build_frame

ACCEPT = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s\r\n"
RIGHT = ACCEPT % (accept_of(b"dGhlIHNhbXBsZSBub25jZQ=="), b"")
HELLO = bytes.fromhex("f248cdc9c90700")


def labels(messages):
    return [message.label for message in messages]


def assert_tiled(messages):
    ends = {CLIENT: 0, SERVER: 0}
    for message in messages:
        assert message.start == ends[message.direction]
        ends[message.direction] = message.end


def test_a_connection_that_was_handed_over():
    messages = decode(client(1, b"Hello"), server(1, b"Hello"), client(8), server(8), known=facts())
    assert labels(messages) == ["text", "server text", "close", "server close"]
    assert not any(message.notes for message in messages)


def test_the_first_frame_says_what_was_wrong_with_the_handshake():
    known = facts()
    wrong = tuple((name, b"wrong" if name == b"sec-websocket-accept" else content) for name, content in known["response"])
    first, second = decode(server(1, b"a"), client(1, b"b"), known={**known, "response": wrong})
    assert sections(first) == ["RFC 6455 4.2.2"]
    assert sections(second) == []


def test_a_connection_that_begins_with_its_handshake():
    messages = decode((CLIENT, opening()), (SERVER, RIGHT), client(1, b"Hello"), server(1, b"Hello"))
    assert labels(messages) == ["handshake", "server accepts", "text", "server text"]
    assert messages[0].exchange == messages[1].exchange
    assert_tiled(messages)


def test_the_handshake_decides_about_compression():
    offer = "Sec-WebSocket-Extensions: permessage-deflate"
    answer = RIGHT[:-2] + offer.encode() + b"\r\n\r\n"
    messages = decode((CLIENT, opening("/", offer)), (SERVER, answer), client(1, HELLO, rsv=4))
    assert value(messages[2], "websocket.payload.text") == "Hello"
    messages = decode((CLIENT, opening()), (SERVER, RIGHT), client(1, HELLO, rsv=4))
    assert "RFC 6455 5.2" in sections(messages[2])


def test_a_refusal_and_a_second_try():
    refusal = b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 3\r\n\r\nno\n"
    messages = decode((CLIENT, opening()), (SERVER, refusal), (CLIENT, opening()), (SERVER, RIGHT), client(9), server(10))
    assert labels(messages) == ["handshake", "server refuses", "handshake", "server accepts", "ping", "server pong"]


def test_a_refusal_until_the_end():
    messages = decode((CLIENT, opening()), (SERVER, b"HTTP/1.0 400 No\r\n\r\nbecause"), (SERVER, b" I say so"))
    assert messages[1].raw.endswith(b"because I say so")


def test_frames_before_the_answer():
    messages = decode((CLIENT, opening() + client(1, b"early")[1]), (SERVER, RIGHT))
    assert labels(messages) == ["handshake", "text", "server accepts"]


def test_a_capture_that_begins_later():
    data = b"".join(build_frame(1, b"message %d" % number) for number in range(5))
    messages = decode((SERVER, data[4:]))
    assert [message.protocol for message in messages] == ["data", *["websocket"] * 4]
    assert value(messages[1], "websocket.payload.text") == "message 1"
    assert_tiled(messages)


def test_compression_is_guessed_where_the_handshake_is_unknown():
    deflater = Deflater()
    frames = [server(1, deflater.message(b"some text, some text %d" % number), rsv=4) for number in range(4)]
    known = decode(*frames)
    assert [view(message, "Decompressed") for message in known[:1]] == [b"some text, some text 0"]
    late = decode(*frames[1:])
    assert "before the beginning" in late[0].notes[0].text


def test_lost_bytes_inside_a_frame():
    frame = build_frame(2, bytes(100))
    messages = decode((SERVER, frame[:40]), (SERVER, 30), (SERVER, frame[70:] + build_frame(1, b"next")), known=facts())
    assert (messages[0].start, messages[0].end, len(messages[0].raw)) == (0, 102, 40)
    assert "missing" in messages[0].notes[0].text
    assert value(messages[1], "websocket.payload.text") == "next"


def test_lost_bytes_beyond_a_frame():
    frames = [build_frame(1, b"message %d" % number) for number in range(8)]
    messages = decode((SERVER, frames[0] + frames[1][:3]), (SERVER, 12), (SERVER, b"".join(frames)[26:]), known=facts())
    assert [message.protocol for message in messages[:4]] == ["websocket", "websocket", "data", "data"]
    assert value(messages[-1], "websocket.payload.text") == "message 7"
    assert len(messages) >= 8
    assert_tiled(messages)


def test_a_message_longer_than_what_is_kept():
    limits = Limits(message=70_000)
    long, after = decode(client(2, bytes(100_000)), client(1, b"after"), known=facts(), limits=limits)
    assert (long.end - long.start, len(long.raw)) == (100_014, 70_000)
    assert value(after, "websocket.payload.text") == "after"


def test_a_length_that_nobody_can_mean():
    messages = decode((SERVER, b"\x82\x7f" + b"\xff" * 8 + b"rest"), known=facts())
    assert len(messages) == 1
    assert messages[0].errors


def test_a_handshake_that_never_ends():
    messages = decode((CLIENT, b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000))
    assert messages[0].errors
    assert_tiled(messages)


def test_pings_and_pongs_belong_together():
    ping, pong, unasked, theirs = decode(client(9, b"a"), server(10, b"a"), server(10, b"b"), server(9, b"c"), known=facts())
    assert ping.exchange == pong.exchange != None  # noqa: E711
    assert (unasked.exchange, theirs.exchange) == (None, None)


@pytest.mark.parametrize(("direction", "noise"), [(SERVER, b"\x0f\x00" * 1000), (CLIENT, bytes(2000))])
def test_what_makes_no_sense_for_long_is_given_up(direction, noise):
    messages = decode(client(1, fin=False), (direction, noise), known=facts())
    assert len(messages) < 50
    assert messages[-1].end in (len(noise), len(noise) + 6)
    assert messages[-1].protocol == "data"
    assert_tiled(messages)


def test_a_client_that_never_masks_is_heard_to_the_end():
    messages = decode(*[(CLIENT, build_frame(1, b"sloppy"))] * 100, known=facts())
    assert len(messages) == 100
    assert {tuple(sections(message)) for message in messages} == {("RFC 6455 5.1",)}


def test_reserved_bits_of_an_unknown_extension():
    known = facts((b"sec-websocket-extensions", b"x-foreign"), offer=b"x-foreign")
    first, second = decode(client(1, b"x", rsv=7), client(1, b"y", rsv=3), known=known)
    assert sections(first) == ["RFC 6455 9.1"]
    assert sections(second) == []


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pieces(size):
    turns = client(1, b"He", fin=False), client(9), client(0, b"llo"), server(2, bytes(300)), client(8, b"\x03\xe8")
    assert decode(*turns, known=facts(), size=size) == decode(*turns, known=facts())


def test_over_http2():
    known = {
        "method": b"CONNECT",
        "request": ((b":method", b"CONNECT"), (b":protocol", b"websocket"), (b"sec-websocket-version", b"13")),
        "response": ((b":status", b"200"),),
    }
    (message,) = decode(client(1, b"Hello"), known=known)
    assert message.notes == ()


def test_offsets_begin_where_the_stream_does():
    (message,) = decode(client(1, b"x", key=MASK), known=deflated(), start=500)
    assert message.start == 500
