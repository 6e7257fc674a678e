import pytest
from aioquic.quic import events

from support.quic_world import World
from workbench.api import ConnectionClosed, Datagram, StopSending, StreamData, StreamReset
from workbench_quic.carrier.frames import MOST_DATAGRAMS, frame_of, say


@pytest.mark.parametrize(
    ("event", "frame"),
    [
        (events.StreamDataReceived(data=b"x", end_stream=True, stream_id=4), StreamData(4, b"x", True)),
        (events.StreamReset(error_code=7, stream_id=4), StreamReset(4, 7)),
        (events.StopSendingReceived(error_code=7, stream_id=4), StopSending(4, 7)),
        (events.DatagramFrameReceived(data=b"x"), Datagram(b"x")),
        (events.PingAcknowledged(uid=1), None),
        (events.ConnectionIdIssued(connection_id=b"x"), None),
    ],
)
def test_events_as_frames(event, frame):
    assert frame_of(event) == frame


def test_the_last_word_goes_to_whoever_closes():
    core, heard = World().connected().client.core, []
    say(core, ConnectionClosed(3, b"bye"), heard.append)
    assert heard == [ConnectionClosed(3, b"bye")]


def test_what_the_peer_stopped_is_dropped():
    world = World()
    line = world.connected()
    answers = line.talk(StreamData(0, b"begin"), StopSending(0, 9))
    server = next(iter(world.server._all)).core
    assert StopSending(0, 9) in world.apps[0].frames
    say(server, StreamData(0, b"more"), lambda _: None)
    assert not server.takes_data(0)
    world.settle()
    assert StreamReset(0, 9) in answers, "RFC 9000 3.5: the stopped stream is reset with the same code"


def test_nobody_talks_on_the_peers_own_stream():
    core = World().connected().client.core
    for frame in (StreamData(3, b"x"), StreamData(1, b"x")):
        with pytest.raises(ValueError, match=r"stream 3|unknown"):
            say(core, frame, lambda _: None)


def test_a_reset_after_the_end_is_a_reset():
    world = World()
    line = world.connected()
    world.lose = lambda *_: True
    line.client.send(bytes(StreamData(0, b"all", True)))
    world.deliver()
    line.client.send(bytes(StreamReset(0, 5)))
    world.lose = lambda *_: False
    world.settle()
    assert world.apps[0].frames == [StreamReset(0, 5)]


def test_datagrams_wait_in_a_bounded_line():
    core = World().connected().client.core
    for _ in range(MOST_DATAGRAMS + 10):
        say(core, Datagram(b"x"), lambda _: None)
    assert core.waiting_datagrams == MOST_DATAGRAMS
    say(core, Datagram(bytes(1200)), lambda _: None)
    assert core.waiting_datagrams == MOST_DATAGRAMS, "one that fits into no packet would block the others"


def test_no_datagrams_for_who_wants_none():
    """RFC 9221 3."""
    world = World()
    line = world.line()
    line.client.core.configuration.max_datagram_frame_size = None
    world.settle()
    core = next(iter(world.server._all)).core
    say(core, Datagram(b"x"), lambda _: None)
    assert core.waiting_datagrams == 0
