from support.messages import message
from workbench.analysis.remarks import OTHERS, Remarks
from workbench.api import Direction, Field, Note, Severity


def _noted(*notes, packet=1, **more):
    return message(Direction.TO_SERVER, notes=notes, packet=packet, **more)


def test_equal_remarks_are_counted_with_their_first_packet():
    remarks = Remarks()
    remarks.add(_noted(Note(Severity.WARN, "odd", section="RFC 1"), packet=4))
    remarks.add(_noted(Note(Severity.WARN, "odd", section="RFC 1"), Note(Severity.CHAT, "hello"), packet=9))
    warn, chat = remarks.summary()
    assert (warn.text, warn.section, warn.count, warn.first_packet) == ("odd", "RFC 1", 2, 4)
    assert (chat.text, chat.count, chat.first_packet) == ("hello", 1, 9)
    assert remarks.summary(Severity.NOTE) == (warn,)


def test_broken_fields_are_errors():
    remarks = Remarks()
    remarks.add(message(Direction.TO_SERVER, root=Field("all", 0, 4, children=(Field("crc", 0, 4, error="is wrong"),))))
    (row,) = remarks.summary()
    assert (row.severity, row.text) == (Severity.ERROR, "crc: is wrong")


def test_the_number_of_kinds_is_bounded():
    remarks = Remarks(kinds=3)
    for number in range(10):
        remarks.add(_noted(Note(Severity.WARN, f"odd {number}"), packet=number))
    rows = remarks.summary()
    assert len(rows) == 4
    assert (rows[0].text, rows[0].count, rows[0].first_packet) == (OTHERS, 7, 3)


def test_remarks_about_the_transport_count_too():
    remarks = Remarks()
    remarks.note("tcp", Note(Severity.NOTE, "a segment was sent twice"), 7)
    (row,) = remarks.summary()
    assert (row.protocol, row.count, row.first_packet) == ("tcp", 1, 7)
