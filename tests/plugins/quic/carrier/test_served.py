"""The life of one connection."""

from dataclasses import replace

import pytest
from aioquic.tls import Epoch

from support.quic_world import MILLISECOND, SECOND, Echo, World
from workbench.api import ConnectionClosed, Datagram, Endpoint, StreamData, StreamReset
from workbench_quic.carrier import served as module
from workbench_quic.carrier.core import WINDOW
from workbench_quic.carrier.served import ENOUGH, HANDSHAKE_NS, LINGER_NS

ELSEWHERE = Endpoint("127.0.0.1", 50_000)


class Fountain(Echo):
    """Gives as much as anybody takes."""

    def __init__(self):
        super().__init__()
        self.given = 0

    def pull(self):
        if not self.frames:
            return b""
        self.given += 10_000
        return bytes(StreamData(0, bytes(10_000)))


class Silent(Echo):
    """Hears, and says nothing."""

    def receive(self, data):
        super().receive(data)
        return b""


def served(world):
    return next(iter(world.server._all))


# what is carried


def test_streams_and_datagrams_both_ways():
    world = World()
    answers = world.connected().talk(StreamData(0, b"one", True), StreamData(4, b"two"), Datagram(b"three"))
    assert {StreamData(0, b"one", True), StreamData(4, b"two"), Datagram(b"three")} == set(answers)


def test_many_bytes_arrive_whole():
    world = World()
    line = world.connected()
    data = bytes(range(256)) * 12_000
    for at in range(0, len(data), 100_000):
        line.client.send(bytes(StreamData(0, data[at : at + 100_000], at + 100_000 >= len(data))))
    heard = b""
    for _ in range(100):
        world.settle()
        heard += b"".join(frame.data for frame in line.said())
    assert heard == data


def test_resets_both_ways():
    world = World(Silent)
    line = world.connected()
    line.talk(StreamData(0, b"x"))
    world.apps[0].reply = bytes(StreamReset(0, 8))
    world.server.wake(world.apps[0], world.now_ns)
    assert StreamReset(0, 8) in line.talk(StreamReset(0, 7))
    assert world.apps[0].frames[-1] == StreamReset(0, 7)


def test_the_server_opens_streams():
    world = World()
    line = world.connected()
    world.apps[0].reply = bytes(StreamData(3, b"settings")) + bytes(StreamData(1, b"and more", True))
    world.server.wake(world.apps[0], world.now_ns)
    assert line.talk() == [StreamData(3, b"settings"), StreamData(1, b"and more", True)]


# back-pressure


def test_a_reader_that_is_slow_stops_its_writer():
    world = World(Fountain, buffered=100_000)
    line = world.connected()
    line.client.send(bytes(StreamData(0, b"more")))
    world.deliver()
    world.lose = lambda to_server, _: to_server  # it acknowledges nothing
    world.wait(2 * SECOND)
    assert 100_000 <= world.apps[0].given < 120_000
    assert served(world).core.unsent < 120_000
    world.lose = lambda *_: False
    world.wait(4 * SECOND)
    assert world.apps[0].given > 500_000, "it goes on when the reader does"
    assert world.apps[0].given < 2 * WINDOW, "who reads, but does not take it, stops it again"


def test_what_nobody_can_answer_is_not_taken():
    """An echo whose client sends and never reads: what waits stays within the window, and the client is told to stop."""
    world = World(buffered=50_000)
    line = world.connected()
    for _ in range(40):
        line.client.send(bytes(StreamData(0, bytes(100_000))))
    world.wait(SECOND)
    assert len(world.apps[0].heard) < 2 * WINDOW, "what came back fills the client's window, then no more is heard"
    assert len(served(world)._inbox) < 1.1 * WINDOW, "frames have heads"


class Patient(Echo):
    """Gives as much as anybody takes on each stream, one after the other; leaves stuck streams alone, if it may."""

    def __init__(self):
        super().__init__()
        self.stalled = ()
        self.given = dict.fromkeys((0, 4), 0)

    def receive(self, data):
        super().receive(data)
        return b""

    def pull(self):
        asked = {frame.stream for frame in self.frames} - set(self.stalled)
        stream = min(asked, key=self.given.__getitem__, default=None)
        if stream is None or self.given[stream] > 600_000:
            return b""
        self.given[stream] += 10_000
        return bytes(StreamData(stream, bytes(10_000)))


def with_a_stuck_stream(application):
    """Bytes that arrived on two streams, of which the client lets 5,000 bytes pass on the first one."""
    world = World(application, buffered=100_000)
    line = world.line()
    line.client.core._local_max_stream_data_bidi_local = 5_000
    line.client.core._write_stream_limits = lambda **_: None  # aioquic would open the window again
    world.settle()
    line.client.send(bytes(StreamData(0, b"x")))
    line.client.core._streams[0].max_stream_data_local = 5_000
    line.client.core._local_max_stream_data_bidi_local = 1_000_000
    world.settle()
    core = served(world).core
    core._streams[0].max_stream_data_remote = 5_000
    core._remote_max_stream_data_bidi_local = 1_000_000
    line.client.send(bytes(StreamData(4, b"x")))
    arrived = dict.fromkeys((0, 4), 0)
    for _ in range(40):
        world.settle()
        for frame in line.said():
            arrived[frame.stream] += len(frame.data)
    return arrived, world.apps[0], core


