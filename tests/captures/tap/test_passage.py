"""The plain courses as conversations."""

from captures.tap.facts import Asked, Failure
from captures.tap.passage import Direct, Plain, Silent, plain
from support.wires import Wires
from workbench.api import Direction

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
ASKED = Asked("a", 1)


def test_everything_passes_and_is_written_down():
    wires = Wires(Plain)
    wires.says(b"ask")
    wires.hears(b"answer")
    assert (wires.passed(UP), wires.passed(DOWN)) == (b"ask", b"answer")
    wires.course.ended(UP)
    wires.course.ended(DOWN)
    assert wires.taken() == [("record_end", UP), ("finish", UP), ("record_end", DOWN), ("finish", DOWN)]


def test_a_known_target_is_dialled_at_once():
    wires = Wires(lambda wires: Direct(wires, ASKED, wires.inside))
    assert wires.taken() == [("dial", ASKED)]
    wires.course.connected()
    wires.says(b"x")
    assert wires.inner == [("began", ASKED), ("received", UP, b"x")]


def test_without_more_a_known_target_gets_everything_as_it_is():
    wires = Wires(lambda wires: Direct(wires, ASKED))
    wires.course.connected()
    assert isinstance(wires.course, Plain)
    assert isinstance(plain(wires, ASKED), Plain)


def test_a_target_that_cannot_be_had_is_a_reset():
    wires = Wires(lambda wires: Direct(wires, ASKED))
    wires.course.ended(UP)
    wires.says(b"nobody reads this before the target answers")
    wires.course.refused(Failure("refused", "no"))
    assert wires.taken()[1:] == [("abort", DOWN)]
    assert wires.explained == [("a:1", "no")]


def test_what_is_not_expected_is_no_matter():
    course = Silent()
    course.began()
    course.connected()
    course.refused(Failure("refused", "no"))
    course.expired()
