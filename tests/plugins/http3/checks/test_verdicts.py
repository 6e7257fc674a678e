"""What may answer a mistake, and what may not."""

import pytest

from support.http3_server import peer, talking
from workbench.api import CheckFailed, CheckSkipped, ConnectionClosed, Level, StopSending, StreamData, StreamReset
from workbench_http3.checks import verdicts
from workbench_http3.checks.talk import Talk, data, headers
from workbench_http3.server_frames import ErrorCode, build

E = ErrorCode
ANSWER = headers([(b":status", b"200")])


class Target:
    """Has said these frames; ended behind them if `ended`."""

    host, port, tls, options, reset = "h", 443, True, {}, False

    def __init__(self, *frames, ended: bool = False):
        self._said = b"".join(map(bytes, frames))
        self.ended = False
        self._ends = ended
        self.tries = 1

    def send(self, data: bytes) -> None:
        pass

    def receive(self, enough=None, patience_s=None) -> bytes:
        said, self._said = self._said, b""
        self.ended = self._ends and not said
        return said

    def again(self) -> "Target":
        self.tries += 1
        return self


def refused(expect, *frames, ended: bool = False) -> None:
    with pytest.raises(CheckFailed, match="expected"):
        expect(Talk(Target(*frames, ended=ended)))


def test_connection_errors():
    def expect(talk):
        verdicts.expect_connection_error(talk, E.H3_ID_ERROR)

    for code in (E.H3_ID_ERROR, E.H3_GENERAL_PROTOCOL_ERROR):
        expect(Talk(Target(ConnectionClosed(code))))
    refused(expect)
    refused(expect, ConnectionClosed(E.H3_NO_ERROR))
    refused(expect, StreamReset(0, E.H3_ID_ERROR))
    with pytest.raises(verdicts.ConcealedError):
        expect(Talk(Target(ended=True)))


def test_stream_errors():
    def expect(talk):
        verdicts.expect_stream_error(talk, 0, E.H3_MESSAGE_ERROR)

    for frame in (StreamReset(0, E.H3_MESSAGE_ERROR), StopSending(0, E.H3_MESSAGE_ERROR), ConnectionClosed(E.H3_MESSAGE_ERROR)):
        expect(Talk(Target(frame)))
    expect(Talk(Target(StopSending(0, E.H3_NO_ERROR), StreamReset(0, E.H3_MESSAGE_ERROR))))
    for frame in (StreamReset(4, E.H3_MESSAGE_ERROR), StreamReset(0, E.H3_NO_ERROR), StreamData(0, ANSWER, True)):
        refused(expect, frame)


def test_malformed_requests():
    def expect(talk):
        verdicts.expect_malformed(talk, 0)

    for status in (b"400", b"431", b"501"):
        expect(Talk(Target(StreamData(0, headers([(b":status", status)]), True))))
    expect(Talk(Target(StreamReset(0, E.H3_MESSAGE_ERROR))))
    for frame in (
        StreamData(0, ANSWER, True),
        StreamData(0, headers([(b":status", b"500")]), True),
        StreamReset(0, E.H3_ID_ERROR),
    ):
        refused(expect, frame)


def test_what_was_not_read_is_not_judged():
    early = (StreamData(0, ANSWER, True), StopSending(0, E.H3_NO_ERROR))
    for expect in (
        lambda talk: verdicts.expect_connection_error(talk, E.H3_FRAME_ERROR),
        lambda talk: verdicts.expect_stream_error(talk, 0, E.H3_MESSAGE_ERROR),
        lambda talk: verdicts.expect_malformed(talk, 0),
    ):
        with pytest.raises(CheckSkipped, match="without reading the content"):
            expect(Talk(Target(*early)))


def test_answers():
    def expect(talk):
        verdicts.expect_answer(talk, 0)

    expect(Talk(Target(StreamData(0, ANSWER + data(b"x"), True))))
    refused(expect, StreamData(0, ANSWER))
    refused(expect, StreamData(0, headers([(b":status", b"404")]), True))
    refused(expect, StreamReset(0, E.H3_NO_ERROR))
    verdicts.expect_alive(talking())
    refused(verdicts.expect_alive)


def test_hidden_codes_are_asked_for_again():
    target = Target(StreamData(3, b"\0\4\0"), ended=True)

    def run(peer):
        raise verdicts.ConcealedError("nobody said why")

    with pytest.raises(verdicts.ConcealedError):
        verdicts.case("a", "1", "b", run).run(target)
    assert target.tries == verdicts.TRIES


def test_cases():
    bad = StreamData(0, build(4))
    verdicts.ends(bad, codes=(E.H3_FRAME_UNEXPECTED,))(peer())
    with pytest.raises(CheckFailed):
        verdicts.ends(bad, codes=(E.H3_ID_ERROR,))(peer())
    with pytest.raises(CheckFailed):
        verdicts.ignores(bad)(peer())
    verdicts.ignores()(peer())
    verdicts.resets(StreamData(0, end=True), codes=(E.H3_REQUEST_INCOMPLETE,))(peer())
    verdicts.refuses(lambda talk: talk.request(0, extra=[(b"Upper", b"x")]))(peer())
    with pytest.raises(CheckFailed):
        verdicts.refuses(lambda talk: talk.request(0))(peer())
    assert verdicts.case("a", "9114 1", "b", lambda _: None).section == "RFC 9114 1"
    assert verdicts.should("a", "9114 1", "b", lambda _: None).level is Level.SHOULD
