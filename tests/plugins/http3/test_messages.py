"""Messages out of outcomes."""

from support.http3 import CLIENT, SERVER
from workbench.api import UNDECODED, Field, Severity
from workbench_http3.connection import Outcome
from workbench_http3.limits import MAX_NOTES
from workbench_http3.messages import NAME, summary_of, to_message


def test_a_message():
    out = Outcome(name="DATA", symbol="data", detail="3 bytes", exchange=4, fields=[Field("Data", 0, 3)], value={"data": b"abc"})
    out.view("body", b"whole")
    message = to_message(NAME, SERVER, 10, 13, b"abc", 4, out)
    assert (message.label, message.summary, message.exchange, message.value) == (
        "server data",
        "DATA[4] 3 bytes",
        4,
        {"data": b"abc"},
    )
    assert [view.name for view in message.views] == ["wire", "body"]
    assert (message.root.abbrev, message.root.end) == ("http3", 3)


def test_bytes_that_are_none():
    out = Outcome(fields=[Field("Data", 0, 2, b"xy", abbrev="data.data")])
    message = to_message(UNDECODED, CLIENT, 0, 2, b"xy", 0, out)
    assert (message.label, message.root.abbrev, message.views) == ("", "data.data", ())


def test_notes_have_a_bound():
    out = Outcome(symbol="data")
    for _ in range(MAX_NOTES + 5):
        out.note(Severity.CHAT, "again", "", 0, 0)
    assert len(to_message(NAME, CLIENT, 0, 0, b"", 0, out).notes) == MAX_NOTES


def test_summaries():
    assert summary_of(Outcome(name="DATAGRAM"), -1) == "DATAGRAM"
    assert summary_of(Outcome(name="HEADERS", detail="GET /"), 0) == "HEADERS[0] GET /"
