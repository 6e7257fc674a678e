import pytest

from workbench.api import ServerOptions, UsageError
from workbench_dns.message import read_message
from workbench_dns.queries import framed, query
from workbench_dns.server import MOST_WAITING, serve_datagrams, serve_streams

SOA = query("workbench.test.", "SOA")


def stream(**options):
    return serve_streams(ServerOptions(**options))()


def answers(data: bytes) -> list[int]:
    found, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 2], "big")
        found.append(read_message(data[at + 2 : at + 2 + size]).id)
        at += 2 + size
    assert at == len(data)
    return found


def test_a_datagram_is_answered_with_one():
    connection = serve_datagrams(ServerOptions())()
    assert read_message(connection.receive(SOA)).rcode == 0
    assert connection.receive(b"garbage") == b""
    assert not connection.closed
    assert connection.receive(b"") == b""
    assert connection.closed


def test_queries_of_a_stream_are_answered_in_order():
    connection = stream()
    assert answers(connection.receive(b"".join(framed(query("a.", number=number)) for number in range(5)))) == [0, 1, 2, 3, 4]
    assert not connection.closed


def test_byte_by_byte():
    connection = stream()
    said = [connection.receive(bytes((byte,))) for byte in framed(SOA)]
    assert not any(said[:-1])
    assert answers(said[-1]) == [0x1234]


def test_a_long_pipeline_waits_until_answers_are_taken():
    connection = stream()
    first = connection.receive(b"".join(framed(query("a.", number=number)) for number in range(MOST_WAITING + 5)))
    assert len(answers(first)) == MOST_WAITING
    assert answers(connection.pull()) == list(range(MOST_WAITING, MOST_WAITING + 5))
    assert connection.pull() == b""


def test_clients_that_have_no_more_to_ask_get_their_answers():
    connection = stream()
    connection.receive(framed(SOA)[:-1])
    assert answers(connection.receive(framed(SOA)[-1:])) == [0x1234]
    connection.receive(b"")
    assert connection.closed


def test_what_is_not_even_a_query_ends_the_connection():
    for garbage in (b"\0\0", framed(b"abc"), framed(query("a.", flags=0x8000))):
        connection = stream()
        assert connection.receive(garbage + framed(SOA)) == b""
        assert connection.closed


def test_silent_clients_are_hung_up_on():
    connection = stream(idle_ns=1000)
    connection.wakeup(0)
    connection.receive(framed(SOA))
    connection.wakeup(900)
    assert not connection.closed
    connection.wakeup(1100)
    assert connection.closed


def test_draining_answers_what_is_there():
    connection = stream()
    connection.receive(b"".join(framed(query("a.", number=number)) for number in range(MOST_WAITING + 1)))
    assert answers(connection.drain()) == [MOST_WAITING]
    assert connection.closed
    datagrams = serve_datagrams(ServerOptions())()
    assert (datagrams.drain(), datagrams.pull(), datagrams.wakeup(1)) == (b"", b"", b"")
    assert datagrams.closed


def test_a_zone_of_ones_own(tmp_path):
    file = tmp_path / "zone"
    file.write_text("$ORIGIN my.test.\n@ 60 SOA . . 1 2 3 4 5\n  TXT hello\n", encoding="utf-8")
    connection = serve_datagrams(ServerOptions(settings={"zone": str(file)}))()
    parsed = read_message(connection.receive(query("my.test.", "TXT")))
    assert parsed.section(0)[0].text == "hello"


def test_settings_that_cannot_be(tmp_path):
    with pytest.raises(UsageError, match="no setting 'zones'"):
        serve_streams(ServerOptions(settings={"zones": "x"}))
    with pytest.raises(UsageError, match="no zone can be read"):
        serve_streams(ServerOptions(settings={"zone": str(tmp_path / "none")}))
    (tmp_path / "bad").write_text("@ SOA", encoding="utf-8")
    with pytest.raises(UsageError, match="line 1"):
        serve_streams(ServerOptions(settings={"zone": str(tmp_path / "bad")}))
