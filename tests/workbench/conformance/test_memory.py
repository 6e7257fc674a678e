import time

import pytest

from workbench.api import Dial, Pass, Peer, ServerOptions, UsageError, framed, length_prefixed
from workbench.conformance import memory
from workbench.conformance.memory import MemoryPeer, MemoryTarget

LINE = length_prefixed(1)


class Scripted:
    """A connection that says what its service was made with: replies by input, later ones by time, endless ones by pull."""

    def __init__(self, replies=(), *, after_ns=0, late=b"", endless=b"", crash_on=None):
        self.closed = False
        self.calls = []
        self._replies = dict(replies)
        self._after_ns, self._late = after_ns, late
        self._endless = endless
        self._crash_on = crash_on

    def receive(self, data):
        self.calls.append(data)
        if data == self._crash_on:
            raise ValueError(f"cannot bear {data!r}")
        self.closed = self.closed or data == b"bye"
        return self._replies.get(data, b"")

    def pull(self):
        return self._endless

    def wakeup(self, now_ns):
        if self._late and now_ns >= self._after_ns:
            said, self._late = self._late, b""
            return said
        return b""

    def drain(self):
        return b""


def peer_of(connection, **more):
    return MemoryPeer(lambda _: lambda: connection, **more)


def test_it_is_a_peer():
    peer: Peer = MemoryPeer(framed(LINE, lambda frame: frame), {"path": "/"})
    assert (peer.host, peer.tls, peer.options["path"]) == ("127.0.0.1", False, "/")


def test_what_is_sent_arrives_at_once_in_the_pieces_it_was_sent_in():
    connection = Scripted({b"b": b"B"})
    peer = peer_of(connection)
    peer.send(b"a")
    peer.send(b"b")
    peer.send(b"")
    assert connection.calls == [b"a", b"b"]
    assert peer.receive() == b"B"


def test_receive_waits_for_enough_and_gives_everything_that_came():
    peer = peer_of(Scripted({b"ask": b"one"}, after_ns=1_000_000_000, late=b"two"))
    peer.send(b"ask")
    assert peer.receive(lambda data: len(data) >= 4) == b"onetwo"
    assert not peer.ended


def test_receive_gives_up_when_patience_is_over_and_no_time_has_passed_for_us():
    connection = Scripted({b"ask": b"one"}, after_ns=3_000_000_000, late=b"two")
    peer = peer_of(connection)
    peer.send(b"ask")
    begun = time.monotonic()
    assert peer.receive(lambda data: len(data) >= 4, patience_s=2.0) == b"one"
    assert peer.receive(patience_s=0) == b""
    assert peer.receive(patience_s=3600.0) == b"two"
    assert time.monotonic() - begun < 60


def test_an_idle_timeout_is_seen_at_once():
    peer = MemoryPeer(framed(LINE, lambda frame: frame), settings=ServerOptions(idle_ns=5_000_000_000))
    peer.send(b"\x05he")
    assert peer.receive(patience_s=4) == b""
    assert not peer.ended
    assert peer.receive(patience_s=4) == b""
    assert peer.ended
    assert not peer.reset


def test_the_end_is_noticed_behind_the_last_bytes():
    connection = Scripted({b"bye": b"farewell"})
    peer = peer_of(connection)
    peer.send(b"bye")
    assert peer.receive() == b"farewell"
    assert not peer.ended
    assert peer.receive() == b""
    assert peer.ended
    peer.send(b"anybody there?")
    assert connection.calls == [b"bye"]


def test_finish_is_told_once_and_nothing_goes_out_behind_it():
    connection = Scripted()
    peer = peer_of(connection)
    peer.finish()
    peer.finish()
    peer.send(b"late")
    assert connection.calls == [b""]


def test_a_server_that_raises_resets_the_connection_and_says_why():
    peer = peer_of(Scripted({b"hello": b"hi"}, crash_on=b"boom"))
    peer.send(b"hello")
    peer.send(b"boom")
    assert peer.receive() == b"hi"
    assert peer.receive() == b""
    assert peer.ended
    assert peer.reset
    assert peer.transcript.crash == "ValueError: cannot bear b'boom'"


