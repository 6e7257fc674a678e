"""Bytes nobody understood."""

from dissectors.undecoded import undecoded
from workbench.api import UNDECODED, Direction, Note, Severity


def test_the_bytes_are_one_field():
    message = undecoded(Direction.TO_CLIENT, 10, 13, b"abc", Note(Severity.WARN, "odd"))
    assert (message.protocol, message.start, message.end, message.raw) == (UNDECODED, 10, 13, b"abc")
    assert message.summary == "3 bytes"
    assert [note.text for note in message.notes] == ["odd"]
    (field,) = message.root.children
    assert (field.abbrev, field.value, message.bytes_of(field)) == ("data.data", b"abc", b"abc")


def test_lost_bytes_are_counted():
    assert undecoded(Direction.TO_SERVER, 0, 10, b"ab").summary == "2 of 10 bytes"
