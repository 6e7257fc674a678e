import contextlib
import socket
import threading

import pytest

from fuzzers.model import Conduct, Ending, Parting
from fuzzers.targets.command import Command, free_port
from fuzzers.targets.config import TargetConfig
from fuzzers.targets.guardian import Guardian
from fuzzers.targets.links.tcp import TcpDialer
from fuzzers.targets.play import MAX_REPLY
from fuzzers.targets.watchers import ProcessWatcher, SilenceWatcher
from fuzzers.targets.wire import converse, play_on_wire
from support.lines import command
from workbench.api import Direction, Endpoint

TO_SERVER, TO_CLIENT = Direction.TO_SERVER, Direction.TO_CLIENT


@pytest.fixture(params=[(), ("--threads",)], ids=["one by one", "threads"])
def server(request):
    guardian = Guardian()
    made = Command(TargetConfig(kind="command", command=command(*request.param)), guardian)
    made.start()
    yield made
    made.close()
    guardian.close()


def watcher(server: Command) -> ProcessWatcher:
    return ProcessWatcher(server.tree)


def test_every_reply_belongs_to_its_message(server):
    for _ in range(30):
        execution = play_on_wire(server.endpoint, [b"one\n", b"SILENT\n", b"two\n", b"ha", b"lf\n"], watcher(server))
        assert execution.turns == (
            (TO_SERVER, b"one\n"),
            (TO_CLIENT, b"OK one\n"),
            (TO_SERVER, b"SILENT\n"),
            (TO_SERVER, b"two\n"),
            (TO_CLIENT, b"OK two\n"),
            (TO_SERVER, b"ha"),
            (TO_SERVER, b"lf\n"),
            (TO_CLIENT, b"OK half\n"),
        )
        assert execution.ending is Ending.OPEN


def test_a_server_that_closes(server):
    execution = play_on_wire(server.endpoint, [b"CLOSE\n", b"more\n"], watcher(server))
    assert execution.ending is Ending.CLOSED
    assert execution.turns == ((TO_SERVER, b"CLOSE\n"),)


def test_an_endless_loop(server):
    execution = play_on_wire(server.endpoint, [b"hi\n", b"LOOP\n"], watcher(server))
    assert execution.ending is Ending.HUNG
    assert execution.failure.kind == "endless loop"
    assert execution.turns[1] == (TO_CLIENT, b"OK hi\n")


def test_nobody_there():
    execution = play_on_wire(Endpoint("127.0.0.1", free_port()), [b"x"], SilenceWatcher())
    assert execution.ending is Ending.GONE
    assert execution.turns == ()