def test_others_share_service_and_clock():
    started = []

    def server(options):
        started.append(options)
        return lambda: Scripted(after_ns=10_000_000_000, late=b"ten")

    one = MemoryPeer(server)
    two = one.again()
    assert len(started) == 1
    assert one.receive(patience_s=15) == b"ten"
    assert two.receive(patience_s=0) == b"ten"


def test_a_connection_may_make_another_one_speak():
    class Board:
        def __init__(self):
            self.members = []

        def __call__(self):
            member = Member(self)
            self.members.append(member)
            return member

    class Member(Scripted):
        def __init__(self, board):
            super().__init__()
            self.box = b""
            self._board = board

        def receive(self, data):
            for member in self._board.members:
                member.box += data
            return b""

        def pull(self):
            said, self.box = self.box, b""
            return said

    one = MemoryPeer(lambda _: Board())
    two = one.again()
    one.send(b"hear this")
    assert two.receive(patience_s=0) == b"hear this"


def test_an_endless_reply_is_held_back_and_cut(monkeypatch):
    monkeypatch.setattr(memory, "MOST_RECEIVED", 1_000_000)
    connection = Scripted(endless=bytes(4096))
    peer = peer_of(connection)
    peer.send(b"a")
    assert len(connection.calls) == 1
    for _ in range(3):
        peer.send(b"b")
    assert len(connection.calls) == 1, "what a client sends waits while it does not read"
    assert 1_000_000 <= len(peer.receive(lambda _: False)) < 1_000_000 + 2 * memory.BUFFERED
    assert not peer.ended


def test_a_proxy_talks_to_a_world_that_says_everything_back():
    class Proxy(Scripted):
        def __init__(self):
            super().__init__()
            self._todo = [Dial(1, "example.org", 80)]

        def commands(self):
            todo, self._todo = self._todo, []
            return todo

        def notify(self, event, now_ns):
            return type(event).__name__.encode() + b" " + getattr(event, "data", b"")

        def receive(self, data):
            self._todo.append(Pass(1, data))
            return b""

    peer = peer_of(Proxy())
    peer.send(b"knock")
    assert peer.receive() == b"Joined Opened Taken Arrived knock"


@pytest.mark.parametrize("patience_s", [0.0, 0.1, 1.0])
def test_everything_is_in_the_transcript(patience_s):
    peer = peer_of(Scripted({b"bye": b"farewell"}), patience_s=patience_s)
    peer.send(b"hello")
    peer.send(b"bye")
    peer.finish()
    peer.receive()
    peer.receive()
    kinds = [(turn.kind, turn.data) for turn in peer.transcript.turns]
    assert kinds == [("sent", b"hellobye"), ("finished", b""), ("received", b"farewell"), ("closed", b"")]


def test_settings_that_cannot_be_are_said_before_a_run():
    def choosy(options):
        if options.settings:
            raise UsageError("knows no settings")
        raise ZeroDivisionError

    MemoryTarget(server=choosy).require()  # a fault of the server is for the checks to tell
    with pytest.raises(UsageError, match="knows no settings"):
        MemoryTarget(server=choosy, settings=ServerOptions(settings={"a": "b"})).require()


def test_datagrams_keep_their_boundaries():
    """What a server over UDP returns from one call is one datagram."""

    class Counting:
        closed = False

        def __init__(self):
            self.left = 0

        def receive(self, data):
            self.left = 2
            return b"first"

        def pull(self):
            self.left -= 1
            return b"more" if self.left >= 0 else b""

        def wakeup(self, now_ns):
            return b""

        def drain(self):
            return b""

    peer = MemoryPeer(lambda _: Counting)
    peer.send(b"x")
    assert peer.receive_datagrams() == [b"first", b"more", b"more"]
    peer.send(b"x")
    assert peer.receive() == b"firstmoremore"
    peer.send(b"x")
    assert peer.receive_datagrams(lambda found: len(found) > 9, patience_s=0.3) == [b"first", b"more", b"more"]
    assert peer.receive_datagrams(patience_s=0.3) == []
