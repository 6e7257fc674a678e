"""What is known between frames: windows, streams that were never seen, losses."""

from support.http2 import CLIENT, SERVER, frame
from workbench_http.bodies import Body
from workbench_http.limits import MAX_BODIES
from workbench_http2.connection import Connection, Outcome
from workbench_http2.frames import read_head
from workbench_http2.limits import MAX_STREAMS
from workbench_http2.names import Type
from workbench_http2.streams import Event, State, Stream

RESET = frame(Type.RST_STREAM, 1, error=8)
FRAME = read_head(CLIENT, 0, len(RESET), RESET)


def test_windows_follow_the_other_sides_settings_and_grants():
    connection = Connection()
    stream = Stream(1, State.OPEN)
    stream.halves[CLIENT].sent, stream.halves[CLIENT].granted = 100, 30
    assert connection.window(stream, CLIENT) == 65_535 - 70
    connection.peers[SERVER].announced.announce([(4, 1000)])
    connection.peers[SERVER].announced.acknowledge()
    assert (connection.window(stream, CLIENT), connection.window(stream, SERVER)) == (930, 65_535)


def test_streams_that_were_never_seen():
    connection = Connection()
    assert connection.lookup(1) is None
    connection.streams.add(Stream(5, State.OPEN))
    assert connection.lookup(3).state is State.CLOSED
    connection.lose(CLIENT)
    assert (connection.lookup(9).doubtful, connection.whole) == (True, False)


def test_what_a_transition_leaves():
    connection, out = Connection(), Outcome()
    stream = Stream(1, State.OPEN)
    connection.streams.add(stream)
    assert connection.move(stream, CLIENT, Event.RST_STREAM, FRAME, out)
    assert connection.streams.alive == {}
    assert not connection.move(stream, CLIENT, Event.DATA, FRAME, out)
    assert [note.section for note in out.notes] == ["RFC 9113 5.1"]


def test_a_loss_forgets_the_table_of_its_sender_only():
    connection = Connection()
    for peer in connection.peers:
        peer.table.add(b"a", b"b")
    connection.lose(SERVER)
    assert [len(peer.table.entries) for peer in connection.peers] == [1, 0]


def test_roles_may_be_the_other_way_round():
    connection = Connection()
    connection.client = SERVER
    assert (connection.role(SERVER), connection.role(CLIENT)) == (CLIENT, SERVER)


def test_a_forgotten_stream_gives_back_what_it_kept():
    connection = Connection()
    first = Stream(1, State.OPEN)
    first.halves[CLIENT].body = Body()
    first.halves[CLIENT].body.add(b"12345", 0, connection.purse)
    first.halves[SERVER].early += b"12"
    connection.purse.room -= 2
    for stream in (first, *(Stream(number, State.OPEN) for number in range(3, 2 * MAX_STREAMS + 2, 2))):
        connection.add(stream)
    assert 1 not in connection.streams.alive
    assert connection.purse.room == MAX_BODIES
