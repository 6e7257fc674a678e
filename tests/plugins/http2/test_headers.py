"""Header blocks in their streams: tables of both directions, blocks that are lost or too long, floods."""

from support.http2 import ASK, CLIENT, HELLO, OK, SERVER, after_hello, block, frame, headers, last, messages, said, values
from workbench_http2.abuse import CONTINUATIONS
from workbench_http2.hpack import UNKNOWN, pack
from workbench_http2.limits import MAX_BLOCK
from workbench_http2.names import Type

NEW = pack([{"form": "INCREMENTAL", "index": 0, "name": b"a", "value": b"1"}])


def test_each_direction_has_its_table():
    first, second, third = after_hello(
        (CLIENT, frame(Type.HEADERS, 1, 5, fragment=block(ASK) + NEW)),
        (SERVER, frame(Type.HEADERS, 1, 4, fragment=block(OK) + b"\xbe")),
        (CLIENT, frame(Type.HEADERS, 3, 5, fragment=block(ASK) + b"\xbe")),
    )
    assert values(first, "http2.header.name")[-1] == "a"
    assert "index 62 is beyond the table" in said(second)
    assert values(third, "http2.header.value")[-1] == "1"


def test_a_promise_and_its_response():
    push = frame(Type.PUSH_PROMISE, 1, 4, promised_stream_id=2, fragment=block(ASK))
    promise, answer = after_hello((CLIENT, headers(1, end=True)), (SERVER, push + headers(2, OK, end=True)))[1:]
    assert promise.summary == "PUSH_PROMISE[1] stream 2: GET /"
    assert (answer.summary, answer.exchange) == ("HEADERS[2] 200", None)


def test_trailers():
    message = last((CLIENT, headers(1) + headers(1, [(b"a", b"b")], end=True)))
    assert (message.summary, message.exchange) == ("HEADERS[1] trailers", None)


def test_a_lost_block_makes_later_indexes_unknown():
    turns = (*HELLO, (CLIENT, frame(Type.HEADERS, 1, 4, fragment=block(ASK) + NEW)[:-3]), (CLIENT, 3))
    later = frame(Type.HEADERS, 3, 5, fragment=block(ASK) + b"\xbe")
    found = messages(*turns, (CLIENT, later))
    assert "not here whole" in said(found[-2])
    assert values(found[-1], "http2.header.name")[-1] == UNKNOWN.decode()
    assert found[-1].errors == ()


def test_a_block_that_never_ends_is_not_kept():
    piece = frame(Type.CONTINUATION, 1, 0, fragment=bytes(16_000))
    end = frame(Type.CONTINUATION, 1, 4, fragment=b"")
    found = after_hello((CLIENT, headers(1, flags=0) + piece * (MAX_BLOCK // 16_000 + 1) + end))
    assert "longer than" in said(found[-1])
    assert len(found[-1].views) == 0


def test_a_flood_of_continuation():
    piece = frame(Type.CONTINUATION, 1, 0, fragment=b"")
    found = after_hello((CLIENT, headers(1, flags=0) + piece * 40))
    assert ["CONTINUATION flood" in said(message) for message in found].index(True) == CONTINUATIONS
    assert sum("CONTINUATION flood" in said(message) for message in found) == 1


def test_a_bomb():
    value = b"x" * 3_000
    bomb = pack([{"form": "INCREMENTAL", "index": 0, "name": b"a", "value": value}]) + b"\xbe" * 200
    filled = last(
        (CLIENT, frame(Type.HEADERS, 1, 5, fragment=block(ASK) + bomb)),
        (CLIENT, frame(Type.HEADERS, 3, 5, fragment=block(ASK) + b"\xbe" * 500)),
    )
    assert "HPACK bomb" in said(filled)
    assert "are not shown" in said(filled)
