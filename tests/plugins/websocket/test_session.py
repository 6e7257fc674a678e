"""The server's side of frames; the conformance checks put most rules to it. Here is what they cannot see."""

import pytest

from support.websocket import MASK, frames
from workbench_websocket.deflate import Deflater, Inflater
from workbench_websocket.extensions import Deflate
from workbench_websocket.frames import build_frame, read_head
from workbench_websocket.session import Session, close_frame


def echo(session, opcode, content):
    return session.say(opcode, content)


def up(opcode, payload=b"", **more):
    return build_frame(opcode, payload, key=MASK, **more)


def fresh(limit=1000, deflate=None):
    return Session(echo, limit, deflate)


def test_byte_by_byte_is_the_same():
    data = up(1, b"Hel", fin=False) + up(9, b"p") + up(0, b"lo") + up(8, b"\x03\xe8")
    whole, pieces = fresh(), fresh()
    assert b"".join(pieces.receive(data[at : at + 1]) for at in range(len(data))) == whole.receive(data)
    assert whole.closed
    assert pieces.closed


def test_a_frame_is_judged_before_its_payload_comes():
    session = fresh()
    assert frames(session.receive(up(2, bytes(2000))[:8]))[0][1][:2] == (1009).to_bytes(2, "big")
    assert session.closed


def test_fragments_are_limited_together():
    session = fresh()
    assert session.receive(up(2, bytes(600), fin=False)) == b""
    assert session.receive(up(0, bytes(600)))[2:4] == (1009).to_bytes(2, "big")


def test_endless_empty_fragments_take_no_memory():
    session = fresh()
    session.receive(up(2, b"x", fin=False) + up(0, b"", fin=False) * 10_000)
    assert len(session._parts) == 1
    assert session.unfinished


@pytest.mark.parametrize("takeover", [True, False])
def test_replies_are_compressed_where_it_pays(takeover):
    session = fresh(100_000, Deflate(server_takeover=takeover))
    text = b"some text that is long enough, long enough, long enough, long enough"
    inflater = Inflater(takeover=takeover)
    for _ in range(2):
        head = read_head(reply := session.receive(up(1, text)))
        assert head.rsv == 4
        assert inflater.message(reply[head.size :], 1000).data == text
    assert read_head(session.receive(up(1, b"short"))).rsv == 0


def test_a_bomb_is_refused():
    session = fresh(1000, Deflate())
    assert session.receive(up(2, Deflater().message(bytes(100_000)), rsv=4))[2:4] == (1009).to_bytes(2, "big")


def test_our_close_is_said_once_and_then_waited_for():
    session = fresh()
    assert session.close(1001, "so long") == close_frame(1001, "so long")
    assert session.close(1001) == b""
    assert session.receive(up(1, b"too late") + up(9)) == b""
    assert not session.closed
    assert session.receive(up(8, b"\x03\xe9")) == b""
    assert session.closed


def test_reasons_are_cut_between_characters():
    frame = close_frame(1000, "é" * 100)
    assert len(frame) <= 2 + 125
    frame[4:].decode()


def test_pongs_are_heard():
    session, heard = fresh(), []
    session.on_pong = lambda payload: heard.append(payload) or b""
    session.receive(up(10, b"here"))
    assert heard == [b"here"]
