"""Back-pressure and endings, without sockets."""

import pytest

from workbench.api.links import Ended, Hang
from workbench.serving.limits import ServingLimits
from workbench.serving.pump import Pump


class Talker:
    """A connection that answers each byte with `size` bytes now and as many again on each of `more` pulls."""

    def __init__(self, size: int = 1, more: int = 0) -> None:
        self.closed = False
        self.calls: list[object] = []
        self._size = size
        self._more = more

    def receive(self, data: bytes) -> bytes:
        self.calls.append(data)
        return b"r" * self._size * len(data)

    def pull(self) -> bytes:
        self._more -= 1
        return b"p" * self._size if self._more >= 0 else b""

    def wakeup(self, now_ns: int) -> bytes:
        self.calls.append(now_ns)
        return b""

    def drain(self) -> bytes:
        self.closed = True
        return b"bye"


def pump(connection: Talker, buffered: int = 10) -> Pump:
    return Pump(connection, ServingLimits(buffered=buffered))


def test_the_connection_learns_the_time_before_each_input():
    talker = Talker()
    pump(talker).receive(b"x", 77)
    assert talker.calls == [77, b"x"]


def test_a_full_buffer_stops_input_until_the_peer_reads():
    one = pump(Talker(size=4))
    one.receive(b"abc", 0)
    assert (len(one.outgoing), one.wants_input) == (12, False)
    one.taken(3)
    assert (len(one.outgoing), one.wants_input) == (9, True)


def test_more_is_pulled_as_far_as_there_is_room():
    one = pump(Talker(size=4, more=100))
    one.receive(b"a", 0)
    assert one.outgoing == b"rrrrpppppppp"
    one.taken(2)
    assert len(one.outgoing) == 10
    one.taken(1)
    assert len(one.outgoing) == 13
    assert one.sent == 3


def test_the_peers_end_waits_for_what_is_left_to_say():
    one = pump(Talker(size=4, more=3))
    one.receive(b"a", 0)
    one.receive(b"", 0)
    assert not one.wants_input
    while one.outgoing:
        assert not one.finished
        one.taken(1)
    assert one.finished
    assert not one.ended_by_server
    assert one.sent == 16


def test_the_servers_end_comes_after_its_last_bytes():
    one = pump(Talker())
    one.drain()
    assert (one.outgoing, one.finished, one.wants_input) == (b"bye", False, False)
    one.taken(3)
    assert (one.finished, one.ended_by_server) == (True, True)


def test_a_closed_connection_is_left_in_peace():
    talker = Talker()
    talker.closed = True
    one = pump(talker)
    one.receive(b"late", 1)
    one.wakeup(2)
    one.drain()
    assert (talker.calls, one.outgoing, one.finished) == ([], b"", True)


def test_a_crash_passes_through():
    class Broken(Talker):
        def receive(self, data: bytes) -> bytes:
            raise IndexError(data)

    with pytest.raises(IndexError):
        pump(Broken()).receive(b"x", 0)


class Proxy(Talker):
    """One that opens links."""

    def commands(self) -> list:
        return [Hang(1)]

    def notify(self, event, now_ns: int) -> bytes:
        self.calls.append(event)
        return b"heard"


def test_a_proxy_gets_news_and_says_itself_when_it_is_over():
    proxy = Proxy(more=1)
    one = pump(proxy)
    assert one.linking
    assert not pump(Talker()).linking
    assert one.commands() == [Hang(1)]
    one.notify(Ended(1), 5)
    assert (proxy.calls, one.outgoing) == ([Ended(1)], b"heardp")
    one.receive(b"", 6)
    one.taken(6)
    assert not one.finished
    proxy.closed = True
    one.notify(Ended(2), 7)
    assert proxy.calls[-1] == b""  # left in peace
    assert one.finished
