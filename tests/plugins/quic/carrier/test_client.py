import pytest

from support.quic_world import MILLISECOND, SECOND, World
from workbench.api import ClientSetup, ConnectionClosed, FrameError, StreamData, UsageError
from workbench_quic.carrier.client import QuicClient


def test_a_certificate_nobody_knows():
    world = World()
    line = world.line(cacert=None)
    world.settle()
    assert not line.client.ready
    assert line.client.broken
    assert "certificate" in line.client.ended
    assert "certificate" in world.told("failed")[0]


def test_the_wrong_name():
    world = World()
    line = world.line(server_name="elsewhere.test")
    world.settle()
    assert "elsewhere.test" in line.client.ended


def test_anybody_will_do():
    world = World()
    assert world.connected(cacert=None, verify=False, server_name="elsewhere.test").client.ready
    assert world.sessions[0].server_name == "elsewhere.test"


def test_no_common_application():
    """RFC 9001 8.1."""
    world = World()
    line = world.line(alpn=("other",))
    world.settle()
    assert line.client.broken
    assert "0x178" in line.client.ended, "no_application_protocol"


def test_closing_tells_the_code_and_the_reason():
    world = World()
    line = world.connected()
    line.talk(ConnectionClosed(0x107, b"enough"))
    assert line.client.ended == "the client closed it with code 0x107 (enough)"
    assert not line.client.broken
    assert world.apps[0].frames == [ConnectionClosed(0x107, b"enough")]
    assert world.apps[0].ended


def test_the_servers_last_word_arrives():
    world = World()
    line = world.connected()
    world.apps[0].reply = bytes(StreamData(1, b"bye", True)) + bytes(ConnectionClosed(0x100, b"drained"))
    world.server.wake(world.apps[0], world.now_ns)
    world.settle()
    assert line.said() == [StreamData(1, b"bye", True), ConnectionClosed(0x100, b"drained")]
    assert line.client.ended == "the server closed it with code 0x100 (drained)"


def test_nobody_answers():
    client = QuicClient(ClientSetup(alpn=("echo",), server_name="localhost"))
    now_ns, sent = SECOND, 0
    while (due_ns := client.due_ns() if sent else now_ns) is not None and now_ns < 100 * SECOND:
        now_ns = max(now_ns, due_ns)
        client.wakeup(now_ns)
        sent += len(client.outgoing(now_ns))
    assert sent > 3, "it tried again"
    assert client.broken
    assert "Idle timeout" in client.ended


def test_a_reset_by_a_server_that_forgot():
    """RFC 9000 10.3.1."""
    world = World()
    line = world.connected()
    served = next(iter(world.server._all))
    world.server._forget(served)
    line.client.send(bytes(StreamData(0, b"are you there? " * 5)))
    world.deliver()
    assert "does not know" in line.client.ended
    assert line.client.broken
    assert line.client.due_ns() is None


def test_half_a_frame_waits():
    world = World()
    line = world.connected()
    frame = bytes(StreamData(0, b"hello", True))
    line.client.send(frame[:3])
    line.client.send(frame[3:])
    world.settle()
    assert world.apps[0].heard == b"hello"


def test_what_is_no_frame_is_the_callers_mistake():
    line = World().connected()
    with pytest.raises(FrameError):
        line.client.send(b"\x20rubbish")


def test_settings_are_looked_at():
    with pytest.raises(UsageError, match="speed"):
        QuicClient(ClientSetup(alpn=("echo",), server_name="localhost", settings={"speed": "9"}))


def test_losses_are_made_good():
    world = World()
    count = 0

    def lose(to_server, datagram):
        nonlocal count
        count += 1
        return count % 7 == 3

    world.lose = lose
    line = world.line()
    world.wait(3 * SECOND)
    assert line.client.ready
    line.client.send(bytes(StreamData(0, bytes(range(256)) * 200, True)))
    world.wait(5 * SECOND)
    assert world.apps[0].heard == bytes(range(256)) * 200
    assert b"".join(frame.data for frame in line.said()) == bytes(range(256)) * 200


def test_time_is_what_it_is_told():
    world = World()
    line = world.connected()
    world.lose = lambda *_: True
    line.client.send(bytes(StreamData(0, b"lost")))
    world.deliver()
    due_ns = line.client.due_ns()
    assert due_ns is not None
    assert world.now_ns < due_ns < world.now_ns + 5 * SECOND
    before = len(line.sent)
    world.pass_to(due_ns - MILLISECOND)
    world.deliver()
    assert len(line.sent) == before
    world.pass_to(due_ns)
    world.deliver()
    assert len(line.sent) > before, "the probe"


def test_bytes_as_they_are_are_protected_like_all_others():
    """An unknown frame is an error (RFC 9000 12.4); a STREAM frame with an offset goes where it says."""
    world = World()
    line = world.connected()
    line.client.send(bytes(StreamData(0, b"one")))
    world.settle()
    line.client.send_raw(b"\x0e\x00\x03\x03two")
    world.settle()
    assert world.apps[0].heard == b"onetwo"
    assert not line.client.ended
    line.client.send_raw(b"\x21")
    world.settle()
    assert "FRAME_ENCODING_ERROR" in line.client.ended
    line.client.send_raw(b"too late")
    assert line.client.outgoing(world.now_ns) == []