def test_a_stuck_stream_does_not_hold_up_the_others():
    """RFC 9000 4.1: a page that is not read, and one that is, on the same connection."""
    arrived, app, core = with_a_stuck_stream(Patient)
    assert arrived[0] == 5_000
    assert arrived[4] > 600_000
    assert set(app.stalled) == {0}
    assert app.given[0] <= 110_000, "what was said before anybody knew"
    assert core.stalled(ENOUGH) == {0: app.given[0] - 5_000}


def test_who_does_not_want_to_know_waits():
    """Without `stalled` one stuck stream stops the application at `buffered`: memory is worth more than progress."""

    class Deaf(Patient):
        def __init__(self):
            super().__init__()
            del self.stalled

        def pull(self):
            self.__dict__["stalled"] = ()
            try:
                return super().pull()
            finally:
                del self.__dict__["stalled"]

    arrived, _, core = with_a_stuck_stream(Deaf)
    assert arrived[4] < 600_000
    assert core.unsent < 120_000


def stalled(world):
    """A connection whose application takes nothing, because its client does not read; the client, to send what it likes."""
    line = world.connected()
    line.talk(StreamData(0, b"x"))
    served(world)._desk = replace(served(world)._desk, setup=replace(served(world)._desk.setup, buffered=0))
    return line


def test_datagrams_that_nobody_takes_are_lost():
    world = World()
    line = stalled(world)
    for _ in range(60):
        line.talk(*[Datagram(bytes(1000))] * 30)
    assert WINDOW <= len(served(world)._inbox) < WINDOW + 2000
    assert line.client.core.talking


def test_crumbs_that_nobody_takes_are_the_end(monkeypatch):
    monkeypatch.setattr(module, "MOST_HELD", 200)
    world = World()
    line = stalled(world)
    for number in range(1, 60):
        line.talk(StreamData(4 * number, b"x"), StreamReset(4 * number, 1))
    assert "more waits than is kept" in line.client.ended
    assert world.told("over") == ["error"]


# moving, keys


def test_a_client_that_moves_is_found_again():
    """RFC 9000 9."""
    world = World()
    line = world.connected()
    line.talk(StreamData(0, b"here"))
    line.home = ELSEWHERE
    assert line.talk(StreamData(0, b"there", True)) == [StreamData(0, b"there", True)]
    assert world.told("told") == ["moved"]
    assert served(world).peer == ELSEWHERE
    assert served(world).core._network_paths[0].is_validated, "by PATH_CHALLENGE"


def test_a_client_that_moves_with_another_connection_id():
    world = World()
    line = world.connected()
    line.home = ELSEWHERE
    line.client.core.change_connection_id()
    assert line.talk(StreamData(0, b"there", True)) == [StreamData(0, b"there", True)]
    world.settle()
    assert len(served(world).identifiers) == 9, "eight, a new one for the one retired, and the client's first"


def test_nobody_is_flooded_by_moving_there():
    """RFC 9000 9.3.1: an address that was not proved gets three times what came from it."""
    world = World(Fountain)
    line = world.connected()
    line.talk(StreamData(0, b"x"))
    victim = Endpoint("127.0.0.77", 7)
    line.client.send(bytes(StreamData(4, b"x" * 100)))
    spoofed = line.client.outgoing(world.now_ns)
    for datagram in spoofed:
        world.server.receive(datagram, victim, world.now_ns)
    world.wait(200 * MILLISECOND)
    flood = [datagram for datagram, peer in world.stray if peer == victim]
    assert flood
    assert sum(map(len, flood)) <= 3 * sum(map(len, spoofed))


def test_the_client_changes_its_keys():
    """RFC 9001 6."""
    world = World()
    line = world.connected()
    line.talk(StreamData(0, b"before"))
    line.client.core.request_key_update()
    assert line.talk(StreamData(0, b"after", True)) == [StreamData(0, b"after", True)]
    assert served(world).core._cryptos[Epoch.ONE_RTT].recv.key_phase == 1


def test_the_server_changes_its_keys():
    """RFC 9001 6.6: after so many packets."""
    world = World(settings={"key-update": "10"})
    line = world.connected()
    for number in range(30):
        assert line.talk(StreamData(4 * number, b"x", True))
    assert len(world.told("told")) >= 2
    assert line.client.core.talking


# the end


