from hypothesis import given
from hypothesis import strategies as st

from workbench.conformance.showing import LINES, turn_lines
from workbench.conformance.transcript import Turn


def lines(*turns):
    return list(turn_lines(turns))


def sent(data, connection=1):
    return Turn(connection, "sent", 0, len(data), data)


def test_text_is_shown_line_by_line_with_its_ends():
    assert lines(sent(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")) == ["> GET / HTTP/1.1\\r\\n", "> Host: a\\r\\n", "> \\r\\n"]
    assert lines(Turn(1, "received", 0, 2, b"ok")) == ["< ok"]


def test_octets_above_ascii_in_text_are_escaped():
    assert lines(sent(b"a backslash \\ and some bytes: \xe9\xff\x85")) == ["> a backslash \\\\ and some bytes: \\xe9\\xff\\x85"]


def test_other_bytes_are_shown_in_hex():
    assert lines(sent(bytes(range(5)))) == ["> 00 01 02 03 04"]


def test_what_ended_the_connection_is_said():
    assert lines(Turn(1, "finished", 0), Turn(1, "closed", 0)) == [
        "> (we will send no more)",
        "< (the target closed the connection)",
    ]
    assert lines(Turn(1, "reset", 0)) == ["< (the target reset the connection)"]
    assert lines(Turn(1, "crashed", 0, 0, b"KeyError: 'x\x1b'")) == ["! the server raised KeyError: 'x\\x1b'"]


def test_connections_are_told_apart_where_there_are_several():
    assert lines(sent(b"a"), sent(b"b", 2)) == ["1 > a", "2 > b"]


def test_what_was_not_kept_is_counted():
    assert lines(Turn(1, "received", 0, 70_000, b"ab"))[-1] == "< … 69,998 more bytes"


def test_long_transcripts_show_their_beginning_and_end():
    found = lines(*(sent(b"line %d\n" % number) for number in range(200)))
    assert len(found) == LINES + 1
    assert found[0] == "> line 0\\n"
    assert found[-1] == "> line 199\\n"
    assert f"{200 - LINES} more lines" in found[LINES // 2]


@given(st.binary(max_size=400))
def test_nothing_that_a_terminal_would_obey(data):
    assert all(line.isprintable() and line.isascii() for line in lines(sent(data)))
