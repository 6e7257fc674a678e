"""Messages in the making."""

from support.tls import CLIENT, record
from workbench.api import UNDECODED, Severity
from workbench_tls.messages import DECRYPTED, Draft, undecoded_message
from workbench_tls.wire import Piece

RAW = record(23, b"abcdef", 0x0301)


def test_a_record_shows_its_header():
    made = Draft(CLIENT, Piece("record", 10, 10 + len(RAW), RAW))
    made.content["data"] = made.fragment
    made.labels += ["one", "two"]
    message = made.message()
    assert (message.start, message.end, message.label) == (10, 21, "one+two")
    assert message.root.find("tls.record.version").text == "TLS 1.0"
    assert message.value == {"content_type": 23, "version": 0x0301, "length": 6, "data": b"abcdef"}
    assert message.views == ()


def test_a_disguised_type_has_another_name():
    """RFC 8446 5.2."""
    made = Draft(CLIENT, Piece("record", 0, len(RAW), RAW), disguised=True)
    assert made.header()[0].abbrev == "tls.record.opaque_type"


def test_filters_do_not_find_what_is_no_whole_record():
    made = Draft(CLIENT, Piece("cut", 0, 8, RAW[:8]))
    assert [field.abbrev for field in made.header()] == ["", "", ""]


def test_derived_bytes_are_views_of_their_own():
    made = Draft(CLIENT, Piece("record", 0, len(RAW), RAW))
    assert made.view(DECRYPTED, b"plain") == 1
    assert [view.data for view in made.message().views] == [RAW, b"plain"]


def test_lost_bytes_are_a_message():
    message = undecoded_message(CLIENT, Piece("lost", 5, 105, b""))
    assert (message.protocol, message.end - message.start, message.raw) == (UNDECODED, 100, b"")
    assert message.notes[0].text.startswith("100 bytes")


def test_junk_is_remarked_and_clear_text_is_not():
    assert undecoded_message(CLIENT, Piece("data", 0, 3, b"abc", True)).notes[0].severity is Severity.WARN
    assert undecoded_message(CLIENT, Piece("data", 0, 3, b"abc")).notes == ()