@contextlib.contextmanager
def answering(script):
    """A listening socket; `script(connection, over)` runs in a thread for one connection until `over` is set, at the latest."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run():
            with listener.accept()[0] as connection, contextlib.suppress(OSError):
                script(connection, over)

        thread = threading.Thread(target=run)
        thread.start()
        yield Endpoint(*listener.getsockname())
        over.set()
        thread.join(10)
        assert not thread.is_alive()


def test_replies_are_cut_at_the_limit():
    def flood(connection, over):
        connection.recv(10)
        connection.sendall(bytes(2 * MAX_REPLY))

    with answering(flood) as endpoint:
        execution = play_on_wire(endpoint, [b"go"], SilenceWatcher())
    assert execution.cut
    assert len(execution.replies) == MAX_REPLY


def test_a_stranger_is_heard_until_it_is_silent():
    def slow(connection, over):
        connection.recv(10)
        connection.sendall(b"first ")
        connection.sendall(b"second")
        connection.recv(10)

    with answering(slow) as endpoint:
        execution = play_on_wire(endpoint, [b"go"], SilenceWatcher())
    assert execution.replies == b"first second"


def test_a_reset_is_an_end():
    def reset(connection, over):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")

    with answering(reset) as endpoint:
        execution = play_on_wire(endpoint, [b"go", b"on", b"and on"], SilenceWatcher())
    assert execution.ending is Ending.CLOSED


def test_a_reset_before_the_first_word_is_an_end_too():
    class Resetting(TcpDialer):
        def dial(self, _):
            raise ConnectionResetError

    assert play_on_wire(Endpoint("127.0.0.1", 1), [b"go"], SilenceWatcher(), dialer=Resetting()).ending is Ending.CLOSED


def test_a_server_that_does_not_read_does_not_block_us():
    def deaf(connection, over):
        over.wait(10)

    with answering(deaf) as endpoint:
        execution = play_on_wire(endpoint, [bytes(64 << 20)], SilenceWatcher())
    assert execution.ending in (Ending.OPEN, Ending.CLOSED)
    assert execution.replies == b""


@pytest.fixture
def threaded():
    guardian = Guardian()
    made = Command(TargetConfig(kind="command", command=command("--threads")), guardian)
    made.start()
    yield made
    made.close()
    guardian.close()


def performed(server: Command, messages, *lanes: int, partings=()):
    conduct = Conduct.of(lanes, partings)
    return play_on_wire(server.endpoint, messages, watcher(server), conduct=conduct)


def test_messages_go_over_their_connections(threaded):
    for _ in range(10):
        execution = performed(threaded, [b"on", b"tw", b"e\n", b"o\n", b"CLOSE\n", b"lost\n", b"more\n"], 0, 1, 0, 1, 0, 0, 1)
        assert execution.conversations == (
            ((TO_SERVER, b"on"), (TO_SERVER, b"e\n"), (TO_CLIENT, b"OK one\n"), (TO_SERVER, b"CLOSE\n")),
            (
                (TO_SERVER, b"tw"),
                (TO_SERVER, b"o\n"),
                (TO_CLIENT, b"OK two\n"),
                (TO_SERVER, b"more\n"),
                (TO_CLIENT, b"OK more\n"),
            ),
        )
        assert execution.ending is Ending.CLOSED


def test_a_half_close_comes_right_behind_the_last_message():
    heard = []

    def late(connection, over):
        heard.append(connection.recv(10))
        over.wait(0.05)
        heard.append(connection.recv(10))
        connection.sendall(b"bye")

    with answering(late) as endpoint:
        conduct = Conduct((), (Parting.HALF_CLOSE,))
        execution = play_on_wire(endpoint, [b"go"], SilenceWatcher(), conduct=conduct)
    assert heard == [b"go", b""]
    assert execution.turns == ((TO_SERVER, b"go"), (TO_CLIENT, b"bye"))
    assert execution.ending is Ending.OPEN


def test_a_connection_is_reset_behind_its_last_message():
    ends = []

    def wait(connection, over):
        while (data := connection.recv(10)) and len(ends) < 2:
            ends.append(data)

    def script(connection, over):
        try:
            wait(connection, over)
        except ConnectionResetError:
            ends.append("reset")

    with answering(script) as endpoint:
        execution = play_on_wire(endpoint, [b"go", b"on"], SilenceWatcher(), conduct=Conduct((), (Parting.RESET,)))
    assert ends in ([b"go", b"on", "reset"], [b"go", "reset"])  # what had not been read when the reset came may be lost
    assert execution.turns == ((TO_SERVER, b"go"), (TO_SERVER, b"on"))
    assert execution.ending is Ending.OPEN


def test_nothing_is_taken_from_an_abandoned_connection(threaded):
    execution = performed(threaded, [b"one\n", b"two\n", b"three\n"], 0, 1, 0, partings=(Parting.ABANDON,))
    assert execution.conversations == (
        ((TO_SERVER, b"one\n"), (TO_SERVER, b"three\n")),
        ((TO_SERVER, b"two\n"), (TO_CLIENT, b"OK two\n")),
    )
    assert execution.ending is Ending.OPEN
    # and the server is well
    assert performed(threaded, [b"hi\n"]).replies == b"OK hi\n"


def test_an_answer_is_asked_for_on_its_own_connection(threaded):
    asked = []

    def answered(turns):
        asked.append(tuple(turns))
        return bool(turns) and turns[-1][0] is TO_CLIENT

    conduct = Conduct.of((0, 1, 0))
    messages = [b"one\n", b"two\n", b"three\n"]
    execution = play_on_wire(threaded.endpoint, messages, SilenceWatcher(), answered, conduct=conduct)
    assert execution.replies == b"OK one\nOK two\nOK three\n"
    assert ((TO_SERVER, b"two\n"), (TO_CLIENT, b"OK two\n")) in asked


def test_a_conversation_on_a_connection_that_stays(server):
    link = TcpDialer().dial(server.endpoint)
    for word in (b"one", b"two"):
        execution = converse(link, [word + b"\n"], watcher(server))
        assert execution.turns == ((TO_SERVER, word + b"\n"), (TO_CLIENT, b"OK " + word + b"\n"))
        assert execution.ending is Ending.OPEN
    assert converse(link, [b"CLOSE\n"], watcher(server)).ending is Ending.CLOSED
    link.close()
    link = TcpDialer().dial(server.endpoint)
    assert converse(link, [b"LOOP\n"], watcher(server)).failure.kind == "endless loop"
    link.close()


def test_a_server_that_takes_no_second_connection_has_closed_it():
    def only_one(connection, over):
        while data := connection.recv(10):
            connection.sendall(data)

    with answering(only_one) as endpoint:
        dialer = TcpDialer()
        dial, made = dialer.dial, []

        def once(place):
            if made:
                raise ConnectionRefusedError
            made.append(dial(place))
            return made[0]

        dialer.dial = once
        execution = play_on_wire(endpoint, [b"a", b"b", b"c"], SilenceWatcher(), dialer=dialer, conduct=Conduct.of((0, 1, 0)))
    assert execution.turns == ((TO_SERVER, b"a"), (TO_CLIENT, b"a"), (TO_SERVER, b"c"), (TO_CLIENT, b"c"))
    assert execution.ending is Ending.CLOSED
