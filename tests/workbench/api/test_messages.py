"""Fields and messages."""

import pytest

from workbench.api import Direction, Field, Handoff, Message, Note, Severity, View

TREE = Field(
    "root",
    0,
    6,
    children=(
        Field("a", 0, 2, 1, abbrev="p.a", error="odd"),
        Field("b", 2, 6, children=(Field("c", 2, 3, 2, abbrev="p.c"), Field("c", 3, 4, 3, abbrev="p.c", error="bad"))),
        Field("d", 0, 3, 4, view=1),
    ),
)


def _message(**more: object) -> Message:
    return Message(protocol="p", direction=Direction.TO_SERVER, start=0, end=6, raw=b"abcdef", root=TREE, **more)


def test_walking_is_in_wire_order_with_depths():
    assert [(depth, node.name) for depth, node in TREE.walk()] == [(0, "root"), (1, "a"), (1, "b"), (2, "c"), (2, "c"), (1, "d")]
    assert next(TREE.walk(3)) == (3, TREE)


def test_walking_a_deep_tree_needs_no_stack():
    node = Field("leaf", 0, 1)
    for _ in range(5000):
        node = Field("n", 0, 1, children=(node,))
    assert sum(1 for _ in node.walk()) == 5001


def test_find_gives_the_first():
    assert TREE.find("p.c").value == 2
    assert TREE.find("p.none") is None


def test_errors_of_fields_then_of_notes():
    notes = (Note(Severity.WARN, "only a warning"), Note(Severity.ERROR, "cut off"))
    assert _message(notes=notes).errors == ("a: odd", "c: bad", "cut off")


def test_bytes_of_a_field():
    assert _message().bytes_of(TREE.children[0]) == b"ab"
    views = (View("wire", b"abcdef"), View("decoded", b"xyz"))
    assert _message(views=views).bytes_of(TREE.children[2]) == b"xyz"
    assert _message(views=views).bytes_of(TREE.children[0]) == b"ab"


def test_a_message_has_no_parameters_of_its_own():
    message = _message()
    assert dict(message.parameters) == {}
    with pytest.raises(TypeError):
        message.parameters["x"] = 1  # type: ignore[index]
    with pytest.raises(AttributeError):
        message.label = "x"  # type: ignore[misc]


def test_representations_do_not_hold_the_bytes():
    assert "abcdef" not in repr(_message(views=(View("wire", b"abcdef"),), value={"abcdef": 1}))


def test_a_hand_off_may_leave_nothing():
    assert Handoff(None).rest == ()
    assert Severity.CHAT < Severity.NOTE < Severity.WARN < Severity.ERROR
