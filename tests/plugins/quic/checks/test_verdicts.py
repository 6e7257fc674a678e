import pytest

from support.quic_peer import QuicPeer, QuicWorld
from workbench.api import CheckFailed, CheckSkipped, Level
from workbench_quic.checks.building import close, frame, stream
from workbench_quic.checks.talk import Talk, greet
from workbench_quic.checks.verdicts import (
    Code,
    case,
    closes,
    expect_close,
    expect_silence,
    goes_on,
    refuses_parameters,
    require,
    should,
)
from workbench_quic.frame_types import Type


def peer() -> QuicPeer:
    return QuicPeer(QuicWorld())


def test_cases_name_their_rule():
    assert case("a", "9000 1", "r", print).level is Level.MUST
    assert should("a", "9000 1", "r", print).level is Level.SHOULD
    assert case("a", "9000 1", "r", print).section == "RFC 9000 1"


def test_a_close_with_the_code_or_a_generic_one():
    closes(stream(3, b"x"), codes=(Code.STREAM_STATE_ERROR,))(peer())
    closes(frame(Type.HANDSHAKE_DONE), codes=(Code.STREAM_STATE_ERROR,))(peer())  # PROTOCOL_VIOLATION stands for all
    with pytest.raises(CheckFailed, match="FINAL_SIZE_ERROR, got"):
        closes(stream(3, b"x"), codes=(Code.FINAL_SIZE_ERROR,))(peer())
    with pytest.raises(CheckFailed, match="got"):
        closes(frame(Type.PING), codes=(Code.FINAL_SIZE_ERROR,))(peer())


def test_the_application_closing_is_not_the_transport_closing():
    talk = greet(peer())
    talk.closed = next(iter(()), None)
    talk.send(close(0x10C, application=True))
    with pytest.raises(CheckFailed):
        expect_close(talk, 0x10C)


def test_going_on():
    goes_on(frame(Type.PING))(peer())
    with pytest.raises(CheckFailed, match="go on"):
        goes_on(frame(Type.HANDSHAKE_DONE))(peer())


def test_parameters_that_are_refused():
    refuses_parameters({0x0A: 21})(peer())
    with pytest.raises(CheckFailed):
        refuses_parameters({0x0A: 20})(peer())


def test_silence():
    talk = Talk(peer())
    expect_silence(talk, 0)
    talk.begin()
    with pytest.raises(CheckFailed, match="no answer"):
        expect_silence(talk, 0)


def test_what_is_required():
    require(True, "never mind")
    with pytest.raises(CheckSkipped, match="why"):
        require(False, "why")
