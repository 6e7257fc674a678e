"""The fast lane says what the decoder says, row by row, or nothing at all."""

import gzip
import json
from bisect import bisect_left
from dataclasses import replace

import pytest
from hpack import Encoder
from hypothesis import given, settings
from hypothesis import strategies as st

from dissectors import converse
from dissectors.paths import message_object
from support.http2 import ASK, CLIENT, HELLO, OK, SERVER, data, frame, headers, raw
from support.http2 import settings as settings_frame
from workbench.api import Dialogue, Direction
from workbench.laws.skimming import rows_of
from workbench_http2 import PROTOCOL
from workbench_http2.names import PREFACE, Type
from workbench_http2.skim import skim

MEMBERS = ("protocol", "direction", "label", "summary", "fields", "notes")


def dialogue(turns):
    """The turns as two whole streams; each turn is a packet."""
    said = [b"", b""]
    ends = [[], []]
    packets = [[], []]
    for number, (way, content) in enumerate(turns, 1):
        said[way] += content
        ends[way].append(len(said[way]))
        packets[way].append(number)

    def packets_at(way, offsets):
        return [packets[way][min(bisect_left(ends[way], offset), len(ends[way]) - 1)] for offset in offsets]

    return Dialogue(tuple(said), (True, True), packets_at)


def skimmed(turns):
    """Rows by direction; None where the skimmer has no answer."""
    found = skim(dialogue(turns))
    return found and [[row[1:] for row in rows_of(found, way)] for way in Direction]


def decoded(turns):
    rows = [[], []]
    for message in converse(PROTOCOL, turns):
        whole = message_object(message)
        text = json.dumps({name: whole[name] for name in MEMBERS}, separators=(",", ":"))
        rows[message.direction].append((message.start, message.end, text[1:-1]))
    return rows


def one_byte(status):
    return frame(Type.HEADERS, 1, 4, fragment=bytes((0x80 | status,)))


CHROME = ((b"accept", b"*/*"), (b"cookie", b"a=1"), (b"cookie", b'b="2"'), (b"user-agent", b"x\\y"))
GET = (CLIENT, headers(1, end=True))
PACKED = gzip.compress(b"text " * 50, mtime=0)

COMMON = {
    "hello": [],
    "request and response": [GET, (SERVER, headers(1, OK) + data(1, b"hello", end=True))],
    "body of several frames": [GET, (SERVER, headers(1, OK) + data(1, b"a") + data(1, b"b") + data(1, end=True))],
    "gzip": [
        GET,
        (SERVER, headers(1, (*OK, (b"content-encoding", b"gzip"))) + data(1, PACKED[:9]) + data(1, PACKED[9:], end=True)),
    ],
    "a repeated field": [(CLIENT, headers(1, (*ASK, *CHROME), end=True))],
    "one line": [GET, (SERVER, one_byte(8) + data(1, b"x", end=True))],
    "post": [(CLIENT, headers(1, ((b":method", b"POST"), *ASK[1:], (b"content-length", b"3"))) + data(1, b"abc", end=True))],
    "head": [
        (CLIENT, headers(1, ((b":method", b"HEAD"), *ASK[1:]), end=True)),
        (SERVER, headers(1, (*OK, (b"content-length", b"9")), end=True)),
    ],
    "priority": [
        (
            CLIENT,
            frame(Type.PRIORITY, 3, stream_dependency=0, weight=1)
            + frame(Type.HEADERS, 5, 0x25, fragment=headers(1)[9:], stream_dependency=3, weight=4),
        )
    ],
    "windows": [
        GET,
        (SERVER, headers(1, OK) + data(1, b"x")),
        (CLIENT, frame(Type.WINDOW_UPDATE, 0, window_size_increment=5) + frame(Type.WINDOW_UPDATE, 1, window_size_increment=5)),
    ],
    "ping and goaway": [
        (CLIENT, frame(Type.PING, opaque=b"12345678")),
        (SERVER, frame(Type.PING, flags=1, opaque=b"12345678") + frame(Type.GOAWAY, last_stream_id=0, error=0, addata=b"bye")),
    ],
}


@pytest.mark.parametrize("name", COMMON)
def test_common_conversations(name):
    turns = [*HELLO, *COMMON[name]]
    assert skimmed(turns) == decoded(turns)


