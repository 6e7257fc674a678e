"""Facts made quickly are the same facts."""

from dissectors.drafts import field_of, fill, message_of, place
from workbench.api import Direction, Field, Message, Note, Severity


def test_fields_are_fields():
    made = field_of("a", 1, 2, 3, (), "p.a", "three", "wrong", 1, (8, 9), True)
    plain = Field("a", 1, 2, 3, (), "p.a", "three", "wrong", 1, (8, 9), True)
    assert type(made) is Field
    assert made == plain
    assert hash(made) == hash(plain)
    assert repr(made) == repr(plain)
    assert field_of("a", 1, 2, None, (), "") == Field("a", 1, 2)


def test_messages_are_messages():
    root = Field("p", 0, 1)
    note = Note(Severity.NOTE, "n")
    made = message_of("p", Direction.TO_CLIENT, 5, 6, b"x", root, (note,), (), {"v": 1}, {"k": 2})
    plain = Message(
        protocol="p",
        direction=Direction.TO_CLIENT,
        start=5,
        end=6,
        raw=b"x",
        root=root,
        notes=(note,),
        value={"v": 1},
        parameters={"k": 2},
    )
    assert type(made) is Message
    assert made == plain
    assert {name: getattr(made, name) for name in Message.__slots__} == {name: getattr(plain, name) for name in Message.__slots__}


def test_fill_sets_attributes_in_place():
    message = message_of("p", Direction.TO_SERVER, 0, 1, b"x", Field("p", 0, 1), (), (), None, {})
    assert fill(message, label="GET", packet=7) is message
    assert (message.label, message.packet) == ("GET", 7)


def test_place_says_where_a_message_belongs():
    message = message_of("p", Direction.TO_SERVER, 0, 1, b"x", Field("p", 0, 1), (), (), None, {})
    assert place(message, 3, (7, 8), 8, 99, ("tls",)) is message
    assert (message.stream, message.packets, message.packet, message.time_ns, message.layer) == (3, (7, 8), 8, 99, ("tls",))
