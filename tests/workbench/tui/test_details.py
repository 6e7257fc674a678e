import pytest

from support.synthetic import HEADERS, SyntheticSession
from workbench.api import UNDECODED, Direction, Field, Message, View
from workbench.tui.details import details_of, value_text
from workbench.tui.placement import Placement

SESSION = SyntheticSession(10, hostile=frozenset({7}))


def packet(number: int = 3):
    messages = SESSION.messages_of(number)
    data = SESSION.capture.packet(number).data
    placements = ((Placement(0, len(messages[0].raw), HEADERS),),)
    return details_of(f"Packet {number}", data, SESSION.layers(number), messages, placements)


def named(details, name: str) -> int:
    return next(number for number, node in enumerate(details.nodes) if node.name == name)


def test_layers_come_first_then_messages_each_with_its_fields():
    details = packet()
    tops = [node.name for node in details.nodes if node.depth == 0]
    assert tops == ["Ethernet II", "Internet Protocol Version 4", "Transmission Control Protocol", "Hypertext Transfer Protocol"]
    assert [node.kind for node in details.nodes if node.depth == 0] == ["layer", "layer", "layer", "message"]


def test_subtrees_end_where_the_next_sibling_begins():
    details = packet()
    for number, node in enumerate(details.nodes):
        inside = details.nodes[number + 1 : node.after]
        assert all(each.depth > node.depth for each in inside)
        assert node.after == len(details.nodes) or details.nodes[node.after].depth <= node.depth


def test_views_are_packet_message_and_what_was_derived():
    details = packet()
    assert [view.title.split()[0] for view in details.views] == ["Packet", "HTTP", "decoded"]
    assert details.views[2].data == b"hello world"


def test_a_field_lies_in_its_message_and_in_the_packet():
    details = packet()
    method = named(details, "Method")
    assert details.home(method) == (1, 0, 3)
    assert details.span(method, 0) == (HEADERS, HEADERS + 3)
    assert details.span(method, 2) is None
    assert details.home(named(details, "Decoded")) == (2, 0, 5)


@pytest.mark.parametrize("view", [0, 1])
def test_every_byte_of_a_field_leads_back_to_it(view: int):
    details = packet()
    for name in ("Method", "Target", "Version"):
        number = named(details, name)
        start, end = details.span(number, view)
        assert {details.innermost(view, offset) for offset in range(start, end)} == {number}


def test_a_byte_between_fields_belongs_to_the_structure_around_them():
    details = packet()
    assert details.innermost(1, 3) == named(details, "Hypertext Transfer Protocol")
    assert details.innermost(0, 13) == named(details, "Type")
    assert details.innermost(0, 3) == named(details, "Ethernet II")
    assert details.innermost(1, 10_000) is None


def test_parents():
    details = packet()
    assert details.parent(named(details, "Method")) == named(details, "Hypertext Transfer Protocol")
    assert details.parent(named(details, "Ethernet II")) is None


def test_nothing_from_the_wire_survives_as_a_command():
    for node in packet(7).nodes:
        assert node.name.isprintable()
        assert node.text.isprintable()
        assert "\x1b" not in node.error


def test_notes_stand_below_their_message_and_point_at_their_bytes():
    details = packet(7)
    note = next(node for node in details.nodes if node.kind == "note")
    assert note.text.startswith("warn: odd target")
    assert note.text.endswith("[RFC 9112 3.2]")
    assert note.spans[0][:2] == (1, 4)
    assert details.nodes[named(details, "Hypertext Transfer Protocol")].after == len(details.nodes)


def test_several_carriers_are_said():
    root = Field("m", 0, 4)
    message = Message(
        protocol="x", direction=Direction.TO_SERVER, start=0, end=4, raw=b"abcd", root=root, packets=(5, 7, 9), packet=9
    )
    details = details_of("", b"", (), (message,), ((),))
    assert any("reassembled from 3 packets: 5, 7, 9" in node.text for node in details.nodes)


def test_changed_fields_are_marked():
    fields = (Field("a", 0, 2), Field("b", 2, 4))
    message = Message(
        protocol="x", direction=Direction.TO_SERVER, start=0, end=4, raw=b"abcd", root=Field("m", 0, 4, children=fields)
    )
    details = details_of("", None, (), (message,), changed=(((3, 4),),))
    assert [node.changed for node in details.nodes] == [False, False, True]
    assert details.home(2) == (0, 2, 4)


def test_undecoded_bytes_are_a_view_like_any_other():
    message = Message(
        protocol=UNDECODED,
        direction=Direction.TO_SERVER,
        start=0,
        end=2,
        raw=b"??",
        root=Field("data", 0, 2),
        views=(View("wire", b"??"),),
    )
    assert details_of("", None, (), (message,)).views[0].title == "Bytes 2 B"


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (Field("f", 0, 1, 7), "7"),
        (Field("f", 0, 1, 7, text="HealthCheck"), "HealthCheck (7)"),
        (Field("f", 0, 1, 2, text="0x002 (SYN)"), "0x002 (SYN)"),
        (Field("f", 0, 1, b"GET"), '"GET"'),
        (Field("f", 0, 1, b"\x00\x01"), "00 01"),
        (Field("f", 0, 1, "text", text="words for it"), "words for it"),
        (Field("f", 0, 1, None), ""),
        (Field("f", 0, 1, True), "yes"),
        (Field("f", 0, 1, 1 << 40_000), hex(1 << 40_000)[:120] + "…"),
        (Field("f", 0, 1, bytes(40)), "00 " * 31 + "00 …  (40 B)"),
    ],
)
def test_values_as_people_read_them(field: Field, text: str):
    assert value_text(field) == text