UNUSUAL = {
    "no preface": [(CLIENT, settings_frame())],
    "half a frame": [*HELLO, (CLIENT, b"\0\0\1")],
    "an unknown type": [*HELLO, (CLIENT, raw(0x42, 0, 0, b""))],
    "padding": [*HELLO, (CLIENT, frame(Type.HEADERS, 1, 0x0D, fragment=headers(1)[9:], padding=b"\0"))],
    "a response before its request": [*HELLO, (SERVER, headers(1, OK, end=True)), GET],
    "an idle stream": [*HELLO, (CLIENT, data(1, b"x"))],
    "a malformed request": [*HELLO, (CLIENT, headers(1, (*ASK, (b"Upper", b"x")), end=True))],
    "content-length": [*HELLO, GET, (SERVER, headers(1, (*OK, (b"content-length", b"2"))) + data(1, b"x", end=True))],
    "a broken coding": [*HELLO, GET, (SERVER, headers(1, (*OK, (b"content-encoding", b"gzip"))) + data(1, b"x", end=True))],
    "the window used up": [*HELLO, (CLIENT, headers(1) + data(1, bytes(16_384)) * 3 + data(1, bytes(16_383)))],
    "grpc": [*HELLO, (CLIENT, headers(1, (*ASK, (b"content-type", b"application/grpc"))))],
    "too many streams": [
        (CLIENT, PREFACE + settings_frame()),
        (SERVER, settings_frame((3, 1))),
        (CLIENT, settings_frame(ack=True) + headers(1) + headers(3)),
    ],
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_the_decoder_has_to_see_these(name):
    assert skimmed(UNUSUAL[name]) is None


def test_frames_of_both_directions_in_one_packet_have_no_order():
    whole = dialogue([*HELLO, *COMMON["request and response"]])
    assert skim(replace(whole, packets_at=lambda _, offsets: [1] * len(offsets))) is None


@st.composite
def conversations(draw):
    """Two real encoders over a few streams, whose halves overlap; sometimes something is wrong."""
    encoders = Encoder(), Encoder()
    turns = [*HELLO]
    words = st.sampled_from([b"", b"a", b"text/html", b"/x?y=1", b'"q"', b"caf\xc3\xa9", b"12", b" "])
    names = st.sampled_from([b"accept", b"cookie", b"x-new", b"host", b"content-type", b"etag", b"age", b"te", b"date"])
    open_streams = []
    for number in range(1, 2 * draw(st.integers(1, 6)), 2):
        extra = draw(st.lists(st.tuples(names, words), max_size=4))
        end = draw(st.booleans())
        packed = encoders[0].encode([*ASK, *extra], huffman=draw(st.booleans()))
        said = frame(Type.HEADERS, number, 4 | end, fragment=packed)
        said += b"" if end else data(number, draw(words), end=True)
        turns.append((CLIENT, said))
        open_streams.append(number)
        while open_streams and draw(st.booleans()):
            stream = open_streams.pop(draw(st.integers(0, len(open_streams) - 1)))
            extra = draw(st.lists(st.tuples(names, words), max_size=4))
            packed = encoders[1].encode([*OK, *extra], huffman=draw(st.booleans()))
            parts = draw(st.lists(words, min_size=1, max_size=3))
            said = frame(Type.HEADERS, stream, 4, fragment=packed)
            said += b"".join(data(stream, part, end=place == len(parts)) for place, part in enumerate(parts, 1))
            turns.append((SERVER, said))
            if draw(st.booleans()):
                turns.append((CLIENT, frame(Type.WINDOW_UPDATE, stream, window_size_increment=draw(st.integers(0, 2**31 - 1)))))
    if draw(st.integers(0, 3)) == 0:
        place = draw(st.integers(3, len(turns) - 1))
        way, content = turns[place]
        at = draw(st.integers(0, len(content) - 1))
        turns[place] = way, content[:at] + bytes((draw(st.integers(0, 255)),)) + content[at + 1 :]
    return turns


@settings(max_examples=150)
@given(conversations())
def test_an_answer_is_always_the_decoders(turns):
    rows = skimmed(turns)
    assert rows is None or rows == decoded(turns)
