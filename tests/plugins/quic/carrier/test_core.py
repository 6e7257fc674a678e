"""What ours asks of aioquic's inside, so that another aioquic is noticed here first."""

from support.quic_world import SECOND, World
from workbench.api import StreamData
from workbench_quic.carrier.core import DATAGRAM_ROOM, MOST_RAW, WINDOW, Core, Ending
from workbench_quic.versions import V1


def served(world):
    return next(iter(world.server._all)).core


def test_what_a_handshake_agreed_on():
    world = World()
    client, server = world.connected().client.core, served(world)
    for core in (client, server):
        assert (core.number, core.alpn, core.cipher) == (V1, "echo", "TLS_AES_256_GCM_SHA384")
        assert core.talking
        assert core.ending is None
    assert server.server_name == "localhost"


def test_what_is_unsent_counts_until_it_is_acknowledged():
    world = World()
    core = world.connected().client.core
    assert (core.unsent, core.unfinished) == (0, False)
    core.send_stream_data(0, b"x" * 500, True)
    assert (core.unsent, core.unfinished) == (500, True)
    world.deliver()
    assert core.unsent == 500, "sent, and nobody has said that it came"
    world.settle()
    assert (core.unsent, core.unfinished) == (0, False)


def test_what_was_reset_does_not_count():
    core = World().connected().client.core
    core.send_stream_data(0, b"x" * 500)
    core.reset_stream(0, 1)
    assert core.unsent == 0
    assert core.unfinished, "the reset itself must arrive"


def test_tokens_follow_from_connection_ids():
    """RFC 9000 10.3: of the first one by transport parameter, of the others by NEW_CONNECTION_ID."""
    world = World()
    client = world.connected().client.core
    token = world.server._resets.token
    assert client.peer_reset_token == token(client._peer_cid.cid)
    others = client._peer_cid_available
    assert others
    assert all(each.stateless_reset_token == token(each.cid) for each in others)


def test_the_end_is_known_before_the_silence():
    world = World()
    line = world.connected()
    line.client.core.close(7, None, "enough")
    world.deliver()
    assert line.client.core.ending == Ending(7, "enough", None, by_peer=False)
    assert served(world).ending == Ending(7, "enough", None, by_peer=True)
    assert not served(world).talking


def test_the_window_runs_ahead_of_what_was_read():
    """A peer that has sent much may not therefore fill all memory with what lies behind a hole."""
    world = World()
    line = world.connected()
    for number in range(12):
        line.talk(StreamData(4 * number, bytes(200_000), True))
    core = served(world)
    assert core._local_max_data.used == 12 * 200_000
    assert core._local_max_data.value <= core._local_max_data.used + WINDOW


def test_holes_and_held_bytes_count_as_unread():
    world = World()
    line = world.connected()
    lost = []

    def lose(to_server, datagram):
        if to_server and not lost:
            lost.append(datagram)
            return True
        return False

    world.lose = lose
    line.client.send(bytes(StreamData(0, bytes(8000))))
    world.deliver()
    core = served(world)
    assert lost
    assert core._unread() == core._streams[0].receiver.highest_offset
    core.held = 100
    assert core._unread() == core._streams[0].receiver.highest_offset + 100
    core.held = 0
    world.wait(SECOND)
    assert core._unread() == 0
    assert world.apps[0].heard == bytes(8000)


def test_buffers_of_the_handshake_are_given_back():
    world = World()
    world.connected()
    assert {buffer.capacity for buffer in served(world)._crypto_buffers.values()} == {0}


def test_streams_that_take_and_give():
    world = World()
    core: Core = world.connected().client.core
    assert core.takes_data(0)
    assert not core.gives_data(0)
    core.send_stream_data(0, b"x")
    assert core.gives_data(0)
    core.send_stream_data(0, b"", True)
    assert not core.takes_data(0)
    assert core.takes_reset(0)
    world.settle()
    assert not core.takes_data(0)
    assert core.takes_datagram(500)
    assert not core.takes_datagram(1190)


def test_bytes_as_they_are_are_cut_into_packets_and_not_kept_for_ever():
    world = World()
    line = world.connected()
    line.client.send_raw(bytes(3 * DATAGRAM_ROOM))  # PADDING, a whole packet of it and more
    world.settle()
    assert not line.client.ended
    sent = len(line.sent)
    for _ in range(2 * MOST_RAW):
        line.client.send_raw(b"\x01")
    assert line.client.core.waiting_datagrams == MOST_RAW
    world.settle()
    assert line.client.core.waiting_datagrams == 0
    assert len(line.sent) > sent