def test_the_client_closes():
    world = World()
    line = world.connected()
    line.talk(ConnectionClosed(0x101, b"enough"))
    assert world.apps[0].frames == [ConnectionClosed(0x101, b"enough")]
    assert world.apps[0].ended
    assert world.told("over") == ["peer"]
    assert world.server.open == 0


def test_the_application_closes_after_its_last_bytes():
    class Parting(Echo):
        def receive(self, data):
            self.closed = True
            return bytes(StreamData(0, bytes(60_000), True)) + bytes(ConnectionClosed(0x100, b"done"))

    world = World(Parting)
    frames = world.connected().talk(StreamData(0, b"x", True))
    assert sum(len(frame.data) for frame in frames[:-1]) == 60_000
    assert frames[-1] == ConnectionClosed(0x100, b"done")
    assert world.told("over") == ["server"]


def test_closed_without_a_word():
    class Parting(Echo):
        def receive(self, data):
            self.closed = True
            return b""

    world = World(Parting)
    assert world.connected().talk(StreamData(0, b"x", True)) == [ConnectionClosed(0)]


def test_a_last_word_does_not_wait_for_ever():
    class Parting(Echo):
        def receive(self, data):
            self.closed = True
            return bytes(StreamData(0, bytes(60_000), True))

    world = World(Parting)
    line = world.connected()
    line.client.send(bytes(StreamData(0, b"x")))
    world.deliver()
    world.lose = lambda to_server, _: to_server
    world.wait(LINGER_NS + SECOND)
    assert world.told("over") == ["server"]


def test_draining_lets_applications_finish():
    world = World()
    line = world.connected()
    line.talk(StreamData(0, b"x"))
    world.apps[0].reply = b""
    world.server.drain(world.now_ns)
    world.settle()
    assert world.apps[0].drained
    assert line.client.ended
    assert world.server.open == 0
    late = world.line()
    world.settle()
    assert "CONNECTION_REFUSED" in late.client.ended


def test_closing_at_once():
    world = World(Fountain)
    line = world.connected()
    line.client.send(bytes(StreamData(0, b"more")))
    world.deliver()
    world.server.close(world.now_ns)
    world.settle()
    assert world.told("over") == ["cut"]
    assert line.client.ended == "the server closed it with code 0x0"


def test_silence():
    """RFC 9000 10.1."""
    world = World(idle_ns=3 * SECOND)
    world.connected()
    world.wait(4 * SECOND)
    assert world.told("over") == ["idle"]
    assert world.apps[0].ended


def test_a_peer_that_breaks_the_rules():
    world = World()
    line = world.connected()
    line.client.core._remote_max_streams_bidi = 1 << 20
    line.client.send(bytes(StreamData(4 * 5000, b"too many streams")))
    world.settle()
    assert "STREAM_LIMIT_ERROR" in line.client.ended
    assert world.told("over") == ["error"]


def test_a_handshake_that_takes_too_long():
    world = World()
    line = world.line()
    world.lose = lambda to_server, _: not to_server
    world.wait(HANDSHAKE_NS + SECOND)
    assert world.log == [("failed", "the handshake takes too long")]
    assert not line.client.ready


@pytest.mark.parametrize("method", ["receive", "pull", "wakeup", "drain"])
def test_an_application_that_raises(method):
    def broken(self, *given):
        raise RuntimeError(f"{method} is broken")

    world = World(type("Broken", (Echo,), {method: broken}))
    line = world.line()
    world.settle()
    line.client.send(bytes(StreamData(0, b"x")))
    world.settle()
    world.server.drain(world.now_ns)
    world.wait(SECOND)
    assert f"{method} is broken" in world.told("crashed")[0]
    assert len(world.told("crashed")) == 1
    assert world.told("over") == ["crash"]
    assert line.client.broken
    assert "INTERNAL_ERROR" in line.client.ended


@pytest.mark.parametrize("words", [b"\x20rubbish", bytes(StreamData(2, b"the client's")), bytes(StreamData(0, b"cut"))[:-1]])
def test_an_application_that_says_what_cannot_be_said(words):
    class Odd(Echo):
        def receive(self, data):
            return words

    world = World(Odd)
    line = world.connected()
    line.talk(StreamData(0, b"x"))
    assert world.told("over") == ["crash"]
    assert "INTERNAL_ERROR" in line.client.ended


def test_an_application_that_wants_nobody():
    world = World(accept=lambda *_: None)
    line = world.line()
    world.settle()
    assert "CONNECTION_REFUSED" in line.client.ended
    assert world.server.open == 0


def test_the_close_is_said_again_to_who_did_not_hear_it():
    """RFC 9000 10.2.1."""
    world = World()
    line = world.connected()
    world.lose = lambda to_server, _: not to_server
    world.server.close(world.now_ns)
    world.deliver()
    world.lose = lambda *_: False
    line.client.send(bytes(StreamData(0, b"are you there?")))
    world.deliver()
    world.deliver()
    assert line.client.ended == "the server closed it with code 0x0"
