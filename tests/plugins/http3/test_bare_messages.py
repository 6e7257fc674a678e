"""Trees moved to where their bytes are."""

from support.http3 import CLIENT, bare, data, headers, on
from workbench.api import Field, Limits, StreamData
from workbench_http3.bare_messages import Said, carried_message, moved
from workbench_http3.carried import read_carried
from workbench_http3.connection import Outcome
from workbench_http3.values import build


def said(carried):
    raw = bytes(carried)
    return Said(read_carried(raw), raw, 1_000, stream=carried.stream, end=carried.end)


def test_fields_are_moved_with_their_children_and_bits():
    node = Field("outer", 0, 4, None, (Field("bit", 1, 2, bits=(8, 9)), Field("derived", 0, 9, view=1)))
    found = moved(node, 10, (0, 5))
    assert (found.start, found.end, found.view) == (10, 14, 0)
    assert (found.children[0].start, found.children[0].bits) == (11, (88, 89))
    assert (found.children[1].start, found.children[1].end, found.children[1].view) == (0, 9, 5)


def test_a_piece_that_began_earlier_has_a_view_of_its_own():
    target = said(StreamData(0, b"end"))
    out = Outcome(name="DATA", symbol="data", fields=[Field("Data", 2, 9)])
    out.view("body", b"body")
    out.fields.append(Field("Body", 0, 4, view=1))
    target.add(out, 0, b"the whole frame", target.frame.at - 12)
    message = carried_message(CLIENT, 0, len(target.raw), target)
    assert [view.name for view in message.views] == ["wire", "stream 0", "body"]
    piece = next(field for field in message.root.children if field.name == "DATA")
    assert [(child.view, child.start) for child in piece.children] == [(1, 2), (2, 0)]
    end = next(field for field in message.root.children if field.name == "End of DATA")
    assert message.bytes_of(end) == b"end"


def test_notes_stay_in_the_bytes():
    target = said(StreamData(0, b"end"))
    out = Outcome(name="DATA", symbol="data")
    out.error("wrong", "", 5, 50)
    target.add(out, 0, bytes(60), None)
    (note,) = carried_message(CLIENT, 0, len(target.raw), target).notes
    assert (note.start, note.end) == (0, len(target.raw))


def test_wakes_are_taken_once():
    target = said(StreamData(0))
    target.add(Outcome(wakes=["4", "8", "4"]), 0, b"", None)
    assert target.take_wakes() == ["4", "8"]
    assert target.take_wakes() == []


def test_a_summary_does_not_grow_for_ever():
    (message,) = bare(on(CLIENT, 0, headers(), *[data(b"x")] * 100))
    assert message.summary.count("DATA[0]") == 5


def test_fields_have_a_bound():
    limits = Limits(fields=500)
    (message,) = bare(on(CLIENT, 0, headers(), data() * 5_000), limits=limits)
    assert sum(1 for _ in message.root.walk()) <= 500
    assert message.notes[0].text.endswith("more frames are not shown")
    assert build(message.value) == message.raw
