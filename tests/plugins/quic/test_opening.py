"""Is it the first packet of a connection?"""

import pytest

from support.quic_wire import CLIENT, PING, SERVER, Wire
from workbench_quic.headers import read_long
from workbench_quic.opening import begins
from workbench_quic.versions import V1, V2, Kind


def opens(packet):
    return begins(read_long(packet), packet)


@pytest.mark.parametrize("version", [V1, V2])
def test_the_clients_first_packets_do(version):
    wire = Wire(version=version)
    assert [opens(wire.initial(CLIENT, PING)) for _ in range(3)] == [True] * 3


def test_others_do_not():
    wire = Wire()
    assert not opens(wire.initial(SERVER, PING))
    assert not opens(wire.initial(CLIENT, PING, dcid=b"server.."))
    assert not opens(wire.long(Kind.HANDSHAKE, CLIENT, PING))
    assert not opens(wire.initial(CLIENT, PING)[:-1])
    assert not opens(Wire(original=b"short").initial(CLIENT, PING))
    assert not opens(b"\xc0\x12\x34\x56\x78\x08original\x00" + bytes(60))
