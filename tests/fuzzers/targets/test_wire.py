import contextlib
import socket
import threading

import pytest

from fuzzers.model import Ending
from fuzzers.targets.command import Command, free_port
from fuzzers.targets.config import TargetConfig
from fuzzers.targets.guardian import Guardian
from fuzzers.targets.links.tcp import TcpDialer
from fuzzers.targets.play import MAX_REPLY
from fuzzers.targets.watchers import ProcessWatcher, SilenceWatcher
from fuzzers.targets.wire import play_on_wire
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
    return ProcessWatcher(lambda: server.tree)


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
