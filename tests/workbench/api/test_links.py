"""A server with links of its own, run in memory: which events the world answers its commands with, in which order."""

from workbench.api import (
    CLIENT,
    Arrived,
    Dial,
    Ended,
    Endpoint,
    Hang,
    Hold,
    Joined,
    LinkCommand,
    LinkEvent,
    LinkingConnection,
    Listen,
    OpenDatagrams,
    Opened,
    Pass,
    Resolve,
    Resolved,
    Resume,
    Taken,
    Unconnected,
    framed,
    in_memory,
    length_prefixed,
)
from workbench.api.links import MOST_EVENTS
from workbench.api.servers import ServerOptions

FAR = Endpoint("192.0.2.7", 80)


class Recorder:
    """Gives the commands of a script, one list per turn, and remembers what happened."""

    def __init__(self, *script: list[LinkCommand]) -> None:
        self.closed = False
        self.events: list[LinkEvent] = []
        self.calls: list[str] = []
        self._script = list(script)
        self._turn = False

    def receive(self, data: bytes) -> bytes:
        self.calls.append("receive")
        self._turn = True
        return b"r"

    def pull(self) -> bytes:
        return b""

    def wakeup(self, now_ns: int) -> bytes:
        self.calls.append(f"wakeup {now_ns}")
        return b"w"

    def drain(self) -> bytes:
        self.closed = True
        return b"d"

    def commands(self) -> list[LinkCommand]:
        if not self._turn or not self._script:
            return []
        self._turn = False
        return self._script.pop(0)

    def notify(self, event: LinkEvent, now_ns: int) -> bytes:
        self.calls.append(type(event).__name__)
        self.events.append(event)
        return b"n"


def told(*commands: LinkCommand) -> list[LinkEvent]:
    """What a connection hears after giving these commands at once."""
    connection = Recorder(list(commands))
    in_memory(connection).receive(b"x")
    assert connection.events[0] == Joined(Unconnected.CLIENT, Unconnected.LOCAL)
    return connection.events[1:]


def test_the_recorder_is_a_linking_connection_and_a_framed_server_is_none():
    assert isinstance(Recorder(), LinkingConnection)
    plain = framed(length_prefixed(1), bytes)(ServerOptions())()
    assert not isinstance(plain, LinkingConnection)
    assert in_memory(plain) is plain


def test_who_the_client_is_comes_before_everything_else():
    connection = Recorder()
    world = in_memory(connection)
    assert world.wakeup(5) == b"nw"
    assert world.receive(b"x") == b"r"
    assert connection.calls == ["Joined", "wakeup 5", "receive"]


def test_what_is_passed_comes_back_after_it_was_taken():
    events = told(Dial(1, FAR.host, FAR.port), Pass(1, b"abc"), Hang(1, half=True))
    assert events == [Opened(1, Unconnected.LOCAL, FAR), Taken(1, 3), Arrived(1, b"abc"), Ended(1)]


def test_a_datagram_comes_back_from_where_it_went():
    assert told(OpenDatagrams(2, FAR.host), Pass(2, b"abc", FAR)) == [Opened(2, Unconnected.LOCAL), Arrived(2, b"abc", FAR)]


def test_every_name_is_this_machine_and_nobody_calls():
    assert told(Resolve(1, "name.example"), Listen(2, FAR.host)) == [
        Resolved(1, ("127.0.0.1",)),
        Opened(2, Unconnected.LOCAL),
    ]


def test_a_link_that_was_hung_up_is_never_heard_of_again():
    assert told(Pass(1, b"abc"), Hang(1)) == []


def test_closing_the_clients_direction_ends_nothing():
    assert told(Hang(CLIENT, half=True)) == []


def test_what_arrives_on_a_held_link_waits():
    connection = Recorder([Hold(1), Pass(1, b"one"), Pass(2, b"two")], [Resume(1)])
    world = in_memory(connection)
    world.receive(b"x")
    assert connection.events[1:] == [Taken(1, 3), Taken(2, 3), Arrived(2, b"two")]
    world.receive(b"x")
    assert connection.events[-1] == Arrived(1, b"one")


def test_a_closed_connection_hears_nothing_more():
    connection = Recorder([Dial(1, FAR.host, FAR.port)])
    world = in_memory(connection)
    assert world.drain() == b"nd"
    assert world.closed
    assert len(connection.events) == 1


def test_two_ends_that_answer_each_other_come_to_rest():
    class Parrot(Recorder):
        def commands(self) -> list[LinkCommand]:
            return [Pass(1, b"again")]

    connection = Parrot()
    in_memory(connection).wakeup(0)
    assert len(connection.events) == 2 * MOST_EVENTS
