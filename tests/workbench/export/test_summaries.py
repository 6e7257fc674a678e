from support.messages import message
from workbench.api import UNDECODED, Direction, Field, Note, Severity
from workbench.export.summaries import LINES, WIDTH, note_lines, summaries

UP = Direction.TO_SERVER


def _found(*messages):
    """The summaries of the packets that have one."""
    with summaries(messages) as of:
        return {number: of(number) for number in range(20) if of(number).protocols}


def test_packets_that_complete_messages_are_summed_up():
    found = _found(
        message(UP, packet=9, summary="x", notes=(Note(Severity.WARN, "odd", section="RFC 1"),)),
        message(UP, packet=3, summary="GET /", protocol="http1"),
        message(UP, packet=3, label="ping", protocol="toy"),
    )
    assert sorted(found) == [3, 9]
    assert found[3].protocols == ["http1", "toy"]
    assert found[3].all_lines() == ["http1: GET /", "toy: ping"]
    assert found[9].all_lines() == ["toy: x", "WARN: odd (RFC 1)"]


def test_lines_say_what_travelled_inside_what():
    inside = message(UP, summary="GET /", protocol="http1", layer=("socks5", "tls"))
    found = _found(message(UP, summary="data", protocol="tls", layer=("socks5",)), inside)
    assert found[1].all_lines() == ["tls in socks5: data", "http1 in socks5, tls: GET /"]
    assert found[1].protocols[-1] == "http1"


def test_bytes_nobody_understood_are_left_out_unless_something_is_said_about_them():
    assert _found(message(UP, protocol=UNDECODED)) == {}
    noted = _found(message(UP, protocol=UNDECODED, notes=(Note(Severity.ERROR, "the decoder failed"),)))
    assert noted[1].notes == ["ERROR: the decoder failed"]


def test_broken_fields_are_notes():
    broken = message(UP, root=Field("all", 0, 4, children=(Field("crc", 0, 4, error="is wrong"),)))
    assert list(note_lines(broken)) == ["ERROR: crc: is wrong"]


def test_lines_and_their_number_are_bounded():
    found = _found(message(UP, summary="x" * 10_000), *(message(UP, summary=str(number)) for number in range(LINES + 5)))
    lines = found[1].all_lines()
    assert len(lines) == LINES + 1
    assert len(lines[0]) == WIDTH
    assert lines[-1] == "… and 6 more"


def test_wire_text_is_escaped():
    (line,) = _found(message(UP, summary="a\x1b[31m\nb"))[1].all_lines()
    assert line.isprintable()
    assert "\\x1b" in line
