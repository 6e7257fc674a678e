from workbench_quic.checks.building import read_parameters
from workbench_quic.checks.hello import Handshake
from workbench_quic.levels import Level


def test_a_client_hello_carries_what_it_was_given():
    hello = Handshake(["hq-interop"], "localhost", b"\x0a\x01\x05").start()
    assert hello[0] == 1
    assert b"localhost" in hello
    assert b"\x0ahq-interop" in hello
    assert b"\x00\x39\x00\x03\x0a\x01\x05" in hello
    assert read_parameters(b"\x0a\x01\x05") == [(0x0A, b"\x05")]


def test_one_without_parameters_has_no_such_extension():
    assert b"\x00\x39\x00" not in Handshake([], "localhost", b"").start()


def test_a_session_id_is_offered():
    handshake = Handshake([], "localhost", b"")
    handshake.offer_session(b"\x07" * 32)
    assert handshake.start()[38:71] == b"\x20" + b"\x07" * 32


def test_nonsense_fails_the_handshake_without_raising():
    handshake = Handshake([], "localhost", b"")
    handshake.start()
    assert handshake.receive(b"\x02\x00\x00\x02\x00\x00") == {}
    assert handshake.failed
    assert handshake.parameters is None
    assert not handshake.done
    assert handshake.secrets == []
    assert Level.INITIAL < Level.ONE_RTT
