"""What streams share: settings, tables, who waits, what is not acknowledged, pushes; and which connection a stream is of."""

from types import SimpleNamespace

from support.http3 import CLIENT, SERVER
from workbench.api import Memory, Severity
from workbench_http3.connection import Connection, Outcome, connection_of
from workbench_http3.limits import MAX_BLOCKED, MAX_CONNECTIONS
from workbench_http3.names import Setting
from workbench_http3.streams import Role


def context(siblings, capture, **facts):
    return SimpleNamespace(siblings=siblings, capture=capture, facts=facts)


def test_streams_of_one_flow_are_of_one_connection():
    siblings, capture = Memory(10), Memory(10)
    assert connection_of(context(siblings, capture)) is connection_of(context(siblings, capture))
    assert connection_of(context(siblings, capture)) is not connection_of(context(Memory(10), capture))


def test_a_numbered_connection_may_go_on_in_another_flow():
    capture = Memory(10)
    first = connection_of(context(Memory(10), capture, connection=3))
    assert connection_of(context(Memory(10), capture, connection=3)) is first
    assert connection_of(context(Memory(10), capture, connection=4)) is not first


def test_connections_of_a_capture_are_forgotten():
    capture = Memory(10)
    first = connection_of(context(Memory(10), capture, connection=-1))
    for number in range(MAX_CONNECTIONS):
        connection_of(context(Memory(10), capture, connection=number))
    assert connection_of(context(Memory(10), capture, connection=-1)) is not first
    assert len(capture["connections"]) == MAX_CONNECTIONS


def test_settings_bound_the_table_of_the_other_side():
    connection = Connection()
    connection.announce(SERVER, {Setting.QPACK_MAX_TABLE_CAPACITY: 100})
    assert connection.peers[CLIENT].table.maximum == 100
    assert connection.peers[SERVER].table.maximum is None
    assert connection.peers[SERVER].setting(Setting.QPACK_BLOCKED_STREAMS) == 0
    assert connection.peers[CLIENT].setting(Setting.MAX_FIELD_SECTION_SIZE, 7) == 7


def test_who_waits_is_woken_once():
    peer = Connection().peers[CLIENT]
    peer.table.resize(1_000)
    assert peer.wait("a", 1)
    assert peer.wait("b", 2)
    assert peer.awake() == []
    peer.table.add(b"n", b"v")
    assert peer.awake() == ["a"]
    assert peer.awake() == []
    peer.table.forget()
    assert peer.awake() == ["b"]


def test_not_all_can_wait():
    peer = Connection().peers[CLIENT]
    assert all(peer.wait(str(number), 1) for number in range(MAX_BLOCKED))
    assert not peer.wait("one more", 1)
    assert peer.wait("0", 5), "who waits already may wait longer"


def test_pushes_that_the_client_allowed():
    connection = Connection()
    assert connection.may_push(9), "nobody saw what it allowed"
    connection.peers[CLIENT].critical[Role.CONTROL] = 2
    assert not connection.may_push(0)
    connection.peers[CLIENT].max_push = 3
    assert [connection.may_push(number) for number in (0, 3, 4)] == [True, True, False]
    connection.lose(CLIENT, Role.CONTROL)
    assert connection.may_push(4)


def test_losses():
    connection = Connection()
    connection.lose(CLIENT, Role.REQUEST)
    assert (connection.doubtful, connection.peers[CLIENT].table.doubtful) == (True, False)
    connection.lose(SERVER, Role.ENCODER)
    assert connection.peers[SERVER].table.doubtful


def test_outcomes():
    out = Outcome()
    out.error("wrong", "RFC 1", 0, 1)
    out.note(Severity.CHAT, "by the way", "", 0, 0)
    assert [note.severity for note in out.notes] == [Severity.ERROR, Severity.CHAT]
    assert [out.view("one", b"1"), out.view("two", b"2")] == [1, 2]
