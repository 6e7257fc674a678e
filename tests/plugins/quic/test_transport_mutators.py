import pytest

from support.mutating import outcomes, said
from support.quic_world import World
from workbench.api import StreamData, read_varint
from workbench_quic.frame_types import Type
from workbench_quic.hq import PROTOCOL_ECHO, PROTOCOL_HQ
from workbench_quic.transport_mutators import MUTATORS

SESSION = (bytes(StreamData(0, b"hel")), bytes(StreamData(0, b"lo", True)))
KINDS = {
    "flow-control": {Type.RESET_STREAM, Type.STOP_SENDING, *range(Type.MAX_DATA, Type.STREAMS_BLOCKED_BIDI + 1)},
    "connection-ids": {Type.NEW_CONNECTION_ID, Type.RETIRE_CONNECTION_ID},
    "paths": {Type.PATH_CHALLENGE, Type.PATH_RESPONSE},
    "acknowledgements": {Type.ACK, Type.ACK_ECN},
    "out-of-place": {Type.HANDSHAKE_DONE, Type.NEW_TOKEN, Type.CRYPTO, Type.CONNECTION_CLOSE, Type.PADDING, Type.PING},
}


def kind_of(frame: bytes) -> int:
    found = read_varint(frame, 0)
    assert found is not None
    return found[0]


def test_both_applications_offer_them():
    assert list(PROTOCOL_HQ.hints.mutators) == list(PROTOCOL_ECHO.hints.mutators) == list(MUTATORS)


@pytest.mark.parametrize("name", KINDS)
def test_frames_of_the_transport_come_between(name):
    kinds = {kind_of(frame) for frame in said(MUTATORS, name, SESSION, 600)}
    assert kinds >= KINDS[name]
    for change in outcomes(MUTATORS, name, SESSION):
        assert len(change.messages) == 3
        assert [message for at, message in enumerate(change.messages) if at != change.message] == list(SESSION)
        assert change.what


@pytest.mark.parametrize("name", KINDS)
def test_our_own_server_lives_with_them(name):
    world = World()
    for frame in said(MUTATORS, name, SESSION, 40):
        line = world.connected()
        line.client.send(SESSION[0])
        line.client.send_raw(frame)
        line.client.send(SESSION[1])
        world.settle()
        world.lines.remove(line)
    assert world.told("crashed") == []
    assert world.connected().talk(StreamData(0, b"hello", True)) == [StreamData(0, b"hello", True)]
