"""A conversation of the checks with our own server. Invariant: said rightly, everything works; nothing else is assumed."""

import pytest

from support.quic_peer import QuicPeer, QuicWorld
from workbench.api import CheckFailed, CheckSkipped
from workbench_quic.checks.building import Parameter, frame, stream
from workbench_quic.checks.talk import SMALLEST, Talk, connect, greet
from workbench_quic.checks.verdicts import expect_alive
from workbench_quic.frame_types import Type
from workbench_quic.levels import Level
from workbench_quic.versions import V2


def test_a_connection():
    talk = greet(QuicPeer(QuicWorld()))
    assert talk.tls.alpn == "hq-interop"
    assert {packet.level for packet in talk.packets} == {Level.INITIAL, Level.HANDSHAKE, Level.ONE_RTT}
    assert dict(talk.given)[Parameter.ORIGINAL_DESTINATION] == talk.original
    expect_alive(talk)
    assert talk.heard() != "nothing"


def test_an_answer_of_the_application():
    talk = greet(QuicPeer(QuicWorld()))
    talk.send(stream(0, b"GET /hello.txt\r\n", end=True))
    talk.until(lambda: any(item.fin for item in talk.items(*range(Type.STREAM, Type.STREAM + 8))))
    assert b"".join(item.data for item in talk.items(*range(Type.STREAM, Type.STREAM + 8)))


def test_version_2():
    assert greet(QuicPeer(QuicWorld(), {"version": "2"})).version.number == V2


def test_a_retry_is_followed_once():
    talk = greet(QuicPeer(QuicWorld({"retry": "yes"})))
    assert len(talk.retries) == 1
    assert dict(talk.given)[Parameter.RETRY_SOURCE] == talk.retry_source
    expect_alive(talk)


def test_a_version_nobody_speaks_is_skipped():
    world = QuicWorld({"versions": "v1"})
    with pytest.raises(CheckSkipped, match="does not speak"):
        greet(QuicPeer(world, {"version": "2"}))


def test_an_application_nobody_speaks_fails_with_what_was_heard():
    with pytest.raises(CheckFailed, match="0x178"):
        connect(Talk(QuicPeer(QuicWorld()), alpn=["none"]))


def test_silence_fails():
    with pytest.raises(CheckFailed, match="got nothing"):
        greet(QuicPeer(QuicWorld(), change=lambda _: None))


def test_rubbish_is_passed_over():
    rubbish = iter((b"", b"\xc0", b"\xff" * 40, b"\x40", b"\xc0\0\0\0\1\x08"))
    with pytest.raises(CheckFailed):
        greet(QuicPeer(QuicWorld(), change=lambda _: next(rubbish, None)))


def test_keys_change_and_addresses_too():
    talk = greet(QuicPeer(QuicWorld()))
    for _ in range(3):
        talk.update_keys()
        expect_alive(talk)
    assert talk.generation == 3


def test_packets_are_built_as_told():
    talk = Talk(QuicPeer(QuicWorld()))
    assert len(talk.initial(b"\x01")) == SMALLEST
    assert len(talk.initial(b"\x01", size=0)) < 60
    with pytest.raises(CheckFailed, match="ONE_RTT"):
        talk.send(frame(Type.PING))
