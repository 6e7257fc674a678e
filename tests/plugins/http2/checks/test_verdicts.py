"""Every case can fail: no implementation that errs in one of two simple ways gets through. And the reference server passes them all."""

import pytest

from support.http2_server import peer, talking
from workbench.api import CheckFailed, CheckSkipped, Level, ServerOptions
from workbench.conformance.memory import MemoryPeer
from workbench_http2.checks import CHECKS, abuse
from workbench_http2.checks.verdicts import (
    case,
    ends,
    expect_alive,
    expect_answer,
    expect_malformed,
    ignores,
    refuses,
    resets,
    should,
)
from workbench_http2.server_frames import (
    ACK,
    END_HEADERS,
    END_STREAM,
    PREFACE,
    ErrorCode,
    FrameType,
    build,
    cut,
    goaway,
    rst_stream,
    settings,
)

OPTIONS = {"path": "/", "upload": "/echo"}


class Careless:
    """Answers whatever looks like a request with 700 bytes, heeds no window, finds no mistake, and never hangs up."""

    greeting = settings([(3, 100), (8, 1)])
    response = b"\x88\x00\x06x-long\x01v"

    def __init__(self) -> None:
        self.closed = False
        self._buffer = bytearray()

    def receive(self, data: bytes) -> bytes:
        out = b""
        self._buffer += data
        if self._buffer.startswith(PREFACE):
            del self._buffer[: len(PREFACE)]
            out = self.greeting
        return out + b"".join(self.answer(frame) for frame in cut(self._buffer))

    def answer(self, frame) -> bytes:
        if frame.type == FrameType.SETTINGS and not frame.flags & ACK:
            return settings(flags=ACK)
        if frame.type == FrameType.PING:
            return build(FrameType.PING, ACK, 0, b"workbnch" if frame.payload == b"workbnch" else b"whatever")
        if frame.type == FrameType.HEADERS:
            head = build(FrameType.HEADERS, END_HEADERS, frame.stream, self.response)
            return head + build(FrameType.DATA, END_STREAM, frame.stream, bytes(700))
        return b""

    def pull(self) -> bytes:
        return b""

    def wakeup(self, now_ns: int) -> bytes:
        return b""

    def drain(self) -> bytes:
        return b""


class Touchy(Careless):
    """Greets, and takes everything else for a reason to go, with a code that is never right."""

    def answer(self, frame) -> bytes:
        if frame.type == FrameType.SETTINGS and (frame.flags & ACK or not self.closed):
            return b"" if frame.flags & ACK else settings(flags=ACK)
        return rst_stream(frame.stream or 1, ErrorCode.CONNECT_ERROR) + goaway(0, ErrorCode.CONNECT_ERROR)


class Odd(Careless):
    """Announces what no server may, answers with what no response may have, and acknowledges with settings."""

    greeting = build(FrameType.PING, 0, 0, bytes(8)) + settings([(2, 1), (5, 1)])
    response = b"\x00\x0econtent-length\x015\x88\x00\x07X-Upper\x01v"

    def answer(self, frame) -> bytes:
        if frame.type == FrameType.SETTINGS and not frame.flags & ACK:
            return settings([(3, 1)], flags=ACK)
        return super().answer(frame)


class Endless(Careless):
    """Answers a request with everything it has: pushes, longer frames than allowed. Settings and tables it knows once only."""

    def __init__(self) -> None:
        super().__init__()
        self._known: set[int] = set()

    def answer(self, frame) -> bytes:
        first = frame.type not in self._known
        self._known.add(frame.type)
        if frame.type == FrameType.SETTINGS:
            return super().answer(frame) if first else b""
        if frame.type != FrameType.HEADERS:
            return super().answer(frame)
        if not first:
            return goaway(1, ErrorCode.COMPRESSION_ERROR)
        pushed = build(FrameType.PUSH_PROMISE, END_HEADERS, frame.stream, b"\0\0\0\2\x82")
        head = build(FrameType.HEADERS, END_HEADERS, frame.stream, b"\x88")
        return pushed + head + build(FrameType.DATA, END_STREAM, frame.stream, bytes(20_000))


@pytest.fixture(autouse=True)
def _short_floods(monkeypatch):
    monkeypatch.setattr(abuse, "ROUNDS", 1_500)


def verdict(check, factory) -> str:
    target = MemoryPeer(factory, OPTIONS, patience_s=0.5)
    try:
        check.run(target)
    except CheckFailed as failed:
        return str(failed)
    except CheckSkipped:
        return "skipped"
    return "passed"


ELSEWHERE = {"window-exceeded-by-client", "upgrade-h2c"}
"""These need a target that is more than simple: `test_windows.py` and `test_connecting.py` show them fail."""


@pytest.mark.parametrize("check", [check for check in CHECKS if check.name not in ELSEWHERE], ids=lambda check: check.name)
def test_no_case_passes_everybody(check):
    verdicts = {target.__name__: verdict(check, lambda _, target=target: target) for target in (Careless, Touchy, Odd, Endless)}
    assert any(said.startswith("expected") for said in verdicts.values()), verdicts


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_the_reference_server_passes(check):
    target = peer()
    try:
        check.run(target)
    except CheckSkipped:
        assert check.name == "window-exceeded-by-client"
    assert target.transcript.crash == ""


def test_names_are_unique_and_say_where_they_come_from():
    assert len({check.name for check in CHECKS}) == len(CHECKS) >= 140
    assert all(check.section.split()[1] in {"9113", "7541", "8441", "7540"} and check.rule.endswith(".") for check in CHECKS)
    assert sum(check.level is Level.MUST for check in CHECKS) >= 140


def test_levels():
    assert case("n", "9113 1", "r", lambda _: None).level is Level.MUST
    assert should("n", "9113 1", "r", lambda _: None).level is Level.SHOULD
    assert case("n", "9113 1", "r", lambda _: None).section == "RFC 9113 1"


def test_verdicts_name_what_was_expected_and_what_came():
    with pytest.raises(CheckFailed, match=r"expected GOAWAY with PROTOCOL_ERROR .* PING\[0\] ACK; the connection is open"):
        ends(build(FrameType.PING, 0, 0, bytes(8)), codes=(ErrorCode.PROTOCOL_ERROR,))(peer())
    with pytest.raises(CheckFailed, match=r"expected RST_STREAM on stream 1 with CANCEL"):
        resets(lambda talk: talk.request(1), codes=(ErrorCode.CANCEL,))(peer())
    with pytest.raises(CheckFailed, match=r"4xx, got status 200; "):
        refuses(lambda talk: talk.request(1))(peer())
    with pytest.raises(CheckFailed, match=r"expected a whole response on stream 1, got .*GOAWAY\[0\] PROTOCOL_ERROR"):
        ignores(build(FrameType.DATA, 0, 1, b"x"))(peer())


def test_alternatives_that_the_rfc_leaves():
    closing = talking()
    closing.send(build(FrameType.DATA, 0, 1, b"x"))
    closing.until(lambda: closing.peer.ended)
    expect_malformed(closing, 1)  # the whole connection may end with the stream error's code
    refused = talking()
    refused.send(refused.request(1, path="/missing"))
    expect_malformed(refused, 1)  # a response 4xx will do
    with pytest.raises(CheckFailed):
        expect_answer(refused, 1)
    expect_alive(refused)


def test_options_are_heeded():
    assert ServerOptions().max_request
    talk = talking()
    assert (b":path", b"/") in talk.fields()
    assert (b":path", b"/echo") in talk.fields(b"POST")
