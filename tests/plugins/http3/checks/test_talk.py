"""The client of the cases: it hears everything, in any pieces, and says what cannot be."""

import pytest

from support.http3_server import peer, talking
from workbench.api import CheckFailed, CheckSkipped, ConnectionClosed, Datagram, StopSending, StreamData, StreamReset
from workbench_http3.checks.literals import capacity, dynamic, insert, prefix, section
from workbench_http3.checks.talk import Talk, data, fields_of, greet, headers, listen
from workbench_http3.names import Setting, Type
from workbench_http3.server_frames import build, settings


class Fixed:
    """A target that has said all it will ever say."""

    host, port, tls, options = "h", 443, True, {}
    reset = False

    def __init__(self, *frames):
        self._said = [bytes(frame) for frame in frames]
        self.ended = False
        self.sent = b""

    def send(self, data: bytes) -> None:
        self.sent += data

    def receive(self, enough=None, patience_s=None) -> bytes:
        self.ended = not self._said
        return self._said.pop(0) if self._said else b""


def heard(*frames, pairs=()) -> Talk:
    talk = Talk(Fixed(*frames), pairs)
    talk.until(lambda: False)
    return talk


OPEN = StreamData(3, b"\0" + settings([(1, 100), (8, 1)]))


def test_requests():
    talk = talking()
    assert dict(talk.fields()).keys() == {b":method", b":scheme", b":path", b":authority"}
    assert dict(talk.fields(b"POST"))[b":path"] == b"/echo"
    assert b":path" not in dict(talk.fields(without=b":path"))
    assert talk.fields(extra=[(b"a", b"b")])[-1] == (b"a", b"b")


def test_a_response_in_pieces():
    frame = (
        headers([(b":status", b"103"), (b"a", b"b")]) + headers([(b":status", b"200"), (b"c", b"d")]) + data(b"te") + data(b"st")
    )
    talk = heard(OPEN, *(StreamData(0, frame[place : place + 1], place == len(frame) - 1) for place in range(len(frame))))
    answer = talk.answer(0)
    assert (answer.status, bytes(answer.body), answer.ended) == (200, b"test", True)
    assert fields_of(answer) == {b":status": b"200", b"c": b"d"}
    assert answer.kinds == [Type.HEADERS, Type.HEADERS, Type.DATA, Type.DATA]
    assert talk.settings == {1: 100, 8: 1}


def test_what_ends_things():
    talk = heard(StreamReset(0, 0x10C), StopSending(4, 0x100), Datagram(b"x"), ConnectionClosed(0x101, b"why"))
    assert (talk.answer(0).reset, talk.answer(4).stopped, talk.datagrams) == (0x10C, 0x100, [b"x"])
    assert talk.closed == ConnectionClosed(0x101, b"why")
    assert talk.over(0)
    assert not talk.over(4)
    assert "CONNECTION_CLOSE H3_GENERAL_PROTOCOL_ERROR" in talk.heard()


def test_a_response_that_waits_for_the_table():
    pairs = [(Setting.QPACK_MAX_TABLE_CAPACITY, 100), (Setting.QPACK_BLOCKED_STREAMS, 1)]
    response = build(Type.HEADERS, prefix(2) + dynamic(0))
    talk = heard(StreamData(0, response, True), StreamData(7, b"\x02" + capacity(100) + insert(b":status", b"200")), pairs=pairs)
    assert talk.answer(0).heads == [[(b":status", b"200")]]
    assert talk.acknowledgments() == b"\x80"
    assert talk.answer(0).sections == [prefix(2) + dynamic(0)]


@pytest.mark.parametrize(
    "frame",
    [
        StreamData(0, build(Type.HEADERS, b"\0")),
        StreamData(0, build(Type.HEADERS, prefix(2) + dynamic(0))),
        StreamData(7, b"\x02\x3f\x01"),
    ],
)
def test_what_cannot_be_read(frame):
    with pytest.raises(CheckFailed, match="expected fields that can be read"):
        heard(frame)


def test_what_is_no_frame():
    with pytest.raises(CheckFailed, match="expected frames of the transport"):
        Talk(Fixed()).hear(b"\x16\x03\x01")


def test_greetings():
    with pytest.raises(CheckSkipped, match="no SETTINGS"):
        listen(Fixed())
    talk = greet(peer(), [(Setting.H3_DATAGRAM, 1)])
    talk.send(talk.request(0))
    assert talk.until_over(0)
    assert talk.answer(0).status == 200
    fixed = Fixed(OPEN)
    greet(fixed, [(1, 5)])
    assert fixed.sent == b"".join(
        map(bytes, (StreamData(2, b"\0" + settings([(1, 5)])), StreamData(6, b"\2"), StreamData(10, b"\3")))
    )


def test_sections_are_literal():
    assert headers([(b"a", b"b")]) == build(Type.HEADERS, section([(b"a", b"b")]))
