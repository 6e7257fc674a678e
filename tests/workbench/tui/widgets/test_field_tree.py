from support.panes import Pane
from support.synthetic import SyntheticSession
from support.terminal import drive, screen_text
from workbench.api import Direction, Field, Message
from workbench.tui.details import details_of
from workbench.tui.widgets.field_tree import FieldTree

SESSION = SyntheticSession(10, hostile=frozenset({7}))


def details(number: int = 3, *, with_message: bool = True):
    messages = SESSION.messages_of(number) if with_message else ()
    return details_of(
        f"Packet {number}", SESSION.capture.packet(number).data, SESSION.layers(number), messages, tuple(() for _ in messages)
    )


def names(tree: FieldTree) -> list[str]:
    return [tree.details.nodes[node].name for node in tree._rows]


def test_messages_are_open_and_layers_wait():
    pane = Pane(FieldTree())

    async def script(pilot):
        tree = pane.widget
        tree.show(details())
        assert names(tree)[:4] == [
            "Ethernet II",
            "Internet Protocol Version 4",
            "Transmission Control Protocol",
            "Hypertext Transfer Protocol",
        ]
        assert names(tree)[4:] == ["Method", "Target", "Version", "Decoded"]
        assert tree.details.nodes[tree.node].name == "Hypertext Transfer Protocol"

    drive(pane, script, (80, 20))


def test_without_a_message_the_last_layer_is_open():
    pane = Pane(FieldTree())

    async def script(pilot):
        tree = pane.widget
        tree.show(details(with_message=False))
        assert names(tree)[-2:] == ["Source Port", "Destination Port"]
        assert "Source Address" not in names(tree)

    drive(pane, script, (80, 20))


def test_opening_closing_and_stepping_out():
    pane = Pane(FieldTree())

    async def script(pilot):
        tree = pane.widget
        tree.show(details())
        await pilot.press("home", "l")
        assert "Type" in names(tree)
        await pilot.press("l")
        assert tree.details.nodes[tree.node].name == "Type"
        await pilot.press("h")
        assert tree.details.nodes[tree.node].name == "Ethernet II"
        await pilot.press("h")
        assert "Type" not in names(tree)
        await pilot.press("space")
        assert "Type" in names(tree)
        await pilot.press("C")
        assert len(names(tree)) == 4
        await pilot.press("E")
        assert len(names(tree)) == len(tree.details.nodes)

    drive(pane, script, (80, 20))


def test_what_was_opened_is_open_in_the_next_packet_and_the_cursor_stays_on_its_field():
    pane = Pane(FieldTree())

    async def script(pilot):
        tree = pane.widget
        tree.show(details(3))
        await pilot.press("home", "j", "l", "l", "j")
        assert tree.details.nodes[tree.node].name == "Destination Address"
        tree.show(details(4))
        assert tree.details.nodes[tree.node].name == "Destination Address"

    drive(pane, script, (80, 20))


def test_a_place_that_nobody_chose_is_not_kept():
    pane = Pane(FieldTree())

    async def script(pilot):
        tree = pane.widget
        tree.show(details(3, with_message=False))
        assert tree.details.nodes[tree.node].name == "Transmission Control Protocol"
        tree.show(details(4))
        assert tree.details.nodes[tree.node].name == "Hypertext Transfer Protocol"

    drive(pane, script, (80, 20))


def test_selecting_a_hidden_node_opens_the_way():
    pane = Pane(FieldTree())

    async def script(pilot):
        tree = pane.widget
        tree.show(details())
        hidden = next(number for number, node in enumerate(tree.details.nodes) if node.name == "Destination Port")
        tree.select(hidden)
        assert tree.node == hidden
        await pilot.pause()
        assert pane.of(FieldTree.Selected) == []
        await pilot.press("up")
        await pilot.pause()
        assert [message.node for message in pane.of(FieldTree.Selected)] == [hidden - 1]

    drive(pane, script, (80, 20))


def test_values_notes_and_errors_are_shown_without_their_escapes():
    pane = Pane(FieldTree())

    async def script(pilot):
        tree = pane.widget
        tree.show(details(7))
        await pilot.pause()
        text = screen_text(pane)
        assert "Target: /\\x1b[31mred\\x1b[0m/[bold]x[/bold]/\\x9b2J" in text
        assert "• warn: odd target" in text
        fields = (Field("broken\x1b", 0, 1, 5, error="checksum is \x1b[7m0x1"), Field("made", 0, 0, True, generated=True))
        message = Message(
            protocol="p", direction=Direction.TO_SERVER, start=0, end=1, raw=b"x", root=Field("m", 0, 1, children=fields)
        )
        tree.show(details_of("", None, (), (message,)))
        await pilot.pause()
        text = screen_text(pane)
        assert "broken\\x1b: 5  ✗ checksum is \\x1b[7m0x1" in text
        assert "made: [yes]" in text

    drive(pane, script, (110, 20))


def test_a_thousand_fields_are_walked_quickly_and_deep_trees_stay_readable():
    deep = Field("leaf", 0, 1, "the value")
    for level in range(20):
        deep = Field(f"level {level}", 0, 1, children=(deep,))
    many = Field("root", 0, 1, children=(deep, *(Field(f"f{number}", 0, 1, number) for number in range(5000))))
    message = Message(protocol="p", direction=Direction.TO_SERVER, start=0, end=1, raw=b"x", root=many)
    pane = Pane(FieldTree())

    async def script(pilot):
        tree = pane.widget
        tree.show(details_of("", None, (), (message,)))
        await pilot.press("E", "home", *["j"] * 21)
        await pilot.pause()
        assert "leaf: the value" in screen_text(pane)
        assert tree.row_count == 5022

    drive(pane, script, (80, 20))
