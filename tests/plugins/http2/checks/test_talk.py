"""The client of the cases: what it says, what it hears however it arrives, and when it gives up."""

import pytest

from support.http2_server import peer, talking
from workbench.api import CheckFailed, CheckSkipped
from workbench.conformance.memory import MemoryPeer
from workbench_http2.checks.talk import Talk, greet
from workbench_http2.server_frames import (
    END_HEADERS,
    END_STREAM,
    PADDED,
    PRIORITY,
    ErrorCode,
    FrameType,
    build,
    goaway,
    rst_stream,
    settings,
)


def test_a_request_and_its_answer():
    talk = talking()
    talk.send(talk.request(1, path="/hello.txt"))
    assert talk.until_over(1)
    answer = talk.answer(1)
    assert (answer.status, bytes(answer.body), answer.ended, answer.reset) == (200, b"Hello from the workbench.\n", True, None)
    assert (b"content-length", b"26") in answer.heads[0]
    assert talk.settings[3] == 100


def test_hearing_is_the_same_byte_by_byte():
    said = (
        settings([(3, 7)])
        + build(FrameType.HEADERS, PADDED | PRIORITY, 1, b"\x02" + bytes(5) + b"\x88" + bytes(2))
        + build(FrameType.CONTINUATION, END_HEADERS, 1, b"\x00\x01a\x01b")
        + build(FrameType.DATA, PADDED | END_STREAM, 1, b"\x01ok\x00")
        + rst_stream(3, ErrorCode.CANCEL)
        + goaway(1, 200)
    )
    whole, pieces = Talk(peer()), Talk(peer())
    whole.hear(said)
    for byte in said:
        pieces.hear(bytes((byte,)))
    assert whole.answers == pieces.answers
    assert whole.answer(1).heads == [[(b":status", b"200"), (b"a", b"b")]]
    assert whole.answer(1).body == b"ok"
    assert whole.answer(3).reset == ErrorCode.CANCEL
    assert whole.settings == {3: 7}
    assert (
        whole.heard()
        == "SETTINGS[0], HEADERS[1], CONTINUATION[1], DATA[1], RST_STREAM[3] CANCEL, GOAWAY[0] 200; the connection is open"
    )


def test_interim_responses_are_not_final():
    talk = Talk(peer())
    talk.hear(build(FrameType.HEADERS, END_HEADERS, 1, b"\x08\x03103"))
    assert talk.answer(1).status == 0


def test_a_block_that_cannot_be_read_is_a_failure():
    with pytest.raises(CheckFailed, match="header block that can be read"):
        Talk(peer()).hear(build(FrameType.HEADERS, END_HEADERS, 1, b"\x80"))


def test_somebody_who_speaks_no_http_2_is_skipped():
    class Mute:
        closed = False

        def receive(self, data):
            return b""

        def pull(self):
            return b""

        def wakeup(self, now_ns):
            return b""

    with pytest.raises(CheckSkipped, match="no SETTINGS came"):
        greet(MemoryPeer(lambda _: Mute))


def test_giving_up():
    talk = talking()
    assert not talk.until_over(1)
    assert not talk.until_frame(FrameType.GOAWAY)
    assert talk.answer(1).status == 0
